"""One generation of profile's views at work: where it is, what writes it, who reads it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from pymongo import AsyncMongoClient

from services.profile.agents import AgentProjection
from services.profile.application import TimelineProjection
from services.profile.asking import Asking
from services.profile.decisions import Follow, IdentityDecisions, view_followers
from services.profile.domain.linking import STREAM
from services.profile.domain.rules import Classifier
from services.profile.indexing import WordIndex
from services.profile.matching import Matching
from services.profile.readers import Beside, Readers
from services.profile.settings import ProfileSettings
from services.profile.store import Store
from services.profile.stream import on_agents, on_interactions, on_tickets, on_what_is_said
from services.profile.tickets import TicketProjection
from shared.consuming import Consumption, Intake
from shared.dead_letters import DeadLetters
from shared.following import Follower
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
    settings: ProfileSettings
    keyring: Keyring
    publisher: Publisher
    classifier: Classifier
    decisions: IdentityDecisions
    beside: Beside


class ViewsGeneration:
    """Views, their readers, and the consumptions and followers that write them."""

    def __init__(self, workshop: Workshop, keeping: Callable[[], "Keeping[ViewsGeneration]"], number: int) -> None:
        self.number = number
        self._workshop = workshop
        self._keeping = keeping
        store = Store(views_database(workshop.client, workshop.settings.namespace, "profile", number))
        self.readers = Readers.of(store, workshop.beside)
        self._matching = Matching(store, workshop.classifier)
        self._asking = Asking(workshop.publisher, self._has_served)
        self.followers = [self._follower(name, follow) for name, follow in self._follows().items()]
        self.consumptions = [self._consumption(intake) for intake in self._intakes()]
        self._broker: KafkaBroker | None = None

    def _intakes(self) -> tuple[Intake[Any], ...]:
        """Every projection of a topic; each gets a consumer group of this generation's own."""
        shop, store, namespace = self._workshop, self.readers.store, self._workshop.settings.namespace
        timeline = TimelineProjection(shop.keyring, store, self._asking, shop.classifier, self._matching)
        index = WordIndex(shop.keyring, store, self._timeline_waiting)
        return (
            on_interactions(namespace, timeline),
            on_tickets(namespace, TicketProjection(store, shop.keyring)),
            on_agents(namespace, AgentProjection(store)),
            on_what_is_said(namespace, index),
        )

    def _timeline_waiting(self) -> int:
        return self.consumptions[0].waiting()

    def _follows(self) -> dict[str, Follow]:
        return view_followers(self.readers.store, self._workshop.keyring, self._asking, self._matching)

    @property
    def sources(self) -> Sources:
        """What it is made of."""
        return Sources(
            consumed=tuple((one.intake.topic, one.intake.group) for one in self.consumptions),
            followed=tuple((STREAM, follower.name) for follower in self.followers),
        )

    def failure(self) -> BaseException | None:
        """Why it cannot go on."""
        failed = self._workshop.decisions.failed()
        failures = [failed[follower.name] for follower in self.followers if follower.name in failed]
        failures += [one.failure for one in self.consumptions if one.failure]
        return next(iter(failures), None)

    async def begin(self) -> None:
        """Begins to write the views, from where it was."""
        await self.readers.store.create_indexes()
        self._broker = kafka_broker(self._workshop.settings)
        for consumption in self.consumptions:
            consumption.subscribe(self._broker)
        await self._broker.start()
        for follower in self.followers:
            self._workshop.decisions.add(follower)

    async def end(self) -> None:
        """Writes no more."""
        for follower in self.followers:
            await self._workshop.decisions.remove(follower.name)
        for consumption in self.consumptions:
            await consumption.stop()
        if self._broker:
            with suppress(KafkaError):  # a client that ended by a fault tells it once more
                await self._broker.stop()

    def waiting(self) -> int:
        """How many records of this process it has not taken yet."""
        return sum(consumption.waiting() for consumption in self.consumptions)

    def _follower(self, name: str, follow: Follow) -> Follower[Any]:
        return Follower(
            name=named(name, self.number), follow=partial(self._politely, follow), is_vital=self._is_current
        )

    def _consumption(self, intake: Intake[Any]) -> Consumption[Any]:
        own = replace(intake, group=named(intake.group, self.number), take=partial(self._politely, intake.take))
        if not self._is_current():
            own = replace(own, max_records=min(own.max_records, _MOST_RECORDS))
        return Consumption(own, DeadLetters(self._workshop.publisher, self._workshop.keyring, self._has_served))

    async def _politely(self, act: Callable[[B], Awaitable[T]], batch: B) -> T:
        await give_way(lambda: not self._is_current() and self._keeping().current.waiting() > 0)
        return await act(batch)

    def _is_current(self) -> bool:
        return self._keeping().is_current(self.number)

    def _has_served(self) -> bool:
        return self._keeping().has_served(self.number)
