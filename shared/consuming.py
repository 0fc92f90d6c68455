"""The one safe way to consume a topic.

FastStream hands over a batch of raw records; this module decodes them, lets the service take them, and only then
commits each partition's own offset. Whatever happens in between, the records come again.

    what `take` raises                     what happens
    UNREACHABLE, NotPublished, KafkaError  the way is down: the same batch again, with growing pauses, for ever
    anything in FAULTS                     one of the records is at fault: each alone, the faulty one is dead-lettered
    anything else                          a broken program: the service stops and its supervisor starts it anew
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from bson.errors import BSONError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from pymongo.errors import DocumentTooLarge, PyMongoError, WriteError

from shared import metrics
from shared.contracts.codec import DecodeError
from shared.dead_letters import DeadLetters
from shared.ending import end
from shared.mongo import UNREACHABLE
from shared.publishing import NotPublished
from shared.sealing import SealBroken

E = TypeVar("E")
T = TypeVar("T")
log = structlog.get_logger()

FAULTS = (
    SealBroken,
    BSONError,
    DocumentTooLarge,
    WriteError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a single bad record can make a correct way down raise."""

PASSING = (*UNREACHABLE, NotPublished, KafkaError, PyMongoError)
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_DRAIN_SECONDS = 8.0
_POLL_MS = 1_000


@dataclass(slots=True)
class Record(Generic[E]):
    """An event and where it stood in Kafka. Not frozen: that takes four times as long, and every event gets one."""

    event: E
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Rejected(Generic[E]):
    """A record that the service cannot take, now or ever, and the reason (nothing personal in it)."""

    record: Record[E]
    reason: str


