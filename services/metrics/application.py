"""load → fold → store, for each partition this process owns; the log alone decides what comes out.

The state in memory runs ahead of the stored one between folding and storing. So it is taken out of the cache before
and put back after: whatever happens in between, the next batch begins with the stored state.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from services.metrics.domain.fold import TicketFold
from services.metrics.store import KpiStore, Superseded, TicketStep
from shared.consuming import Record, Rejected
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent

E = TypeVar("E")
log = structlog.get_logger()


class TicketFigures:
    """Keeps contacts and tickets up with hub.tickets.v1."""

    def __init__(self, store: KpiStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[int, tuple[int, TicketFold]] = {}

    async def take(self, records: list[Record[Decided[TicketEvent]]]) -> Sequence[Rejected[Decided[TicketEvent]]]:
        """Folds the records and stores what they change; those that were stored before are skipped."""
        while True:
            try:
                await self._take(records)
            except Superseded as superseded:
                log.info("figures_superseded", reason=str(superseded))
            else:
                return ()

    async def release(self, partitions: set[int]) -> None:
        """Forgets partitions that go to another owner."""
        for partition in partitions:
            self._kept.pop(partition, None)

    async def _take(self, records: Iterable[Record[Decided[TicketEvent]]]) -> None:
        steps: list[TicketStep] = []
        for partition, batch in by_partition(records).items():
            kept = self._kept.pop(partition, None)
            was, state = kept or await self._store.claim_tickets(partition)
            events = [record.event for record in batch if record.offset >= was]
            changes = state.fold(events, await self._store.events_of(state.needs(events)))
            if changes.strays:
                log.warning("stray_ticket_events", partition=partition, count=changes.strays)
            after = max(was, batch[-1].offset + 1)
            steps.append(
                TicketStep(
                    partition=partition,
                    was=was,
                    next=after,
                    recorded=batch[-1].event.recordedtime,
                    state=state,
                    changes=changes,
                )
            )
        if moved := [step for step in steps if step.next != step.was]:
            await self._store.store_tickets(moved, self._clock())
        self._kept |= {step.partition: (step.next, step.state) for step in steps}


def by_partition(records: Iterable[Record[E]]) -> dict[int, list[Record[E]]]:
    """The records of each partition, in their order."""
    batches: dict[int, list[Record[E]]] = {}
    for record in records:
        batches.setdefault(record.partition, []).append(record)
    return batches
