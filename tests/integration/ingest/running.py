"""A real ingest process in a namespace of its own, spoken to as the outside does, and the log it writes read back."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.ports import free_ports
from deploy.local.reachable import service_answers
from deploy.local.secret_files import make_secrets
from shared.auth import Role, mint, now_utc
from shared.contracts.codec import interactions
from shared.keyring import Keyring, keyring_of
from shared.mongo import connect
from shared.publishing import Outgoing, Publisher
from shared.sealing import unseal
from shared.secrets import Secrets, read_secrets
from shared.topics import INTERACTIONS, TOPICS, Topic
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.running_service import NO_CERTIFICATES

TWILIO_TOKEN = "12345"  # noqa: S105 (the token of Twilio's own documentation)
_STARTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in hub.interactions.v1, and its content unsealed."""

    event: Any
    content: dict[str, Any]
    also: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The process, and where it answers."""

    servers: Servers
    namespace: str
    http: str
    http_port: int
    smtp_port: int
    secrets_dir: Path

    @property
    def secrets(self) -> Secrets:
        return read_secrets(self.secrets_dir)

    def token(self, role: Role, subject: str = "tester") -> str:
        return mint(self.secrets.jwt, subject=subject, role=role, now=now_utc(), ttl=timedelta(hours=1))

    def client(self, role: Role | None = "channel", subject: str = "tester") -> httpx.Client:
        headers = {} if role is None else {"Authorization": f"Bearer {self.token(role, subject)}"}
        return httpx.Client(base_url=self.http, headers=headers, timeout=30, verify=NO_CERTIFICATES)

    @property
    def chat(self) -> str:
        return f"ws://127.0.0.1:{self.http_port}/v1/chat"

    async def logged(self, wanted: Callable[[Any], bool]) -> list[Logged]:
        """The events in the log that are wanted, with their contents, in the order of their partitions."""
        events = [event for value in await self.read(INTERACTIONS) if wanted(event := interactions.decode(value))]
        async with connect(self.servers.mongo) as client:
            keyring = keyring_of(client, self.namespace, self.secrets_dir)
            return [await _opened(event, keyring) for event in events]

    async def event(self, event_id: str) -> Logged:
        """The event of that id; it must be in the log."""
        found = await self.logged(lambda event: event.id == event_id)
        assert found, f"{event_id} is not in the log"
        return found[0]

    async def eventually_logged(self, wanted: Callable[[Any], bool]) -> Logged:
        """The first wanted event, once it is in the log."""
        found: list[Logged] = await eventually(lambda: self.logged(wanted), what="the event being in the log")
        return found[0]

    async def read(self, topic: Topic) -> list[bytes]:
        """Everything in a topic, read anew."""
        name = topic.within(self.namespace)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            values: list[bytes] = []
            while sum(ends.values()) > len(values):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    values += [record.value for record in records]
            return values
        finally:
            await consumer.stop()

    async def publish(self, topic: Topic, key: str, value: bytes) -> None:
        """Puts a record into Kafka past the service."""
        publisher = Publisher(self.servers.kafka, self.namespace)
        await publisher.start()
        try:
            await publisher.publish(topic, [Outgoing(key, value)])
        finally:
            await publisher.stop()


async def _opened(event: Any, keyring: Keyring) -> Logged:  # noqa: ANN401 (any class of SealedInteraction)
    parties = [event.data, *getattr(event.data, "also", ())]
    keys = await keyring.find(party.identity for party in parties)
    contents = [json.loads(unseal(keys[party.identity].cipher, event.id, party.content)) for party in parties]
    return Logged(event, contents[0], contents[1:])


@contextmanager
def running(servers: Servers, namespace: str, directory: Path, **settings: str) -> Iterator[Running]:
    """An ingest process that takes traffic; settings are HUB_ variables beyond the necessary ones."""
    asyncio.run(_make_topics(servers.kafka, namespace))
    make_secrets(directory / "secrets")
    http_port, smtp_port = free_ports(2)
    environment = os.environ | {
        "HUB_NAMESPACE": namespace,
        "HUB_KAFKA_BOOTSTRAP": servers.kafka,
        "HUB_MONGO_URL": servers.mongo,
        "HUB_HTTP_PORT": str(http_port),
        "HUB_SMTP_PORT": str(smtp_port),
        "HUB_SECRETS_DIR": str(directory / "secrets"),
        **settings,
    }
    log = directory / "ingest.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.ingest.main"], env=environment, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(f"http://127.0.0.1:{http_port}", process, log)
        yield Running(
            servers=servers,
            namespace=namespace,
            http=f"http://127.0.0.1:{http_port}",
            http_port=http_port,
            smtp_port=smtp_port,
            secrets_dir=directory / "secrets",
        )
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, log.read_text("utf-8")[-4_000:]


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8")[-4_000:]
        if service_answers(url, "/readyz"):
            return
        time.sleep(0.05)
    raise AssertionError(f"ingest was not ready within {_STARTS_WITHIN:.0f} s: {log.read_text('utf-8')[-4_000:]}")


async def _make_topics(bootstrap: str, namespace: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [topic.within(namespace) for topic in TOPICS]
        await admin.create_topics([NewTopic(topic.within(namespace), topic.partitions, 1) for topic in TOPICS])
        await eventually(lambda: _are_led(admin, names), what="every partition having a leader")
    finally:
        await admin.close()


async def _are_led(admin: AIOKafkaAdminClient, topics: list[str]) -> bool:
    described = await admin.describe_topics(topics)
    return all(
        not topic["error_code"] and all(partition["leader"] >= 0 for partition in topic["partitions"])
        for topic in described
    )
