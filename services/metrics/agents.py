"""Keeps agents' presences up with hub.agents.v1."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from services.metrics.agent_store import AgentStep, AgentStore
from services.metrics.application import PartitionFigures
from services.metrics.domain.agents import AgentFold
from services.metrics.partitions import Step
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided


class AgentFigures(PartitionFigures[Decided[AgentEvent], AgentFold, AgentStep]):
    """load → fold → store."""

    topic = "agents"

    def __init__(self, store: AgentStore, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._agents = store

    async def _claim(self, partition: int) -> tuple[int, AgentFold]:
        return await self._agents.claim(partition)

    async def _fold(self, span: Step, state: AgentFold, events: Sequence[Decided[AgentEvent]]) -> AgentStep:
        changes = state.fold(events, await self._agents.events_of(state.out_of_place(events)))
        return AgentStep(**asdict(span), state=state, changes=changes)

    async def _store(self, steps: Sequence[AgentStep], now: datetime) -> None:
        await self._agents.store(steps, now)
