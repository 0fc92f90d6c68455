"""Interactions and answers to surveys, counted for each partition this process owns."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from services.metrics.application import PartitionFigures
from services.metrics.domain.interaction import Heard
from services.metrics.interaction_store import Batch, InteractionStore
from services.metrics.partitions import Step
from shared.contracts.interactions import SealedInteraction


class InteractionFigures(PartitionFigures[SealedInteraction, None, Batch]):
    """Keeps counts and answers up with hub.interactions.v1. What was counted is in the store, so there is no state."""

    topic = "interactions"

    def __init__(self, store: InteractionStore, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._interactions = store

    async def _claim(self, partition: int) -> tuple[int, None]:
        return await self._interactions.claim(partition), None

    async def _fold(self, span: Step, state: None, events: Sequence[SealedInteraction]) -> Batch:  # noqa: ARG002 (there is none)
        return Batch(**asdict(span), heard=Heard.of(events))

    async def _store(self, steps: Sequence[Batch], now: datetime) -> None:
        await self._interactions.store(steps, now)
