"""Interactions → timeline, end to end, beside bare loops over the same topic, one process each, taking turns.

    python -m tests.bench.timeline        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

The topic holds sealed events of about 1 KB from 10,000 identities. `bare` is aiokafka getmany → orjson → insert_many
into a fresh collection with the timeline's index; `hub` is the profile service's own consumer: FastStream, validation,
unsealing, identities, majority insert, offsets committed, garbage collected as in every service. `indexed` is the same
with the search index's consumer beside it in the process, `searchable` is that consumer. `validate` and `decode` are
without a database.
A rate counts the events after the first batch, over the time from its end to the end of the last.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream.kafka import KafkaBroker
from pydantic import TypeAdapter
from pymongo import AsyncMongoClient

from services.profile.application import TimelineProjection
from services.profile.asking import Asking
from services.profile.domain.rules import Classifier, Rules
from services.profile.indexing import WordIndex
from services.profile.matching import Matching
from services.profile.store import Store
from services.profile.stream import on_interactions, on_what_is_said
from shared.consuming import Consumption, Intake, Record, Rejected
from shared.contracts.codec import interactions
from shared.dead_letters import DeadLetters
from shared.keyring import Keyring
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from shared.service import spare_the_collector
from shared.topics import CUSTOMER_COMMANDS, INTERACTIONS
from tests.bench.rows import Row, machine_load
from tests.sealed_events import MOMENT, Sealer, message

EVENTS = 150_000
ROUNDS = 3
_IDENTITIES = 10_000
_MASTER = bytes(32)
_TEXT = "Good morning, my parcel has not arrived yet. Could you find out where it is? Thank you and kind regards. "


class Meter:
    """Measures from the end of the first batch to the end of the one that completes `events`."""

    def __init__(self, events: int) -> None:
        self.done = asyncio.Event()
        self._events = events
        self._taken = 0
        self._first = 0
        self._began = 0.0
        self._seconds = 0.0

    def count(self, events: int) -> None:
        """A batch of so many events is done."""
        if not self._taken:
            self._first, self._began = events, perf_counter()
        self._taken += events
        if self._taken >= self._events:
            self._seconds = perf_counter() - self._began
            self.done.set()

    @property
    def rate(self) -> float:
        """Events a second."""
        return (self._taken - self._first) / self._seconds


@dataclass(frozen=True, slots=True)
class Run:
    """Where a measured process finds everything."""

    kafka: str
    mongo: str
    namespace: str
    events: int

    @property
    def topic(self) -> str:
        return INTERACTIONS.within(self.namespace)


async def bare(run: Run) -> float:
    """The least that could be done: no validation, no unsealing, one batch after the other."""
    client = connect(run.mongo)
    collection = database(client, run.namespace, f"bare_{uuid.uuid4().hex[:8]}")["timeline"]
    await collection.create_index([("data.identity", 1), ("time", -1), ("_id", -1)])

    async def write(values: list[bytes]) -> None:
        documents = []
        for value in values:
            document = orjson.loads(value)
            document["_id"] = document.pop("id")
            documents.append(document)
        await collection.insert_many(documents, ordered=False)

    rate = await _loop(run, write)
    await client.drop_database(collection.database.name)
    await client.close()
    return rate


async def validate(run: Run) -> float:
    """A bare consumer with pydantic's validate_json, a record at a time."""
    one: TypeAdapter[Any] = interactions._one

    async def check(values: list[bytes]) -> None:
        for value in values:
            one.validate_json(value)

    return await _loop(run, check)


async def _loop(run: Run, take: Callable[[list[bytes]], Awaitable[None]]) -> float:
    consumer = AIOKafkaConsumer(
        run.topic,
        bootstrap_servers=run.kafka,
        group_id=f"bare-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4_194_304,
    )
    await consumer.start()
    meter = Meter(run.events)
    while not meter.done.is_set():
        batches = await consumer.getmany(timeout_ms=100, max_records=1_000)
        values = [record.value for records in batches.values() for record in records]
        if values:
            await take(values)
            meter.count(len(values))
    await consumer.stop()
    return meter.rate


async def hub(run: Run) -> float:
    """The profile service's own consumer."""
    return await _project(run)


