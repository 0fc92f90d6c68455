"""Is a service really consuming? A consumer that only looks alive is noticed by its missing progress.

StuckConsumer  (records wait, nothing moves, and no fault explains it: stop, so that a fresh process takes over)
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared import metrics
from shared.consuming import Consumption

_LOOK_EVERY = 2.0
_LOOK_WITHIN = 5.0
_STUCK_AFTER = 45.0


class StuckConsumer(Exception):
    """Records wait and nothing moves, or nothing could: the process starts anew."""

    def __init__(self, group: str, why: str) -> None:
        super().__init__(f"{group} {why}; it starts anew.")


class Readiness:
    """What /readyz answers, and the watch that raises StuckConsumer.

    further: consumptions that come and go, and whether answers need each. One that is not needed makes nothing unready,
    and if it is stuck, it alone has failed.
    """

    def __init__(self) -> None:
        self.consumptions: Sequence[Consumption[Any]] = ()
        self.further: Callable[[], Sequence[tuple[Consumption[Any], bool]]] = tuple
        self.started = False
        self._lag: dict[str, int] = {}
        self._silent: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()

    def report(self) -> dict[str, Any]:
        """`ready`, and for each consumer group: partitions, lag, and why it waits (None if it does not)."""
        known = self._known()
        groups = {
            consumption.intake.group: {
                "partitions": sorted(consumption.assigned or ()),
                "lag": self._lag.get(consumption.intake.group),
                "waiting": consumption.retrying,
            }
            for consumption, _ in known
        }
        needed = [consumption for consumption, is_needed in known if is_needed]
        joined = all(consumption.assigned is not None for consumption in needed)
        waiting = any(consumption.retrying for consumption in needed)
        silences = (self._silent.get(consumption.intake.group) for consumption in needed)
        silent = next((silence for silence in silences if silence is not None), None)
        ready = self.started and joined and not waiting and silent is None
        return {"ready": ready, "kafka": silent or "ok", "consumers": groups}

    async def watch(self) -> None:
        """Measures lag for ever; raises StuckConsumer when a consumer does not move though it should."""
        moved: dict[str, tuple[float, int]] = {}
        while True:
            for consumption, is_needed in self._known():
                try:
                    await self._look(consumption, moved)
                except StuckConsumer as stuck:
                    if is_needed:
                        raise
                    consumption.fail(stuck)
            self._forget_those_that_went()
            await asyncio.sleep(_LOOK_EVERY)

    def _known(self) -> list[tuple[Consumption[Any], bool]]:
        return [*((consumption, True) for consumption in self.consumptions), *self.further()]

    async def _look(self, consumption: Consumption[Any], moved: dict[str, tuple[float, int]]) -> None:
        group, now = consumption.intake.group, asyncio.get_running_loop().time()
        since, before = moved.setdefault(group, (now, 0))
        if consumption.abandoned:
            raise StuckConsumer(group, "is no longer coordinated: aiokafka met a fault that it does not know")
        lag = await self._measure(consumption)
        progress = sum(consumption.done.values())
        if lag in (0, None) or consumption.retrying or progress != before:
            moved[group] = (now, progress)
        elif now - since > _STUCK_AFTER:
            raise StuckConsumer(group, f"has not moved for {_STUCK_AFTER:.0f} s though {lag} records wait")

    async def _measure(self, consumption: Consumption[Any]) -> int | None:
        """The lag, or None where nobody can say: while there are no partitions, and while Kafka is silent."""
        group = consumption.intake.group
        try:
            async with asyncio.timeout(_LOOK_WITHIN):
                lag = await _lag(consumption)
        except (KafkaError, ValueError, TimeoutError) as error:
            self._lag.pop(group, None)
            self._silent[group] = f"{type(error).__name__}: {error}"[:200]
            return None
        self._silent.pop(group, None)
        if lag is not None:
            self._lag[group] = lag
        metrics.consumer_lag.labels(consumption.intake.topic, group).set(
            lag or 0
        )  # others' partitions are told by them
        self._told.add((consumption.intake.topic, group))
        return lag

    def _forget_those_that_went(self) -> None:
        known = {(consumption.intake.topic, consumption.intake.group) for consumption, _ in self._known()}
        for topic, group in self._told - known:
            metrics.consumer_lag.remove(topic, group)
        self._told &= known


async def _lag(consumption: Consumption[Any]) -> int | None:
    consumer, topic = consumption.consumer, consumption.intake.topic
    if consumer is None or not consumption.assigned:
        return None
    partitions = [TopicPartition(topic, partition) for partition in consumption.assigned]
    ends = await consumer.end_offsets(partitions)
    lag = 0
    for tp in partitions:
        at = consumption.done.get(tp.partition)
        lag += ends[tp] - (at if at is not None else (await consumer.committed(tp)) or 0)
    return lag
