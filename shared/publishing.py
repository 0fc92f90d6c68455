"""Publishing to Kafka, durably: acks=all, idempotent, one record batch a partition."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from shared import metrics
from shared.topics import Topic

log = structlog.get_logger()


class NotPublished(Exception):
    """Kafka did not acknowledge in time: nothing is promised; try again (the same ids make a repeat harmless)."""

    def __init__(self, topic: str, cause: BaseException) -> None:
        super().__init__(f"Kafka did not take the events for {topic} ({type(cause).__name__}). Try again.")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record: key decides the partition, value is the event's JSON."""

    key: str
    value: bytes


@lru_cache(maxsize=100_000)  # murmur2 is pure Python: 8 µs a key
def partition_of(key: str, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives a key (murmur2)."""
    return int(murmur2(key.encode()) & 0x7FFFFFFF) % partitions


class Publisher:
    """Publishes events of one namespace. A publish call returns when Kafka has all its records (acks=all)."""

    def __init__(self, bootstrap: str, namespace: str) -> None:
        self._namespace = namespace
        self._bootstrap = bootstrap
        self._producer = self._make()
        self._renewing = asyncio.Lock()

    async def start(self) -> None:
        """Connects; KafkaConnectionError if no broker answers."""
        await self._producer.start()

    async def stop(self) -> None:
        """Sends what is pending and disconnects."""
        await self._producer.stop()

    async def publish(self, topic: Topic, records: Iterable[Outgoing]) -> None:
        """Publishes the records, those of one key in their order; NotPublished if Kafka does not take them all."""
        name = topic.within(self._namespace)
        try:
            await self._renew()
            partitions = len(await self._producer.partitions_for(name))
            headers = [("content-type", topic.media_type.encode())]
            by_partition: dict[int, list[Outgoing]] = {}
            for record in records:
                by_partition.setdefault(partition_of(record.key, partitions), []).append(record)
            sent = [
                future
                for partition, outgoing in by_partition.items()
                for future in await self._send(name, partition, outgoing, headers)
            ]
            await asyncio.gather(*sent)
        except (KafkaError, TimeoutError) as error:
            raise NotPublished(name, error) from error
        metrics.events_published.labels(name).inc(sum(map(len, by_partition.values())))

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            max_batch_size=1_048_576,
            max_request_size=4_194_304,
            request_timeout_ms=20_000,
            linger_ms=0,
        )

    async def _renew(self) -> None:
        """Takes a new producer where aiokafka's has ended, as it does for good after a fault that it does not know."""
        async with self._renewing:
            sender = self._producer._sender.sender_task  # aiokafka says it nowhere else
            if sender is None or not sender.done():
                return
            log.warning("producer_renewed", reason=str(sender.cancelled() or sender.exception())[:300])
            with suppress(KafkaError):
                await self._producer.stop()
            producer = self._make()
            await producer.start()
            self._producer = producer

    async def _send(
        self, topic: str, partition: int, records: list[Outgoing], headers: list[tuple[str, bytes]]
    ) -> list[asyncio.Future[Any]]:
        sent: list[asyncio.Future[Any]] = []
        batch = self._producer.create_batch()
        for record in records:
            key = record.key.encode()
            if batch.append(key=key, value=record.value, timestamp=None, headers=headers) is None:
                sent.append(await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                batch.append(key=key, value=record.value, timestamp=None, headers=headers)
        sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        return sent