async def indexed(run: Run) -> float:
    """The same, while the search index is made beside it."""
    return await _project(run, indexing=True)


async def searchable(run: Run) -> float:
    """The search index, made beside the timeline."""
    return await _project(run, indexing=True, measured=1)


async def _project(run: Run, *, indexing: bool = False, measured: int = 0) -> float:
    """The rate of the timeline's consumer, or of the search index's (measured: 1)."""
    client = connect(run.mongo)
    store = Store(database(client, run.namespace, f"hub_{uuid.uuid4().hex[:8]}"))
    await store.create_indexes()
    keyring, classifier = _keyring(client, run), Classifier(Rules())
    async with _publisher(run) as publisher:
        matching = Matching(store, classifier)
        projection = TimelineProjection(keyring, store, Asking(publisher), classifier, matching)
        timeline = _Measured(run, on_interactions(run.namespace, projection))
        index = WordIndex(keyring, store, timeline.waiting)
        consumers = [timeline, _Measured(run, on_what_is_said(run.namespace, index))]
        rate = await _consume(run, consumers if indexing else [timeline], measured, DeadLetters(publisher, keyring))
    await client.drop_database(store.database.name)
    await client.close()
    return rate


async def decode(run: Run) -> float:
    """The hub's way to consume, without doing anything with the events."""
    client = connect(run.mongo)

    async def nothing(_: list[Record[Any]]) -> Sequence[Rejected[Any]]:
        return ()

    intake: Intake[Any] = Intake(topic=run.topic, group="", decode=interactions.decode_all, take=nothing, depth=3)
    async with _publisher(run) as publisher:
        rate = await _consume(run, [_Measured(run, intake)], 0, DeadLetters(publisher, _keyring(client, run)))
    await client.close()
    return rate


class _Measured:
    """A consumer in a group of its own, and how fast it is."""

    consumption: Consumption[Any]

    def __init__(self, run: Run, intake: Intake[Any]) -> None:
        self.meter = Meter(run.events)
        self._take = intake.take
        self._intake = replace(intake, group=f"{run.namespace}.{uuid.uuid4().hex}", take=self._counted)

    def subscribe(self, broker: KafkaBroker, dead_letters: DeadLetters) -> None:
        """Begins when the broker does."""
        self.consumption = Consumption(self._intake, dead_letters)
        self.consumption.subscribe(broker)

    def waiting(self) -> int:
        """How many records wait for it."""
        return self.consumption.waiting()

    async def _counted(self, records: list[Record[Any]]) -> Sequence[Rejected[Any]]:
        rejected = await self._take(records)
        self.meter.count(len(records))
        return rejected


async def _consume(run: Run, consumers: Sequence[_Measured], measured: int, dead_letters: DeadLetters) -> float:
    spare_the_collector()
    broker = KafkaBroker(run.kafka, allow_auto_create_topics=False, apply_types=False, logger=None)
    for consumer in consumers:
        consumer.subscribe(broker, dead_letters)
    await broker.start()
    await consumers[measured].meter.done.wait()
    for consumer in consumers:
        await consumer.consumption.stop()
    await broker.stop()
    return consumers[measured].meter.rate


@asynccontextmanager
async def _publisher(run: Run) -> AsyncIterator[Publisher]:
    publisher = Publisher(run.kafka, run.namespace)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


def _keyring(client: AsyncMongoClient[Document], run: Run) -> Keyring:
    return Keyring(database(client, run.namespace, "keys")["keys"], lambda: [_MASTER])


Events = Callable[[int, int], Iterator[Any]]
"""The plain events with these numbers, from the first up to (not including) the second."""


async def fill(run: Run, events: Events | None = None) -> None:
    """Makes the topics and publishes the sealed events; those of `uniform` unless others are given."""
    made = events or uniform
    admin = AIOKafkaAdminClient(bootstrap_servers=run.kafka)
    await admin.start()
    topics = (INTERACTIONS, CUSTOMER_COMMANDS)
    await admin.create_topics([NewTopic(topic.within(run.namespace), topic.partitions, 1) for topic in topics])
    await admin.close()
    client = connect(run.mongo)
    keyring = _keyring(client, run)
    sealer = Sealer(keyring, await keyring.hasher())
    async with _publisher(run) as publisher:
        for start in range(0, run.events, 5_000):
            await publisher.publish(INTERACTIONS, await sealer.outgoing(made(start, min(start + 5_000, run.events))))
    await client.close()


