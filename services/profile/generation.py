"""One generation of profile's views at work: where it is, what writes it, who reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
from shared.consuming import Intake
from shared.following import Follower
from shared.generation_consumptions import Consuming, GenerationConsumptions
from shared.generations import Sources, named, views_database
from shared.keeping import Keeping
from shared.mongo import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every generation is made with."""

    client: AsyncMongoClient[Document]
    settings: ProfileSettings
    consuming: Consuming
    classifier: Classifier
    decisions: IdentityDecisions
    beside: Beside


class ViewsGeneration:
    """Views, their readers, and the consumptions and followers that write them."""

    def __init__(self, workshop: Workshop, keeping: Callable[[], "Keeping[ViewsGeneration]"], number: int) -> None:
        self.number = number
        self._workshop = workshop
        self._consuming = GenerationConsumptions(workshop.consuming, keeping, number)
        store = Store(views_database(workshop.client, workshop.settings.namespace, "profile", number))
        self.readers = Readers.of(store, workshop.beside)
        self._matching = Matching(store, workshop.classifier)
        self._asking = Asking(workshop.consuming.publisher, self._consuming.has_served)
        self.followers = [self._follower(name, follow) for name, follow in self._follows().items()]
        for intake in self._intakes():
            self._consuming.add(intake)
        self.consumptions = self._consuming.all

    def _intakes(self) -> tuple[Intake[Any], ...]:
        """Every projection of a topic; each gets a consumer group of this generation's own."""
        shop, store, namespace = self._workshop, self.readers.store, self._workshop.settings.namespace
        keyring = shop.consuming.keyring
        timeline = TimelineProjection(keyring, store, self._asking, shop.classifier, self._matching)
        index = WordIndex(keyring, store, self._timeline_waiting)
        return (
            on_interactions(namespace, timeline),
            on_tickets(namespace, TicketProjection(store, keyring)),
            on_agents(namespace, AgentProjection(store)),
            on_what_is_said(namespace, index),
        )

    def _timeline_waiting(self) -> int:
        return self.consumptions[0].waiting()

    def _follows(self) -> dict[str, Follow]:
        return view_followers(self.readers.store, self._workshop.consuming.keyring, self._asking, self._matching)

    @property
    def sources(self) -> Sources:
        """What it is made of."""
        return Sources(
            consumed=self._consuming.consumed,
            followed=tuple((STREAM, follower.name) for follower in self.followers),
        )

    def failure(self) -> BaseException | None:
        """Why it cannot go on."""
        failed = self._workshop.decisions.failed()
        failures = [failed[follower.name] for follower in self.followers if follower.name in failed]
        return next(iter(failures), None) or self._consuming.failure()

    async def begin(self) -> None:
        """Begins to write the views, from where it was."""
        await self.readers.store.create_indexes()
        await self._consuming.begin()
        for follower in self.followers:
            self._workshop.decisions.add(follower)

    async def end(self) -> None:
        """Writes no more."""
        for follower in self.followers:
            await self._workshop.decisions.remove(follower.name)
        await self._consuming.end()

    def waiting(self) -> int:
        """How many records of this process it has not taken yet."""
        return self._consuming.waiting()

    def _follower(self, name: str, follow: Follow) -> Follower[Any]:
        consuming = self._consuming
        return Follower(name=named(name, self.number), follow=consuming.politely(follow), is_vital=consuming.is_current)
