"""Looks at where Kafka's partitions end and how far they are done, so that figures can say how complete they are."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.metrics.domain.completeness import Look, Partition
from shared.generations import Sources
from shared.topics import AGENTS, INTERACTIONS, TICKETS

log = structlog.get_logger()

_EVERY_SECONDS = 1.0
_WITHIN = 5.0
_REMEMBERED = 600
"""So many looks. Figures that are further behind tell by their events how far they are."""
_STALE = timedelta(seconds=10)


class LogEnds:
    """The looks of the last ten minutes. sources: which topics the figures are made of, by which groups."""

    def __init__(self, bootstrap: str, sources: Callable[[], Sources], clock: Callable[[], datetime]) -> None:
        self._bootstrap = bootstrap
        self._sources = sources
        self._clock = clock
        self._looks: deque[Look] = deque(maxlen=_REMEMBERED)

    def looks(self) -> Sequence[Look]:
        """In the order of time; none while Kafka does not answer."""
        fresh = self._looks and self._clock() - self._looks[-1].at < _STALE
        return tuple(self._looks) if fresh else ()

    async def run(self) -> None:
        """Looks every second, for ever."""
        while True:
            try:
                async with AsyncExitStack() as ending:
                    consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
                    ending.push_async_callback(consumer.stop)
                    await consumer.start()
                    admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
                    ending.push_async_callback(admin.close)
                    await admin.start()
                    while True:
                        async with asyncio.timeout(_WITHIN):
                            self._looks.append(await self._look(consumer, admin))
                        await asyncio.sleep(_EVERY_SECONDS)
            except (KafkaError, TimeoutError) as error:
                log.warning("log_ends_unknown", reason=f"{type(error).__name__}: {error}"[:200])
                await asyncio.sleep(_EVERY_SECONDS)

    async def _look(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> Look:
        at = self._clock()
        ends: dict[Partition, int] = {}
        committed: dict[Partition, int] = {}
        for (full, group), topic in zip(self._sources().consumed, (TICKETS, AGENTS, INTERACTIONS), strict=True):
            places = [TopicPartition(full, number) for number in range(topic.partitions)]
            for place, end in (await consumer.end_offsets(places)).items():
                ends[topic.name, place.partition] = end
            for place, known in (await admin.list_consumer_group_offsets(group, partitions=places)).items():
                committed[topic.name, place.partition] = known.offset
        return Look(at=at, ends=ends, committed=committed)
