"""One generation of the figures at work: where it is, what writes it, who reads it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pymongo import AsyncMongoClient

from services.metrics.agent_store import AgentStore
from services.metrics.agents import AgentFigures
from services.metrics.application import TicketFigures
from services.metrics.domain.completeness import Look
from services.metrics.drilling.reading import Drill
from services.metrics.history import History
from services.metrics.history_pieces import HistoryPieces
from services.metrics.interaction_store import InteractionStore
from services.metrics.interactions import InteractionFigures
from services.metrics.live import Live
from services.metrics.reporting.past import Past
from services.metrics.settings import MetricsSettings
from services.metrics.store import KpiStore
from services.metrics.stream import on_agents, on_interactions, on_tickets
from services.metrics.targets import Targets
from shared.auth import now_utc
from shared.ending import end
from shared.generation_consumptions import Consuming, GenerationConsumptions
from shared.generations import Sources, views_database
from shared.keeping import Keeping
from shared.mongo import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every generation is made with."""

    client: AsyncMongoClient[Document]
    settings: MetricsSettings
    consuming: Consuming
    targets: Targets
    looks: Callable[[], Sequence[Look]]


class FiguresGeneration:
    """Rows and figures, the consumptions that write them, and who tells them."""

    def __init__(self, workshop: Workshop, keeping: "Callable[[], Keeping[FiguresGeneration]]", number: int) -> None:
        settings, client = workshop.settings, workshop.client
        own = views_database(client, settings.namespace, "metrics", number)
        self._session, self._agents_session = client.start_session(), client.start_session()
        self._store = KpiStore(client, own, self._session)
        self._agents = AgentStore(client, own, self._agents_session)
        self.history = History(client, own)
        self.pieces = HistoryPieces(own, self.history)
        self.drill = Drill(own)
        self.past = Past(own)
        self._summing: asyncio.Task[None] | None = None
        self.live = Live(client, own, workshop.targets, now_utc, workshop.looks)
        self._consuming = GenerationConsumptions(workshop.consuming, keeping, number)
        self._tickets = self._consuming.add(on_tickets(settings.namespace, TicketFigures(self._store, now_utc)))
        self._consuming.add(on_agents(settings.namespace, AgentFigures(self._agents, now_utc)))
        self._counting = client.start_session()
        self._interactions = InteractionStore(client, own, self._counting)
        self._consuming.add(on_interactions(settings.namespace, InteractionFigures(self._interactions, now_utc)))
        self.consumptions = self._consuming.all

    @property
    def sources(self) -> Sources:
        """What it is made of."""
        return Sources(consumed=self._consuming.consumed)

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that does what only one does: it owns the first partition of tickets."""
        return 0 in (self._tickets.assigned or ())

    def failure(self) -> BaseException | None:
        """Why it cannot go on."""
        if self._summing and self._summing.done() and not self._summing.cancelled():
            return self._summing.exception()
        return self._consuming.failure()

    async def begin(self) -> None:
        """Begins to write, from where it was."""
        await self._store.prepare()
        await self._interactions.prepare()
        await self._agents.prepare()
        await self.history.prepare()
        await self._consuming.begin()
        self._summing = asyncio.create_task(self.history.keep(lambda: self.is_first, now_utc), name="history")

    async def end(self) -> None:
        """Writes no more."""
        if self._summing:
            await end(self._summing)
        await self._consuming.end()
        await self._session.end_session()
        await self._counting.end_session()
        await self._agents_session.end_session()

    def waiting(self) -> int:
        """How many records of this process it has not taken yet."""
        return self._consuming.waiting()
