"""Publishing to Kafka, durably: acks=all, idempotent, and many publishes at once share their record batches."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from aiokafka.errors import KafkaError, ProducerClosed
from aiokafka.partitioner import murmur2

from shared import metrics
from shared.batching import PartitionQueue
from shared.producing import TIMEOUT_S, Producer
from shared.topics import Topic


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
    """Publishes events of one namespace. A publish call returns when Kafka has all its records (acks=all).

    Calls at the same time share batches. Calls that are awaited one after another keep their order.
    """

    def __init__(self, bootstrap: str, namespace: str) -> None:
        self._namespace = namespace
        self._producer = Producer(bootstrap)
        self._queues: dict[tuple[str, int], PartitionQueue] = {}
        self._is_stopping = False

    async def start(self) -> None:
        """Connects; KafkaConnectionError if no broker answers."""
        await self._producer.start()

    async def stop(self) -> None:
        """Sends what is pending and disconnects. Whoever publishes from now on gets NotPublished."""
        self._is_stopping = True
        await asyncio.gather(*(queue.drain() for queue in self._queues.values()))
        await self._producer.stop()

    async def publish(self, topic: Topic, records: Iterable[Outgoing]) -> None:
        """Publishes the records, those of one key in their order; NotPublished if Kafka does not take them all."""
        name = topic.within(self._namespace)
        try:
            if self._is_stopping:
                raise ProducerClosed
            partitions = await self._producer.partitions(name)
            by_partition: defaultdict[int, list[Outgoing]] = defaultdict(list)
            for record in records:
                by_partition[partition_of(record.key, partitions)].append(record)
            await asyncio.gather(
                *(self._queue(topic, name, number).put(outgoing) for number, outgoing in by_partition.items())
            )
        except (KafkaError, TimeoutError) as error:
            raise NotPublished(name, error) from error
        metrics.events_published.labels(name).inc(sum(map(len, by_partition.values())))

    def _queue(self, topic: Topic, name: str, partition: int) -> PartitionQueue:
        queue = self._queues.get((name, partition))
        if queue is None:
            headers = [("content-type", topic.media_type.encode())]
            queue = self._queues[name, partition] = PartitionQueue(self._producer, name, partition, headers, TIMEOUT_S)
        return queue
