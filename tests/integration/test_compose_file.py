"""The hub on Docker is the same hub: docker-compose.yml and the image against the embedded servers and the lock."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.docker.locked_part import locked_part, wanted_names
from deploy.local import kafka
from deploy.local.services import SERVICES, Service
from deploy.local.settings import MONGO_REPLICA_SET

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
PORT_BASE = 8000

# Where an address or a path stands, the two must differ.
_PLACES = {
    "listeners",
    "advertised.listeners",
    "controller.quorum.voters",
    "log.dirs",
}


def test_kafka_has_the_settings_of_the_embedded_one() -> None:
    lines = [line for line in kafka._SETTINGS.splitlines() if line and not line.startswith("#")]
    embedded = dict(line.split("=", 1) for line in lines)
    given = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in CONTAINERS["kafka"]["environment"].items()
        if name != "KAFKA_HEAP_OPTS"
    }
    assert {name: value for name, value in given.items() if name not in _PLACES} == {
        name: value for name, value in embedded.items() if name not in _PLACES
    }


def test_the_replica_set_has_one_name() -> None:
    assert f"--replSet={MONGO_REPLICA_SET}" in CONTAINERS["mongo"]["command"]
    assert CONTAINERS["init"]["environment"]["HUB_MONGO_URL"].endswith(f"?replicaSet={MONGO_REPLICA_SET}")


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_service_of_a_local_hub_runs_in_a_container_on_the_same_ports(service: Service) -> None:
    container = CONTAINERS[service.name]
    ports = {name: str(PORT_BASE + offset) for name, offset in service.ports.items()}
    assert container["command"] == ["python", "-m", service.module]
    assert ports.items() <= container["environment"].items()
    assert container["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports.values()]
    assert container["depends_on"]["init"] == {"condition": "service_completed_successfully"}
    assert container["restart"] == "unless-stopped"


@pytest.mark.parametrize("server", ["kafka", "mongo"])
def test_the_servers_without_passwords_can_be_reached_from_nowhere_else(server: str) -> None:
    assert "ports" not in CONTAINERS[server]
    assert CONTAINERS[server]["networks"] == ["servers"]
    assert COMPOSE["networks"]["servers"] == {"internal": True}


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_who_only_looks_runs_when_asked_for_and_reaches_the_services_alone(name: str) -> None:
    container = CONTAINERS[name]
    assert container["profiles"] == ["grafana"]
    assert container["networks"] == ["outside"]
    assert all(port.startswith("127.0.0.1:") for port in container["ports"])
    given = [volume.split(":")[0] for volume in container["volumes"] if volume.endswith(":ro")]
    assert given
    assert [path for path in given if not (ROOT / path).exists()] == []


def test_grafana_lets_everybody_look_and_nobody_change_anything() -> None:
    grafana = CONTAINERS["grafana"]["environment"]
    assert grafana["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert (grafana["GF_AUTH_DISABLE_LOGIN_FORM"], grafana["GF_AUTH_BASIC_ENABLED"]) == ("true", "false")


def test_the_file_holds_no_secret() -> None:
    given = {item for container in CONTAINERS.values() for item in container.get("environment", {}).items()}
    secret = {(name, value) for name, value in given if re.search("PASS|SECRET|TOKEN|KEY|CREDENTIAL", name)}
    assert secret <= {(name, f"${{{name}:-}}") for name, _ in given}
    assert not re.search(r"//[^/\s]+:[^/\s]+@", (ROOT / "docker-compose.yml").read_text())


def test_only_init_may_write_secrets() -> None:
    writers = [name for name, one in CONTAINERS.items() if "secrets:/var/lib/hub/secrets" in one.get("volumes", [])]
    assert writers == ["init"]


def test_every_container_that_stays_has_a_health_check() -> None:
    assert "HEALTHCHECK" in DOCKERFILE
    for name, container in CONTAINERS.items():
        check = container.get("healthcheck", {"test": "the image's"})
        assert (name in {"init", "configure"}) == bool(check.get("disable"))
        assert container["image"] == "interaction-hub" or "test" in check


def test_what_is_fetched_has_a_version() -> None:
    fetched = {container["image"] for container in CONTAINERS.values()} - {"interaction-hub"}
    fetched |= {words.split()[0] for words in re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE)}
    assert all(re.search(r":v?\d", image) for image in fetched), fetched


def test_the_image_runs_as_its_own_user() -> None:
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["hub"]


def test_the_image_gets_what_the_services_import_and_no_tool_of_development() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text()
    part = locked_part((ROOT / "requirements.lock").read_text(), wanted_names(pyproject, "project"))
    installed = set(re.findall(r"^([a-z0-9-]+)==", part, re.MULTILINE))
    development = tomllib.loads(pyproject)["project"]["optional-dependencies"]["dev"]
    assert wanted_names(pyproject, "project") <= installed
    assert not installed & {re.split(r"[\[<>=]", name)[0] for name in development}
    assert part.count("--hash=sha256:") >= len(installed)


LOCK = """\
app-tool==1.0 \\
    --hash=sha256:aa
    # via the project
low==2.0 ; sys_platform == "linux" \\
    --hash=sha256:bb
    # via
    #   app-tool
    #   test-tool
test-tool==3.0 \\
    --hash=sha256:cc
    # via the project
"""


def test_a_part_of_the_lock_holds_what_its_packages_require_with_markers_and_hashes() -> None:
    assert locked_part(LOCK, {"app-tool"}) == LOCK[: LOCK.index("test-tool==3.0")]


def test_a_part_of_the_lock_leaves_out_what_only_others_require() -> None:
    assert "app-tool==" not in locked_part(LOCK, {"test-tool"})
