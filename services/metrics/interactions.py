"""Interactions and answers to surveys, counted for each partition this process owns."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from services.metrics.application import by_partition
from services.metrics.domain.interaction import Heard
from services.metrics.interaction_store import Batch, InteractionStore
from services.metrics.store import Superseded
from shared.consuming import Record, Rejected
from shared.contracts.interactions import SealedInteraction

log = structlog.get_logger()


class InteractionFigures:
    """Keeps counts and answers up with hub.interactions.v1."""

    def __init__(self, store: InteractionStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._next: dict[int, int] = {}

    async def take(self, records: list[Record[SealedInteraction]]) -> Sequence[Rejected[SealedInteraction]]:
        """Counts the records; those that were counted before are skipped."""
        while True:
            try:
                await self._take(records)
            except Superseded as superseded:
                log.info("interactions_superseded", reason=str(superseded))
            else:
                return ()

    async def release(self, partitions: set[int]) -> None:
        """Forgets partitions that go to another owner."""
        for partition in partitions:
            self._next.pop(partition, None)

    async def _take(self, records: list[Record[SealedInteraction]]) -> None:
        batches: list[Batch] = []
        for partition, batch in by_partition(records).items():
            kept = self._next.pop(partition, None)
            was = await self._store.claim(partition) if kept is None else kept
            batches.append(
                Batch(
                    partition=partition,
                    was=was,
                    next=max(was, batch[-1].offset + 1),
                    recorded=batch[-1].event.recordedtime,
                    heard=Heard.of(record.event for record in batch if record.offset >= was),
                )
            )
        if moved := [batch for batch in batches if batch.next != batch.was]:
            await self._store.store(moved, self._clock())
        self._next |= {batch.partition: batch.next for batch in batches}
