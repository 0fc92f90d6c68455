"""Routing's own database: the decision log, what the intake remembers of conversations, and which views there are.

decisions, snapshots, followed   see shared.decisions
customers                        see customers
conversations                    `_id` is the conversation
looks                            see looks
begun                            `_id` is a conversation that was begun by message, for as long as loops are looked for
generations                      see shared.generations; the first of them is in this database too
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter
from pymongo import ASCENDING, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.domain.commands import Ended
from services.routing.domain.conversations import Conversation
from services.routing.domain.events import Event
from services.routing.domain.loops import WITHIN, Begun
from services.routing.domain.meaning import Opening
from services.routing.domain.state import Pool
from services.routing.kept import KeptPool
from services.routing.upcasting import event_today
from services.routing.view_store import ViewStore
from shared.decisions import DecisionLog
from shared.mongo import Document

_KEPT_EVERY = 1_000
"""Events after which a snapshot of a pool is kept for ever, so that any decision can be explained in a second."""

_openings: TypeAdapter[Opening] = TypeAdapter(Opening)
_TOLD_LATER = ("segment", "said", "ivr", "open_tickets", "known")
"""Traits that, like the caller, are found out anew whenever a call is decided on; what is sealed is among them."""

_STORED: Any = Annotated[Event, Field(discriminator="event"), BeforeValidator(event_today)]


class Store:
    """Routing's database. `log` is its decision log.

    current: the views that are answered from; without it, the first ones.
    """

    def __init__(self, database: AsyncDatabase[Document], current: Callable[[], ViewStore] | None = None) -> None:
        self.log: DecisionLog[Pool, Event] = DecisionLog(database, KeptPool(), _STORED, _KEPT_EVERY)
        first = ViewStore(database)
        self._current = current or (lambda: first)
        self._conversations = database["conversations"]
        self._begun = database["begun"]

    @property
    def views(self) -> ViewStore:
        """What is answered from. It may be another generation after every await; each knows the same."""
        return self._current()

    async def create_indexes(self) -> None:
        """Creates every index, where it is missing."""
        await self.log.create_indexes()
        await self.log.decisions.create_index(
            [("events.event.ticket", ASCENDING), ("_id.sequence", ASCENDING)], name="by_ticket"
        )
        await self._conversations.create_index([("held.at", ASCENDING)], sparse=True)
        await self._begun.create_index([("identity", ASCENDING), ("at", ASCENDING)])
        await self._begun.create_index("at", expireAfterSeconds=2 * int(WITHIN.total_seconds()))

    async def shown(self, stream: str, sequence: int) -> None:
        """Returns when whoever reads next sees the decision; after ten seconds at most, or twenty over a switch."""
        while True:
            views = self.views
            await self.log.seen(stream, views.follower, sequence)
            if views is self.views:
                return

    async def decisions_on(self, ticket: str) -> AsyncIterator[Document]:
        """The documents of the decision log that concern a ticket, in order."""
        cursor = self.log.decisions.find({"events.event.ticket": ticket}).sort("_id.sequence", ASCENDING)
        async for document in cursor:
            yield document

    async def conversations(self, names: set[str]) -> dict[str, Conversation]:
        """What is remembered of these conversations; those that are new are not in the answer."""
        return {
            document["_id"]: _conversation(document)
            async for document in self._conversations.find({"_id": {"$in": sorted(names)}})
        }

    async def held(self, until: datetime) -> set[str]:
        """Conversations of calls that were held back at that moment or before, and still are."""
        return {document["_id"] async for document in self._conversations.find({"held.at": {"$lte": until}}, ("_id",))}

    async def begun(self, identities: set[str], since: datetime) -> list[Begun]:
        """The conversations that these identities have begun by message since then."""
        match = {"identity": {"$in": sorted(identities)}, "at": {"$gt": since}}
        return [
            Begun(identity=document["identity"], conversation=document["_id"], at=document["at"])
            async for document in self._begun.find(match)
        ]

    async def note_begun(self, begun: Sequence[Begun]) -> None:
        """Remembers who began what, durably."""
        if begun:
            writes = [
                ReplaceOne({"_id": one.conversation}, {"identity": one.identity, "at": one.at}, upsert=True)
                for one in begun
            ]
            await self._begun.bulk_write(writes, ordered=False)

    async def remember(self, conversations: Sequence[Conversation]) -> None:
        """Remembers the conversations as they are now, durably."""
        if conversations:
            await self._conversations.bulk_write(
                [ReplaceOne({"_id": one.id}, _remembered(one), upsert=True) for one in conversations], ordered=False
            )


def _remembered(conversation: Conversation) -> Document:
    ended, held = conversation.ended, conversation.held
    document = {
        "_id": conversation.id,
        "pool": conversation.pool,
        "queue": conversation.queue,
        "opened": conversation.opened,
        "ended": ended and {"at": ended.at, "reason": ended.reason},
    }
    if held is not None:
        document["held"] = _openings.dump_python(held, exclude={"traits": set(_TOLD_LATER), "caller": True})
    return document


def _conversation(document: Document) -> Conversation:
    ended, held = document["ended"], document.get("held")
    return Conversation(
        id=document["_id"],
        pool=document["pool"],
        queue=document["queue"],
        opened=document["opened"],
        ended=Ended(**ended) if ended else None,
        held=_openings.validate_python(held) if held else None,
    )
