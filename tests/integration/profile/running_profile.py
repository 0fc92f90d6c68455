"""The profile service as its own process on real servers, spoken to as its clients do."""

import asyncio
import base64
import os
import secrets
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.auth import Role, mint
from shared.contracts.envelope import event_id
from shared.keyring import Keyring
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.topics import INTERACTIONS, Topic
from tests.conftest import Servers
from tests.eventually import eventually
from tests.sealed_events import Sealer

Json = dict[str, Any]


class RunningProfile:
    """One profile process; it can be killed and started again on the same namespace."""

    def __init__(self, servers: Servers, namespace: str, directory: Path) -> None:
        self.servers = servers
        self.namespace = namespace
        self.master = secrets.token_bytes(32)
        self._key = secrets.token_bytes(32)
        self._process: Process | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = directory / "profile.log"
        (directory / "jwt.key").write_bytes(base64.b64encode(self._key))
        (directory / "master.key").write_bytes(base64.b64encode(self.master))
        self._environment = {
            **os.environ,
            "HUB_NAMESPACE": namespace,
            "HUB_KAFKA_BOOTSTRAP": servers.kafka,
            "HUB_MONGO_URL": servers.mongo,
            "HUB_HTTP_PORT": str(port),
            "HUB_SECRETS_DIR": str(directory),
        }

    async def start(self) -> None:
        """Starts the process and waits until it consumes."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.profile.main", env=self._environment, stderr=log
            )
        async with httpx.AsyncClient(base_url=self.url) as client:
            await eventually(lambda: self._is_ready(client), within=60, what=f"readiness; see {self._log}")

    async def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and the exit code."""
        return await self._end(signal.SIGTERM)

    def client(self, role: Role = "agent", subject: str = "ann") -> httpx.AsyncClient:
        """An HTTP client with a token."""
        token = mint(self._key, subject=subject, role=role, now=datetime.now(UTC), ttl=timedelta(hours=1))
        return httpx.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    async def _is_ready(self, client: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self._log.read_text()[-3000:]
        try:
            return (await client.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


class Ingested:
    """What customers do, as ingest would have published it, sealed with the hub's own keys."""

    def __init__(self, publisher: Publisher, sealer: Sealer) -> None:
        self._publisher = publisher
        self._sealer = sealer
        self._source = f"/tests/{secrets.token_hex(8)}"

    async def publish(self, *plain: Any) -> list[str]:  # noqa: ANN401 (any class of InteractionEvent)
        """Plain events, sealed on their way to hub.interactions.v1; the ids they get there, which no other test has."""
        own = [replace(event, id=event_id(self._source, event.id)) for event in plain]
        await self._publisher.publish(INTERACTIONS, await self._sealer.outgoing(own))
        return [event.id for event in own]

    async def publish_raw(self, key: str, value: bytes) -> None:
        """Any bytes at all."""
        await self._publisher.publish(INTERACTIONS, [Outgoing(key, value)])

    def hashed(self, identity: str) -> str:
        """How the log calls an identity."""
        return self._sealer.hasher.identity(identity)


@asynccontextmanager
async def ingested(profile: RunningProfile) -> AsyncIterator[Ingested]:
    """A publisher beside the running service."""
    publisher = Publisher(profile.servers.kafka, profile.namespace)
    await publisher.start()
    async with connect(profile.servers.mongo) as client:
        keyring = Keyring(database(client, profile.namespace, "keys")["keys"], profile.master)
        yield Ingested(publisher, Sealer(keyring, await keyring.hasher()))
    await publisher.stop()


class Stream:
    """Server-sent events as they come: (id, kind, data)."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def connected(self) -> tuple[str, Json]:
        """Waits for the first event, the customer: from its position on, nothing is missed."""
        position, kind, customer = await self.next()
        assert kind == "customer"
        return position, customer

    async def next(self, within: float = 20.0) -> tuple[str, str, Json]:
        """The next event; heartbeats are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self._lines:
                if not line:
                    if "data" in fields:
                        return fields.get("id", ""), fields["event"], orjson.loads(fields["data"])
                    fields = {}
                name, _, value = line.partition(": ")
                fields[name] = value
        raise AssertionError("the stream ended")

    async def ends(self, within: float = 20.0) -> None:
        """Waits for the server to end the stream, in whatever way."""
        async with asyncio.timeout(within):
            async for _ in self._lines:
                pass


@asynccontextmanager
async def stream(client: httpx.AsyncClient, customer: str, last_id: str | None = None) -> AsyncIterator[Stream]:
    """A customer's live stream, from now on or after `last_id`."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", f"/v1/customers/{customer}/stream", headers=headers, timeout=60) as response:
        assert response.status_code == 200, await response.aread()
        yield Stream(response)


async def published(profile: RunningProfile, topic: Topic) -> list[bytes]:
    """Everything in a topic so far, in the order of its records' times."""
    consumer = AIOKafkaConsumer(bootstrap_servers=profile.servers.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic.within(profile.namespace), number) for number in range(topic.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[int, bytes]] = []
        while len(found) < sum(ends.values()):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(record.timestamp, record.value) for record in records]
        return [value for _, value in sorted(found)]
    finally:
        await consumer.stop()


async def entries(agent: httpx.AsyncClient, identity: str, count: int) -> list[Json]:
    """The timeline behind an identity, newest first, once it has `count` entries (200 at most)."""
    found: list[Json] = (await popped(agent, identity, entries=count))["timeline"]["items"]
    return found


async def popped(agent: httpx.AsyncClient, identity: str, *, entries: int = 0, identities: int = 1) -> Json:
    """The screen pop of an identity, once it has so many entries and its customer so many identities."""

    async def look() -> Json | None:
        answer = await agent.get("/v1/timeline", params={"identity": identity, "limit": 200})
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        enough = len(found["timeline"]["items"]) >= entries and len(found["customer"]["identities"]) >= identities
        return found if enough and found["customer"]["known"] else None

    found = await eventually(look, what=f"{entries} entries and {identities} identities behind {identity}")
    assert found is not None
    return found
