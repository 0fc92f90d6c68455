"""Kafka and MongoDB from a Docker engine, for tests: the images and settings that docker-compose.yml names.

testcontainers' own KafkaContainer starts Confluent's image by its scripts, and its MongoDbContainer sets a password,
with which a replica set needs a key file; so both are made here from its plain container.
"""

import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import yaml
from pymongo import MongoClient
from testcontainers.core.container import DockerContainer

from deploy.local.reachable import kafka_answers, mongo_is_primary
from deploy.local.settings import MONGO_REPLICA_SET

_COMPOSE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "docker-compose.yml").read_text())["services"]
_START_SECONDS = 120
_POLL = 0.1

# The broker must announce the port that the engine gives the container, which is known only once it runs.
_WAIT_FOR_ADDRESS = (
    "until [ -s /tmp/address ]; do sleep 0.1; done; "
    "export KAFKA_ADVERTISED_LISTENERS=BROKER://$(cat /tmp/address); exec /etc/kafka/docker/run"
)


@contextmanager
def kafka_container() -> Iterator[str]:
    """The address of a fresh Kafka that ends with the block."""
    wanted = _COMPOSE["kafka"]
    container = (
        DockerContainer(wanted["image"]).with_exposed_ports(9092).with_command(["bash", "-c", _WAIT_FOR_ADDRESS])
    )
    for name, value in wanted["environment"].items():
        container.with_env(name, value)
    with container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(9092)}"
        container.get_wrapped_container().put_archive("/tmp", _tar("address", address.encode()))  # noqa: S108 (in the container)
        _wait(lambda: kafka_answers(address))
        yield address


@contextmanager
def mongo_container() -> Iterator[str]:
    """The URL of a fresh one-node replica set that ends with the block."""
    wanted = _COMPOSE["mongo"]
    container = DockerContainer(wanted["image"]).with_exposed_ports(27017).with_command(wanted["command"])
    with container:
        # Direct, because the member knows itself by an address that means nothing outside its container.
        url = (
            f"mongodb://{container.get_container_host_ip()}:{container.get_exposed_port(27017)}/?directConnection=true"
        )
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=_START_SECONDS * 1000) as client:
            members = [{"_id": 0, "host": "localhost:27017"}]
            client.admin.command("replSetInitiate", {"_id": MONGO_REPLICA_SET, "members": members})
        _wait(lambda: mongo_is_primary(url))
        yield url


def _tar(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + _START_SECONDS
    while not condition():
        if monotonic() > deadline:
            raise TimeoutError("A server's container did not become ready; look at `docker logs`.")
        sleep(_POLL)
