"""What a local hub takes from its environment, and what it says about values that cannot work."""

from pathlib import Path

import pytest

from deploy.local.errors import WrongSetting
from deploy.local.hub import without_password
from deploy.local.services import SERVICES
from deploy.local.settings import local_settings

VARIABLES = ("DATA", "PORT_BASE", "NAMESPACE", "KAFKA_BOOTSTRAP", "MONGO_URL", "LOG_FORMAT")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"HUB_{name}", raising=False)


def test_without_settings_the_hub_lives_in_the_working_directory_on_ports_from_8000() -> None:
    settings = local_settings()
    assert settings.data == Path.cwd() / ".hub"
    assert settings.bootstrap == "127.0.0.1:8092"
    assert settings.mongo == "mongodb://127.0.0.1:8017/?replicaSet=hub"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(f"HUB_{name}", "")
    assert local_settings().kafka_bootstrap is None


def test_given_servers_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_KAFKA_BOOTSTRAP", "one:9092,two:9092")
    monkeypatch.setenv("HUB_MONGO_URL", "mongodb+srv://cluster.example/")
    assert local_settings().bootstrap == "one:9092,two:9092"
    assert local_settings().mongo == "mongodb+srv://cluster.example/"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUB_PORT_BASE", "eight"),
        ("HUB_PORT_BASE", "80"),
        ("HUB_PORT_BASE", "65500"),
        ("HUB_NAMESPACE", "Big Company"),
        ("HUB_KAFKA_BOOTSTRAP", "kafka"),
        ("HUB_MONGO_URL", "localhost:27017"),
        ("HUB_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_what_to_give_instead(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(WrongSetting, match=rf"^{variable}={value} does not work: (give|begin) .+\.$") as caught:
        local_settings()
    assert caught.value.exit_code == 2


def test_every_service_gets_ports_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT_BASE", "9000")
    settings = local_settings()
    ports = [port for service in SERVICES for port in service.taken_ports(settings)]
    assert sorted(ports) == [9001, 9002, 9003, 9004, 9025]


def test_a_service_is_told_the_namespace_the_servers_and_where_the_secrets_lie(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    assert SERVICES[0].environment(local_settings()) == {
        "HUB_NAMESPACE": "hub",
        "HUB_KAFKA_BOOTSTRAP": "127.0.0.1:8092",
        "HUB_MONGO_URL": "mongodb://127.0.0.1:8017/?replicaSet=hub",
        "HUB_SECRETS_DIR": str(tmp_path / "secrets"),
        "HUB_LOG_FORMAT": "json",
        "HUB_HTTP_PORT": "8001",
        "HUB_SMTP_PORT": "8025",
    }


def test_a_password_in_an_address_is_not_shown() -> None:
    assert without_password("mongodb://ann:s@cret@db.example:27017/?tls=true") == "mongodb://db.example:27017/?tls=true"
    assert without_password("127.0.0.1:8092") == "127.0.0.1:8092"
