"""What the profile service is given and asked in tests: interactions, its topics, its timelines and live streams."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.codec import tickets
from shared.contracts.decided import Decided
from shared.contracts.envelope import event_id
from shared.contracts.tickets import TicketEvent
from shared.keyring import keyring_of
from shared.mongo import connect
from shared.publishing import Outgoing, Publisher
from shared.topics import INTERACTIONS, TICKETS, Topic
from tests.eventually import eventually
from tests.integration.live_streams import opened, server_sent_events
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import Sealer


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

    async def publish_tickets(self, *events: Decided[TicketEvent]) -> None:
        """Tickets' events, as routing publishes them."""
        records = [Outgoing(event.partitionkey, tickets.encode(event)) for event in events]
        await self._publisher.publish(TICKETS, records)

    async def sealed(self, plain: Any) -> tuple[str, bytes]:  # noqa: ANN401 (any class of InteractionEvent)
        """A plain event's key and value in hub.interactions.v1, for `publish_raw`."""
        [outgoing] = await self._sealer.outgoing([replace(plain, id=event_id(self._source, plain.id))])
        return outgoing.key, outgoing.value

    async def publish_to(self, topic: Topic, record: Outgoing) -> None:
        """Any record of any topic."""
        await self._publisher.publish(topic, [record])

    async def publish_raw(self, key: str, value: bytes) -> None:
        """Any bytes at all."""
        await self._publisher.publish(INTERACTIONS, [Outgoing(key, value)])

    def hashed(self, identity: str) -> str:
        """How the log calls an identity."""
        return self._sealer.hasher.identity(identity)


@asynccontextmanager
async def ingested(profile: RunningService) -> AsyncIterator[Ingested]:
    """A publisher beside the running service."""
    publisher = Publisher(profile.servers.kafka, profile.namespace)
    await publisher.start()
    async with connect(profile.servers.mongo) as client:
        keyring = keyring_of(client, profile.namespace, profile.directory)
        yield Ingested(publisher, Sealer(keyring, await keyring.hasher()))
    await publisher.stop()


class Stream:
    """Server-sent events as they come: (id, kind, data)."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()
        self._events = server_sent_events(self._lines)

    async def connected(self) -> tuple[str, Json]:
        """Waits for the first event, the customer: from its position on, nothing is missed."""
        position, kind, customer = await self.next()
        assert kind == "customer"
        return position, customer

    async def next(self, within: float = 20.0) -> tuple[str, str, Json]:
        """The next event; heartbeats are passed over."""
        async with asyncio.timeout(within):
            return await anext(self._events)

    async def ends(self, within: float = 20.0) -> None:
        """Waits for the server to end the stream, in whatever way."""
        async with asyncio.timeout(within):
            async for _ in self._lines:
                pass


@asynccontextmanager
async def stream(
    client: httpx.AsyncClient, customer: str, last_id: str | None = None, conversation: str | None = None
) -> AsyncIterator[Stream]:
    """A customer's live stream, from now on or after `last_id`."""
    only = f"?{urlencode({'conversation': conversation})}" if conversation else ""
    async with opened(client, f"/v1/customers/{customer}/stream{only}", last_id) as response:
        yield Stream(response)


@asynccontextmanager
async def identity_stream(client: httpx.AsyncClient, identity: str) -> AsyncIterator[Stream]:
    """The live stream behind an identity."""
    async with opened(client, f"/v1/timeline/stream?{urlencode({'identity': identity})}", None) as response:
        yield Stream(response)


async def shown(agent: httpx.AsyncClient, identity: str, **asked: Any) -> list[Json]:  # noqa: ANN401 (any filter)
    """The entries behind an identity, newest first, as they are now."""
    answer = await agent.get("/v1/timeline", params={"identity": identity, "limit": 200, **asked})
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["timeline"]["items"]
    return found


async def folded_events(agent: httpx.AsyncClient, identity: str, count: int) -> list[Json]:
    """The entries behind an identity, newest first, once they are made of `count` events."""

    async def look() -> list[Json] | None:
        found = await shown(agent, identity)
        return found if sum(len(entry["events"]) for entry in found) >= count else None

    found = await eventually(look, what=f"{count} events behind {identity}")
    assert found is not None
    return found


async def published(profile: RunningService, topic: Topic) -> list[bytes]:
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
