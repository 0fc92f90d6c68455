"""Keeps agents' presences up with hub.agents.v1: load → fold → store, for each partition this process owns."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from services.metrics.agent_store import AgentStep, AgentStore
from services.metrics.application import by_partition
from services.metrics.domain.agents import AgentFold
from services.metrics.store import Superseded
from shared.consuming import Record, Rejected
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided

log = structlog.get_logger()


class AgentFigures:
    """The state in memory runs ahead of the stored one between folding and storing, so it is taken out of the cache
    before and put back after.
    """

    def __init__(self, store: AgentStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[int, tuple[int, AgentFold]] = {}

    async def take(self, records: list[Record[Decided[AgentEvent]]]) -> Sequence[Rejected[Decided[AgentEvent]]]:
        """Folds the records and stores what they change; those that were stored before are skipped."""
        while True:
            try:
                await self._take(records)
            except Superseded as superseded:
                log.info("agents_superseded", reason=str(superseded))
            else:
                return ()

    async def release(self, partitions: set[int]) -> None:
        """Forgets partitions that go to another owner."""
        for partition in partitions:
            self._kept.pop(partition, None)

    async def _take(self, records: Iterable[Record[Decided[AgentEvent]]]) -> None:
        steps: list[AgentStep] = []
        for partition, batch in by_partition(records).items():
            kept = self._kept.pop(partition, None)
            was, state = kept or await self._store.claim(partition)
            events = [record.event for record in batch if record.offset >= was]
            changes = state.fold(events, await self._store.events_of(state.out_of_place(events)))
            steps.append(
                AgentStep(
                    partition=partition,
                    was=was,
                    next=max(was, batch[-1].offset + 1),
                    recorded=batch[-1].event.recordedtime,
                    state=state,
                    changes=changes,
                )
            )
        if moved := [step for step in steps if step.next != step.was]:
            await self._store.store(moved, self._clock())
        self._kept |= {step.partition: (step.next, step.state) for step in steps}