class Raw(Protocol):
    """What this module uses of aiokafka's ConsumerRecord, which has no types."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


Decode = Callable[[Sequence[bytes]], list[E | DecodeError]]
Take = Callable[[list[Record[E]]], Awaitable[Sequence[Rejected[E]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake(Generic[E]):
    """What to consume and how.

    topic: full name. depth: batches in work at the same time; more than 1 only where order does not matter.
    on_assigned, on_revoked: told the partitions after they came and before they go (work is drained by then).
    """

    topic: str
    group: str
    decode: Decode[E]
    take: Take[E]
    depth: int = 1
    max_records: int = 1_000
    on_assigned: Callable[[set[int]], Awaitable[None]] | None = None
    on_revoked: Callable[[set[int]], Awaitable[None]] | None = None


class Consumption(ConsumerRebalanceListener, Generic[E]):  # type: ignore[misc]  # aiokafka ships no types for it
    """One intake at work. `failed` is set when it cannot go on; `retrying` says why it waits, or is None."""

    def __init__(self, intake: Intake[E], dead_letters: DeadLetters) -> None:
        self.intake = intake
        self.retrying: str | None = None
        self.assigned: set[int] | None = None
        self.done: dict[int, int] = {}
        self.failed: asyncio.Event = asyncio.Event()
        self.failure: BaseException | None = None
        self._dead_letters = dead_letters
        self._slots = asyncio.Semaphore(intake.depth)
        self._tasks: list[asyncio.Task[None]] = []
        self._committed: dict[int, int] = {}
        self._committing: asyncio.Task[None] | None = None
        self._closed = True
        self._assignment = 0
        self._subscriber: Any = None
        # Counters are there before their first count: an increase from nothing is none for Prometheus.
        metrics.records_dead.labels(intake.topic, intake.group)
        for server in ("kafka", "mongodb"):
            metrics.batch_retries.labels(intake.topic, intake.group, server)

    def subscribe(self, broker: KafkaBroker) -> None:
        """Registers with FastStream; the broker's start begins the work."""
        subscriber: Any = broker.subscriber(
            self.intake.topic,
            group_id=self.intake.group,
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=4_194_304,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            max_poll_interval_ms=600_000,
            listener=self,
            parser=_unparsed,
            decoder=_undecoded,
            title=self.intake.group,
        )
        subscriber.get_msg = self.next_batch
        subscriber(self.on_batch)
        self._subscriber = subscriber

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        """aiokafka's consumer; None until FastStream has started it and after it has stopped it."""
        return None if self._subscriber is None else self._subscriber.consumer

    @property
    def abandoned(self) -> bool:
        """Whether aiokafka has ended its part in the group. It does so for good after a fault that it does not know,
        and goes on fetching what it can never commit.
        """
        if self._closed or self.consumer is None:
            return False
        coordination = self.consumer._coordinator._coordination_task  # aiokafka says it nowhere else
        return bool(coordination and coordination.done())

    def waiting(self) -> int:
        """How many records it knows of and has not done yet, of partitions that it has begun with."""
        if self.consumer is None:
            return 0
        ends = {
            partition: self.consumer.highwater(TopicPartition(self.intake.topic, partition))
            for partition in self.assigned or ()
        }
        return sum((end or 0) - self.done.get(partition, end or 0) for partition, end in ends.items())

    def fail(self, failure: BaseException) -> None:
        """It cannot go on, as somebody else found out."""
        self.failure = failure
        self.failed.set()

    async def next_batch(self, consumer: AIOKafkaConsumer) -> tuple[Raw, ...]:
        """Once there is room for another batch in work, all that waits then, or what comes first.

        FastStream would take a batch that has to wait while more comes behind it; and where nothing waits, it would
        look every now and then and sleep in between.
        """
        async with self._slots:
            pass
        found: dict[TopicPartition, list[Raw]] = {}
        while not found:
            found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self.intake.max_records)
        return tuple(chain.from_iterable(found.values()))

    async def on_batch(self, message: KafkaMessage) -> None:
        """Takes a batch into work."""
        assignment = self._assignment
        await self._slots.acquire()
        if self._closed or assignment != self._assignment:
            self._slots.release()  # fetched under an assignment that is over: whoever has the partition now gets it
            return
        raw = list(message.raw_message)
        previous = self._tasks[-1] if self._tasks else None
        task = asyncio.create_task(self._work(raw, previous))
        self._tasks.append(task)
        task.add_done_callback(self._ended)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        partitions = {tp.partition for tp in assigned}
        for partition in partitions - (self.assigned or set()):
            self.done.pop(partition, None)
            self._committed.pop(partition, None)
        self.assigned = partitions
        if self.intake.on_assigned:
            await self.intake.on_assigned(partitions)
        self._closed = False

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._closed = True
        self._assignment += 1
        await self.drain()
        partitions = {tp.partition for tp in revoked}
        if self.assigned is not None:
            self.assigned -= partitions
        if self.intake.on_revoked:
            await self.intake.on_revoked(partitions)

    async def drain(self) -> None:
        """Waits for the work in hand and commits it; what does not end in time is given up (it comes again)."""
        tasks = list(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)
            await end(*late)
        await self._commit()

    async def stop(self) -> None:
        """Takes no further batch and drains."""
        self._closed = True
        self._assignment += 1
        await self.drain()

    async def _work(self, raw: list[Raw], previous: asyncio.Task[None] | None) -> None:
        labels = (self.intake.topic, self.intake.group)
        with metrics.batch_seconds.labels(*labels).time():
            records = await self._decode(raw)
            for rejected in await self._take(records):
                at_fault = rejected.record
                await self._patiently(partial(self._bury, raw, at_fault.partition, at_fault.offset, rejected.reason))
        if previous and not previous.done():
            await asyncio.wait([previous])
        if previous and (previous.cancelled() or previous.exception()):
            return  # the batch before this one will come again, so this one must too
        for partition, offset in {record.partition: record.offset + 1 for record in raw}.items():
            self.done[partition] = max(offset, self.done.get(partition, 0))
        metrics.records_taken.labels(*labels).inc(len(raw))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())

    async def _decode(self, raw: list[Raw]) -> list[Record[E]]:
        decoded = list(zip(raw, self.intake.decode([record.value or b"" for record in raw]), strict=True))
        records = [
            Record(event, source.topic, source.partition, source.offset)
            for source, event in decoded
            if not isinstance(event, DecodeError)
        ]
        if len(records) < len(raw):
            for source, event in decoded:
                if isinstance(event, DecodeError):
                    await self._patiently(partial(self._bury, [source], source.partition, source.offset, str(event)))
        return records

    async def _take(self, records: list[Record[E]]) -> Sequence[Rejected[E]]:
        if not records:
            return ()
        try:
            return await self._patiently(partial(self.intake.take, records))
        except FAULTS as fault:
            if len(records) == 1:
                log.exception("record_at_fault", topic=self.intake.topic, offset=records[0].offset)
                return [Rejected(records[0], f"{type(fault).__name__} in {self.intake.group}")]
        return [rejected for record in records for rejected in await self._take([record])]

    async def _patiently(self, act: Callable[[], Awaitable[T]]) -> T:
        attempt = 0
        while True:
            try:
                result = await act()
            except FAULTS:
                raise
            except PASSING as error:
                self.retrying = f"{type(error).__name__}: {error}"[:300]
                server = "mongodb" if isinstance(error, PyMongoError) else "kafka"
                metrics.batch_retries.labels(self.intake.topic, self.intake.group, server).inc()
                log.warning("batch_retried", group=self.intake.group, attempt=attempt, reason=self.retrying)
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1
            else:
                self.retrying = None
                return result

    async def _bury(self, raw: list[Raw], partition: int, offset: int, reason: str) -> None:
        source = next(record for record in raw if (record.partition, record.offset) == (partition, offset))
        metrics.records_dead.labels(self.intake.topic, self.intake.group).inc()
        log.warning("record_dead_lettered", group=self.intake.group, offset=offset, reason=reason)
        await self._dead_letters.bury(
            topic=source.topic,
            partition=partition,
            offset=offset,
            group=self.intake.group,
            key=source.key,
            value=source.value or b"",
            reason=reason,
        )

    async def _commit(self) -> None:
        while (consumer := self.consumer) is not None:
            todo = {
                TopicPartition(self.intake.topic, partition): offset
                for partition, offset in self.done.items()
                if self._committed.get(partition, -1) < offset and partition in (self.assigned or {partition})
            }
            if not todo:
                return
            try:
                await consumer.commit(todo)
            except (CommitFailedError, IllegalStateError, KafkaError) as error:
                log.info("commit_not_taken", group=self.intake.group, reason=type(error).__name__)
                return  # the next batch commits further, or another owner takes these records again
            self._committed |= {tp.partition: offset for tp, offset in todo.items()}

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.remove(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()):
            self.fail(error)


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    return message


async def _unparsed(
    records: tuple[Raw, ...], parse: Callable[[tuple[Raw, ...]], Awaitable[KafkaMessage]]
) -> KafkaMessage:
    message = await parse(records[:1])  # FastStream would copy every record's body and headers, which nobody reads
    message.raw_message = records
    return message
