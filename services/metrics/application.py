"""load → fold → store, for each partition this process owns; the log alone decides what comes out.

The state in memory runs ahead of the stored one between folding and storing. So it is taken out of the cache before
and put back after: whatever happens in between, the next batch begins with the stored state.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

import structlog

from services.metrics.domain.fold import TicketFold
from services.metrics.partitions import Step, Superseded
from services.metrics.store import KpiStore, TicketStep
from shared.consuming import Record, Rejected
from shared.contracts.decided import Decided
from shared.contracts.envelope import Envelope
from shared.contracts.tickets import TicketEvent

E = TypeVar("E", bound=Envelope)
K = TypeVar("K")
S = TypeVar("S", bound=Step)
log = structlog.get_logger()


class PartitionFigures(ABC, Generic[E, K, S]):
    """Keeps what is folded from a topic (events E, state K, steps S) up with it. topic: as logs call it."""

    topic: ClassVar[str]

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[int, tuple[int, K]] = {}

    async def take(self, records: list[Record[E]]) -> Sequence[Rejected[E]]:
        """Folds the records and stores what they change; those that were stored before are skipped."""
        while True:
            try:
                await self._take(records)
            except Superseded as superseded:
                log.info(f"{self.topic}_superseded", reason=str(superseded))
            else:
                return ()

    async def release(self, partitions: set[int]) -> None:
        """Forgets partitions that go to another owner."""
        for partition in partitions:
            self._kept.pop(partition, None)

    async def _take(self, records: Iterable[Record[E]]) -> None:
        steps: list[S] = []
        after: dict[int, tuple[int, K]] = {}
        for partition, batch in _by_partition(records).items():
            kept = self._kept.pop(partition, None)
            was, state = kept or await self._claim(partition)
            events = [record.event for record in batch if record.offset >= was]
            span = Step(
                partition=partition,
                was=was,
                next=max(was, batch[-1].offset + 1),
                recorded=batch[-1].event.recordedtime,
            )
            steps.append(await self._fold(span, state, events))
            after[partition] = span.next, state
        if moved := [step for step in steps if step.next != step.was]:
            await self._store(moved, self._clock())
        self._kept |= after

    @abstractmethod
    async def _claim(self, partition: int) -> tuple[int, K]:
        """A partition's next offset and state, for its new owner."""

    @abstractmethod
    async def _fold(self, span: Step, state: K, events: Sequence[E]) -> S:
        """Takes the state past the events, in place; the step to be stored."""

    @abstractmethod
    async def _store(self, steps: Sequence[S], now: datetime) -> None:
        """Stores the steps durably; Superseded (and nothing stored) if a partition is not ours."""


class TicketFigures(PartitionFigures[Decided[TicketEvent], TicketFold, TicketStep]):
    """Keeps contacts and tickets up with hub.tickets.v1."""

    topic = "figures"

    def __init__(self, store: KpiStore, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._tickets = store

    async def _claim(self, partition: int) -> tuple[int, TicketFold]:
        return await self._tickets.claim_tickets(partition)

    async def _fold(self, span: Step, state: TicketFold, events: Sequence[Decided[TicketEvent]]) -> TicketStep:
        changes = state.fold(events, await self._tickets.events_of(state.needs(events)))
        if changes.strays:
            log.warning("stray_ticket_events", partition=span.partition, count=changes.strays)
        return TicketStep(**asdict(span), state=state, changes=changes)

    async def _store(self, steps: Sequence[TicketStep], now: datetime) -> None:
        await self._tickets.store_tickets(steps, now)


def _by_partition(records: Iterable[Record[E]]) -> dict[int, list[Record[E]]]:
    batches: dict[int, list[Record[E]]] = {}
    for record in records:
        batches.setdefault(record.partition, []).append(record)
    return batches
