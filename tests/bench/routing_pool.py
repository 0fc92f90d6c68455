"""A pool in a running routing service, spoken to through Kafka, and what comes out of it in hub.tickets.v1."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.commands import RoutingCommand, codec
from services.routing.domain.commands import Command
from shared.contracts.values import to_milliseconds
from shared.mongo import Document, connect, database
from shared.publishing import Outgoing
from shared.topics import ROUTING_COMMANDS, TICKETS, Topic
from tests.bench.routing_load import SEED, Size, configuration
from tests.e2e.running_hub import RunningHub
from tests.eventually import eventually

POOL = "bench"
_KIND = re.compile(rb'"type":"hub\.([a-z.]+)\.v1"')
_NOT_EXPIRING = 3_600.0
_WITHIN = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record and the moment (perf_counter) at which a plain consumer had it. kind: such as `ticket.offered`."""

    moment: float
    key: str
    kind: str
    value: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The event itself."""
        data: dict[str, Any] = orjson.loads(self.value)["data"]
        return data


class Watch:
    """A plain consumer that keeps every record of a topic from now on."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.seen: list[Seen] = []
        self._counts: Counter[str] = Counter()
        self._topic = topic
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)

    @classmethod
    @asynccontextmanager
    async def on(cls, bootstrap: str, topic: str, partitions: int) -> AsyncIterator["Watch"]:
        """Watches until the end of the block."""
        watch = cls(bootstrap, topic)
        async with watch._consumer as consumer:
            consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
            await consumer.seek_to_end()
            task = asyncio.create_task(watch._take())
            try:
                yield watch
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _take(self) -> None:
        while True:
            polled = await self._consumer.getmany(timeout_ms=1_000)
            now = perf_counter()
            for record in (record for records in polled.values() for record in records):
                found = _KIND.search(record.value)
                kind = found[1].decode() if found else ""
                self._counts[kind] += 1
                self.seen.append(Seen(moment=now, key=record.key.decode(), kind=kind, value=record.value))

    def of(self, kind: str) -> list[Seen]:
        """Those of a kind, in the order they were seen."""
        return [seen for seen in self.seen if seen.kind == kind]

    async def until(self, count: int, kind: str) -> list[Seen]:
        """Waits until so many of a kind were seen; all of them."""

        async def enough() -> bool:
            return self._counts[kind] >= count

        await eventually(enough, within=_WITHIN, what=f"{count} of {kind}")
        return self.of(kind)


class RunningPool:
    """The pool. tickets: what is published of its tickets. producer: a plain one, through which everything comes."""

    def __init__(
        self, hub: RunningHub, size: Size, producer: AIOKafkaProducer, tickets: Watch, routing: AsyncDatabase[Document]
    ) -> None:
        self.hub = hub
        self.tickets = tickets
        self.producer = producer
        self._size = size
        self._routing = routing

    @classmethod
    @asynccontextmanager
    async def found(cls, hub: RunningHub, size: Size) -> AsyncIterator["RunningPool"]:
        """A pool of that size in which nobody is there yet, and offers wait an hour for their answers."""
        settings = hub.settings
        topic = TICKETS.within(settings.namespace)
        async with (
            connect(settings.mongo) as client,
            AIOKafkaProducer(bootstrap_servers=settings.bootstrap, acks="all", enable_idempotence=True) as producer,
            Watch.on(settings.bootstrap, topic, TICKETS.partitions) as tickets,
        ):
            pool = cls(hub, size, producer, tickets, database(client, settings.namespace, "routing"))
            await pool.ask(*configuration(size, Random(SEED), _NOT_EXPIRING))
            await eventually(lambda: pool._shows(f"a{size.agents - 1}"), within=_WITHIN, what="the configuration")
            yield pool

    async def ask(self, *commands: Command) -> float:
        """Has the commands decided, in their order; the moment at which they were handed to the producer."""
        records = [self._record(command) for command in commands]
        moment = perf_counter()
        await self.publish(ROUTING_COMMANDS, records)
        return moment

    async def publish(self, topic: Topic, records: Sequence[Outgoing]) -> None:
        """Returns when Kafka has all of them."""
        name = topic.within(self.hub.settings.namespace)
        sent = [await self.producer.send(name, record.value, key=record.key.encode()) for record in records]
        await asyncio.gather(*sent)

    def _record(self, command: Command, name: str | None = None) -> Outgoing:
        now = to_milliseconds(datetime.now(UTC))
        wanted = RoutingCommand(id=name or str(uuid4()), pool=POOL, at=now, command=command)
        return Outgoing(POOL, codec.encode(wanted))

    async def settled(self) -> None:
        """Waits until everything that was asked before is decided: a command that changes nothing comes after it."""
        marker = str(uuid4())
        await self.publish(ROUTING_COMMANDS, [self._record(next(configuration(self._size, Random())), marker)])

        async def decided() -> bool:
            return await self._routing["decisions"].count_documents({"outcomes.command": marker}) == 1

        await eventually(decided, within=_WITHIN, what="everything that was asked being decided")

    async def all_offers(self) -> Sequence[Seen]:
        """Waits until every offer that was decided has been seen."""
        counted = await self._routing["decisions"].aggregate(
            [
                {"$match": {"_id.stream": f"routing/{POOL}"}},
                {"$unwind": "$events"},
                {"$match": {"events.event.event": "ticket.offered"}},
                {"$count": "offers"},
            ]
        )
        offers = sum([document["offers"] async for document in counted])
        return await self.tickets.until(offers, "ticket.offered")

    async def _shows(self, agent: str) -> bool:
        return await self._routing["agents"].count_documents({"_id": agent}) == 1
