"""One generation of the figures at work: where it is, what writes it, who reads it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from pymongo import AsyncMongoClient

from services.metrics.application import AgentFigures, TicketFigures
from services.metrics.domain.completeness import Look
from services.metrics.history import History
from services.metrics.live import Live
from services.metrics.settings import MetricsSettings
from services.metrics.store import KpiStore
from services.metrics.stream import on_agents, on_tickets
from services.metrics.targets import Targets
from shared.auth import now_utc
from shared.consuming import Consumption, Intake
from shared.dead_letters import DeadLetters
from shared.ending import end
from shared.generations import Sources, named, views_database
from shared.keeping import Keeping, give_way
from shared.keyring import Keyring
from shared.mongo import Document
from shared.publishing import Publisher
from shared.service import kafka_broker

B = TypeVar("B")
T = TypeVar("T")

_MOST_RECORDS = 500
"""Of a generation that is not current in one batch, so that a live event never waits long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every generation is made with."""

    client: AsyncMongoClient[Document]
    settings: MetricsSettings
    keyring: Keyring
    publisher: Publisher
    targets: Targets
    looks: Callable[[], Sequence[Look]]


class FiguresGeneration:
    """Rows and figures, the consumptions that write them, and who tells them."""

    def __init__(self, workshop: Workshop, keeping: "Callable[[], Keeping[FiguresGeneration]]", number: int) -> None:
        self._workshop = workshop
        self._keeping = keeping
        self._number = number
        settings, client = workshop.settings, workshop.client
        own = views_database(client, settings.namespace, "metrics", number)
        self._session = client.start_session()
        self._store = KpiStore(client, own, self._session)
        self.history = History(client, own)
        self._summing: asyncio.Task[None] | None = None
        self.live = Live(client, own, workshop.targets, now_utc, workshop.looks)
        self._tickets = self._consumption(on_tickets(settings.namespace, TicketFigures(self._store, now_utc)))
        self._agents = self._consumption(on_agents(settings.namespace, AgentFigures(self._store)))
        self.consumptions = (self._tickets, self._agents)
        self._broker: KafkaBroker | None = None

    @property
    def sources(self) -> Sources:
        """What it is made of."""
        return Sources(consumed=tuple((one.intake.topic, one.intake.group) for one in self.consumptions))

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that does what only one does: it owns the first partition of tickets."""
        return 0 in (self._tickets.assigned or ())

    def failure(self) -> BaseException | None:
        """Why it cannot go on."""
        if self._summing and self._summing.done() and not self._summing.cancelled():
            return self._summing.exception()
        return next((one.failure for one in self.consumptions if one.failure), None)

    async def begin(self) -> None:
        """Begins to write, from where it was."""
        await self._store.prepare()
        await self.history.prepare()
        self._broker = kafka_broker(self._workshop.settings)
        for consumption in self.consumptions:
            consumption.subscribe(self._broker)
        await self._broker.start()
        self._summing = asyncio.create_task(self.history.keep(lambda: self.is_first, now_utc), name="history")

    async def end(self) -> None:
        """Writes no more."""
        if self._summing:
            await end(self._summing)
        for consumption in self.consumptions:
            await consumption.stop()
        if self._broker:
            with suppress(KafkaError):  # a client that ended by a fault tells it once more
                await self._broker.stop()
        await self._session.end_session()

    def waiting(self) -> int:
        """How many records of this process it has not taken yet."""
        return sum(consumption.waiting() for consumption in self.consumptions)

    def _consumption(self, intake: Intake[Any]) -> Consumption[Any]:
        shop = self._workshop
        own = replace(intake, group=named(intake.group, self._number), take=partial(self._politely, intake.take))
        if not self._is_current():
            own = replace(own, max_records=min(own.max_records, _MOST_RECORDS))
        return Consumption(own, DeadLetters(shop.publisher, shop.keyring, self._has_served))

    async def _politely(self, act: Callable[[B], Awaitable[T]], batch: B) -> T:
        await give_way(lambda: not self._is_current() and self._keeping().current.waiting() > 0)
        return await act(batch)

    def _is_current(self) -> bool:
        return self._keeping().is_current(self._number)

    def _has_served(self) -> bool:
        return self._keeping().has_served(self._number)
