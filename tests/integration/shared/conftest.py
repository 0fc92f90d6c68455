"""A small topic's world: a publisher, a keyring, and consumers that a test starts and stops; and a decision log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream.kafka import KafkaBroker

from shared.consuming import Consumption, Intake, Record, Rejected
from shared.contracts.codec import DecodeError
from shared.dead_letters import DeadLetter, DeadLetters, codec
from shared.decisions import DecisionLog
from shared.keyring import Keyring
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.topics import DEAD_LETTERS, INTERACTIONS, Topic
from tests.conftest import Servers
from tests.integration.shared.summing import Added, KeptSum, Log

Take = Callable[[list[Record[int]]], Awaitable[Sequence[Rejected[int]]]]


def decode(values: Sequence[bytes]) -> list[int | DecodeError]:
    """Numbers as JSON; anything else is a record that no model accepts."""
    return [int(value) if value.isdigit() else DecodeError("record: not a number") for value in values]


@dataclass
class World:
    """One namespace with what a consumer needs. Records are numbers; topic and group are always the same."""

    servers: Servers
    namespace: str
    publisher: Publisher
    keyring: Keyring

    @property
    def topic(self) -> str:
        return INTERACTIONS.within(self.namespace)

    @property
    def group(self) -> str:
        return f"{self.namespace}.test"

    async def publish(self, *values: object) -> None:
        """Each value keyed by itself, so that they spread over the partitions."""
        await self.publisher.publish(INTERACTIONS, [Outgoing(str(value), str(value).encode()) for value in values])

    @asynccontextmanager
    async def consuming(self, take: Take, **options: Any) -> AsyncIterator[Consumption[int]]:  # noqa: ANN401 (Intake's)
        intake = Intake(**{"topic": self.topic, "group": self.group, "decode": decode, "take": take, **options})
        consumption = Consumption(intake, DeadLetters(self.publisher, self.keyring))
        broker = KafkaBroker(self.servers.kafka, allow_auto_create_topics=False, apply_types=False, logger=None)
        consumption.subscribe(broker)
        await broker.start()
        try:
            yield consumption
        finally:
            await consumption.stop()
            await broker.stop()

    async def dead_letters(self) -> list[DeadLetter]:
        """All dead letters so far."""
        return [codec.decode(value) for value in await self.read(DEAD_LETTERS)]

    async def read(self, topic: Topic) -> list[bytes]:
        """Every value in a topic, read anew."""
        return [record.value for record in await self.records(topic)]

    async def records(self, topic: Topic) -> list[Any]:
        """Every record in a topic, as aiokafka has it."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            name = topic.within(self.namespace)
            partitions = [TopicPartition(name, number) for number in range(topic.partitions)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while sum(ends.values()) > len(found):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def committed(self) -> int:
        """The sum of the group's committed offsets, which is how many records are done for good."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.servers.kafka, group_id=self.group, enable_auto_commit=False)
        await consumer.start()
        try:
            partitions = [TopicPartition(self.topic, number) for number in range(INTERACTIONS.partitions)]
            consumer.assign(partitions)
            return sum([await consumer.committed(partition) or 0 for partition in partitions])
        finally:
            await consumer.stop()


@pytest.fixture
async def world(servers: Servers, namespace: str) -> AsyncIterator[World]:
    client = connect(servers.mongo)
    publisher = Publisher(servers.kafka, namespace)
    await publisher.start()
    keys = database(client, namespace, "keys")
    try:
        yield World(servers, namespace, publisher, Keyring(keys["keys"], lambda: [bytes(32)]))
    finally:
        await publisher.stop()
        await client.drop_database(keys.name)
        await client.close()


@pytest.fixture
async def decisions(servers: Servers, namespace: str) -> AsyncIterator[Log]:
    """An empty log of a decision maker that adds up."""
    client = connect(servers.mongo)
    store = database(client, namespace, "deciding")
    log: Log = DecisionLog(store, KeptSum(), Added)
    await log.create_indexes()
    yield log
    await client.drop_database(store.name)
    await client.close()
