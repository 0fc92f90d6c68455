"""Real servers for the tests: a Docker engine's where there is one, else the embedded ones. The run says which.

HUB_TEST_KAFKA and HUB_TEST_MONGO name servers that run already. All workers of a run share their servers.
"""

import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import settings

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from shared.topics import TOPICS
from tests.eventually import eventually

# Timings decide no test, so hypothesis has no deadline. HUB_TEST_EXAMPLES=1000 looks harder than a run for a commit.
settings.register_profile("hub", deadline=None, max_examples=int(os.environ.get("HUB_TEST_EXAMPLES", "40")))
settings.load_profile("hub")


_LONG = (
    "e2e/test_survival.py",
    "integration/routing/test_storm.py",
    "integration/test_hub_up.py",
    "integration/routing/test_rebuild.py",
    "integration/profile/test_rebuild.py",
    "integration/metrics/test_figures_after_kills.py",
    "integration/test_demo.py",
    "integration/test_rotate_keys.py",
    "integration/test_embedded_servers.py",
    "integration/shared/test_ending_in_time.py",
    "integration/profile/test_storms.py",
)
"""Files that take long and share no process: begun at the end, one of them would keep a worker while others idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files come first, all else stays in its order."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@dataclass(frozen=True, slots=True)
class Servers:
    """Where Kafka and MongoDB answer, and who started them."""

    kafka: str
    mongo: str
    origin: str


def pytest_report_header() -> str:
    return f"servers for integration tests: {_origin()}"


def _origin() -> str:
    if os.environ.get("HUB_TEST_KAFKA") and os.environ.get("HUB_TEST_MONGO"):
        return "running already (HUB_TEST_KAFKA, HUB_TEST_MONGO)"
    return "Docker (testcontainers)" if _docker_runs() else "embedded (no Docker engine answers)"


def _docker_runs() -> bool:
    """Whether a Docker engine takes connections where DOCKER_HOST says, or at its usual socket."""
    where = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    family = socket.AF_UNIX if where.scheme == "unix" else socket.AF_INET
    address = where.path if where.scheme == "unix" else (where.hostname, where.port or 2375)
    with socket.socket(family) as connection:
        connection.settimeout(2)
        return connection.connect_ex(address) == 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Starts the servers before the workers, who find them in their environment."""
    ending = ExitStack()
    config.add_cleanup(ending.close)
    directory = Path(ending.enter_context(TemporaryDirectory(prefix="hub-test-servers-")))
    servers = ending.enter_context(_started(directory))
    os.environ.update(HUB_TEST_KAFKA=servers.kafka, HUB_TEST_MONGO=servers.mongo)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Real Kafka and MongoDB for the whole run."""
    with _started(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@contextmanager
def _started(directory: Path) -> Iterator[Servers]:
    origin = _origin()
    if origin.startswith("running"):
        yield Servers(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], origin)
    elif origin.startswith("Docker"):
        yield from _containers(origin)
    else:
        yield from _embedded(directory, origin)


def _embedded(directory: Path, origin: str) -> Iterator[Servers]:
    kafka, mongo = EmbeddedKafka(directory / "kafka"), EmbeddedMongo(directory / "mongo")
    kafka.start()
    try:
        mongo.start()
        try:
            yield Servers(kafka.bootstrap, mongo.url, origin)
        finally:
            mongo.stop()
    finally:
        kafka.stop()


def _containers(origin: str) -> Iterator[Servers]:
    from tests.containers import kafka_container, mongo_container  # noqa: PLC0415 (heavy, only with an engine)

    with kafka_container() as kafka, mongo_container() as mongo:
        yield Servers(kafka, mongo, origin)


@pytest.fixture
async def namespace(servers: Servers) -> AsyncIterator[str]:
    """A fresh namespace with all its topics, so that tests share servers but nothing else."""
    async with fresh_namespace(servers) as name:
        yield name


@asynccontextmanager
async def fresh_namespace(servers: Servers) -> AsyncIterator[str]:
    """The same for fixtures that live longer than one test."""
    name = f"t{uuid.uuid4().hex[:10]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
        topics = [
            NewTopic(topic.within(name), topic.partitions, 1, topic_configs=dict(topic.config)) for topic in TOPICS
        ]
        await admin.create_topics(topics)
        await eventually(lambda: _led(admin, [topic.name for topic in topics]), what="every partition having a leader")
        yield name
        await admin.delete_topics([topic.within(name) for topic in TOPICS])
    finally:
        await admin.close()


async def _led(admin: AIOKafkaAdminClient, topics: list[str]) -> bool:
    described = await admin.describe_topics(topics)
    return all(
        not topic["error_code"] and all(partition["leader"] >= 0 for partition in topic["partitions"])
        for topic in described
    )
