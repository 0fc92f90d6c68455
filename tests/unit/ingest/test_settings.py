"""Settings that cannot work are refused at start; those that are left empty count as not set."""

import pytest

from services.ingest.settings import IngestSettings
from shared.settings import WrongSettings, read_settings

NECESSARY = {
    "HUB_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "HUB_MONGO_URL": "mongodb://127.0.0.1",
    "HUB_HTTP_PORT": "8001",
    "HUB_SMTP_PORT": "8025",
    "HUB_SECRETS_DIR": "secrets",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NECESSARY.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_SMTP_PORT", "many"),
        ("HUB_PUBLIC_URL", "hub.example"),
        ("HUB_PUBLIC_URL", "https://hub.example/path"),
        ("HUB_DEFAULT_REGION", "Germany"),
        ("HUB_CHAT_GRACE_SECONDS", "0"),
        ("HUB_MAIL_SIZE_LIMIT", "1"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings, match=f"{name} is not usable"):
        read_settings(IngestSettings)


def test_the_hub_is_reached_where_it_listens_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(IngestSettings).reached_at == "http://127.0.0.1:8001"
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://hub.example")
    assert read_settings(IngestSettings).reached_at == "https://hub.example"


def test_an_empty_setting_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUB_PUBLIC_URL", "HUB_TWILIO_AUTH_TOKEN", "HUB_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")

    settings = read_settings(IngestSettings)

    assert (settings.public_url, settings.twilio_auth_token, settings.default_region) == (None, None, None)