def uniform(start: int, end: int) -> Iterator[Any]:
    """Mails of 10,000 people in turn."""
    for number in range(start, end):
        person = f"person{number * 7919 % _IDENTITIES}"
        yield message(
            f"m-{number}",
            f"email:{person}@shop.example",
            _TEXT * 2,
            name=f"{person.title()} Example",
            conversation=f"c-{number // 3}",
            at=MOMENT + timedelta(milliseconds=20 * number),
        )


async def clear(run: Run) -> None:
    """Takes the topics and the keys away."""
    admin = AIOKafkaAdminClient(bootstrap_servers=run.kafka)
    await admin.start()
    await admin.delete_topics([topic.within(run.namespace) for topic in (INTERACTIONS, CUSTOMER_COMMANDS)])
    await admin.close()
    client = connect(run.mongo)
    await client.drop_database(database(client, run.namespace, "keys").name)
    await client.close()


Sink = Callable[[str, str, str, int], Awaitable[float]]
"""Kafka, MongoDB, topic and events → documents a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another way from the same topic to MongoDB, measured once a round too."""

    name: str
    note: str
    sink: Sink
    goal: float | None = None


async def measure(
    kafka: str, mongo: str, events: int = EVENTS, rounds: int = ROUNDS, peers: Sequence[Peer] = ()
) -> list[Row]:
    """The table's rows; each figure is the median of `rounds` runs, each in its own process, taking turns."""
    run = Run(kafka, mongo, f"bench{uuid.uuid4().hex[:8]}", events)
    await fill(run)
    rates: dict[str, list[float]] = {what: [] for what in _MEASURED}
    try:
        for _ in range(rounds):
            for what in _MEASURED:
                rates[what].append(await in_process(what, run))
            for peer in peers:
                rates.setdefault(peer.name, []).append(await peer.sink(kafka, mongo, run.topic, events))
    finally:
        await clear(run)
    taken = f"median of {rounds}; {machine_load()}"
    bare_loop = f"(a bare loop of getmany → orjson → insert_many; {taken})"
    rows = [_row("interactions → timeline", rates["hub"], rates["bare"], 0.8, bare_loop)]
    rows.append(
        _row("interactions → timeline, while the search index is made", rates["indexed"], rates["bare"], 0.8, bare_loop)
    )
    beside = f"(the timeline beside it; {taken})"
    rows.append(
        _row("interactions → search index, beside the timeline", rates["searchable"], rates["indexed"], None, beside)
    )
    for peer in peers:
        name, note = f"interactions → timeline, {peer.name}", f"({peer.note}; {taken})"
        rows.append(_row(name, rates["hub"], rates[peer.name], peer.goal, note))
    validation = f"(a bare consumer with pydantic validate_json; {taken})"
    rows.append(_row("decode and validate a batch", rates["decode"], rates["validate"], 0.85, validation))
    return rows


def _row(name: str, own: list[float], base: list[float], goal: float | None, note: str) -> Row:
    value, baseline = median(own), median(base)
    return Row(name=name, value=value, unit="events/s", baseline=baseline, ratio=value / baseline, goal=goal, note=note)


async def in_process(what: str, run: Run) -> float:
    """What a process of its own measures, events a second."""
    arguments = ("-m", "tests.bench.timeline", what, run.kafka, run.mongo, run.namespace, str(run.events))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"The measurement {what} ended with {process.returncode}.")
    rate: float = json.loads(output)
    return rate


_MEASURED: dict[str, Callable[[Run], Awaitable[float]]] = {
    "bare": bare,
    "hub": hub,
    "indexed": indexed,
    "searchable": searchable,
    "validate": validate,
    "decode": decode,
}


async def _main(arguments: Sequence[str]) -> None:
    if arguments:
        what, kafka, mongo, namespace, events = arguments
        print(await _MEASURED[what](Run(kafka, mongo, namespace, int(events))))
        return
    for row in await measure(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"]):
        print(row)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(sys.argv[1:]))
