"""A service starts with settings that work, or not at all and with a sentence."""

from pathlib import Path

import pytest

from shared.settings import Settings, WrongSettings, read_settings

GOOD = {
    "HUB_KAFKA_BOOTSTRAP": "kafka:9092",
    "HUB_MONGO_URL": "mongodb://mongo",
    "HUB_HTTP_PORT": "8001",
    "HUB_SECRETS_DIR": "/run/secrets",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    for name in ("HUB_NAMESPACE", "HUB_HTTP_HOST", "HUB_LOG_FORMAT", "HUB_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_settings_come_from_the_environment() -> None:
    settings = read_settings(Settings)
    assert (settings.namespace, settings.http_port, settings.secrets_dir) == ("hub", 8001, Path("/run/secrets"))
    assert settings.http_host == "127.0.0.1"


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(WrongSettings, match=rf"^{name} is not usable: .*\. Set it and start again\.$"):
        read_settings(Settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_NAMESPACE", "Hub"),
        ("HUB_NAMESPACE", "9lives"),
        ("HUB_NAMESPACE", "a.b"),
        ("HUB_NAMESPACE", "h" * 32),
        ("HUB_MONGO_URL", "localhost:27017"),
        ("HUB_HTTP_PORT", "web"),
        ("HUB_HTTP_PORT", "0"),
        ("HUB_HTTP_PORT", "65536"),
        ("HUB_LOG_FORMAT", "xml"),
        ("HUB_LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_that_cannot_work_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(WrongSettings, match=f"^{name} is not usable"):
        read_settings(Settings)


def test_a_password_in_a_wrong_setting_is_not_repeated(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HUB_MONGO_URL", "mongo://hub:hunter2@mongo")
    with pytest.raises(WrongSettings) as refused:
        read_settings(Settings)
    assert "hunter2" not in str(refused.value)
