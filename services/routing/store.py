"""Routing's collections in MongoDB: the decision log's, the views', and what the intake remembers of conversations.

decisions, snapshots, followed   see shared.decisions
tickets, agents, queues, pools, skills, calendars   see views; `_id` is the subject's own id
customers                        see customers
conversations                    `_id` is the conversation
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter
from pymongo import ASCENDING, DESCENDING, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.routing.domain.commands import Ended
from services.routing.domain.configuration import QueueSettings
from services.routing.domain.conversations import Conversation
from services.routing.domain.events import Event
from services.routing.domain.rules import KnownQueue
from services.routing.domain.state import Pool
from services.routing.upcasting import agent_today, event_today, pool_today, queue_today
from services.routing.views import Subject, View, fold, subjects
from shared.decisions import DecisionLog, Entry
from shared.mongo import Document, only_duplicates
from shared.snapshots import Whole

VIEWS = "views"
"""The name of the follower that writes the views."""

_KEPT_EVERY = 20_000
"""Events after which a snapshot of a pool is kept for ever, so that any decision can be explained in a second."""

_TODAY: dict[View, Callable[[Document], Document]] = {
    "pools": pool_today,
    "queues": queue_today,
    "agents": agent_today,
}
_queue_settings: TypeAdapter[QueueSettings] = TypeAdapter(QueueSettings)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """That an agent accepted a ticket."""

    at: datetime
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketsAfter:
    """Where a page of tickets goes on: behind the ticket opened then."""

    opened: datetime
    ticket: str


class Store:
    """Routing's database. `log` is its decision log."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self.log: DecisionLog[Pool, Event] = DecisionLog(
            database, Whole(Pool, version="3"), Annotated[Event, BeforeValidator(event_today)], _KEPT_EVERY
        )
        self._database = database
        self._conversations = database["conversations"]

    async def create_indexes(self) -> None:
        """Creates every index, where it is missing."""
        await self.log.create_indexes()
        await self.log.decisions.create_index(
            [("events.event.ticket", ASCENDING), ("_id.sequence", ASCENDING)], name="by_ticket"
        )
        tickets = self._database["tickets"]
        newest = [("opened", DESCENDING), ("_id", DESCENDING)]
        await tickets.create_index(newest)
        for field in ("state", "queue", "agent", "identity"):
            await tickets.create_index([(field, ASCENDING), *newest])
        await tickets.create_index([("identity", ASCENDING), ("accepted", DESCENDING)])
        await self._database["agents"].create_index([("pool", ASCENDING)])

    async def follow(self, entries: Sequence[Entry[Event]]) -> None:
        """Brings the views up to date with the decisions, durably. A newer document is never replaced by an older."""
        touched = {subject for entry in entries for _, event in entry.events for subject in subjects(event)}
        changed = fold(await self._load(touched), entries)
        for view in {subject[0] for subject in changed}:
            writes = [
                ReplaceOne({"_id": name, "sequence": {"$lt": document["sequence"]}}, document, upsert=True)
                for (kind, name), document in changed.items()
                if kind == view
            ]
            try:
                await self._database[view].bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):  # where only `_id` was there already, that document is newer
                    raise

    async def find(self, view: View, name: str) -> Document | None:
        """One document of a view."""
        found = await self._database[view].find_one({"_id": name})
        return found and _today(view, found)

    async def page(self, view: View, after: str | None, limit: int, match: Mapping[str, Any]) -> list[Document]:
        """Documents of a view by id, those behind `after`."""
        query = {**match, **({"_id": {"$gt": after}} if after else {})}
        found = self._database[view].find(query).sort("_id", ASCENDING).limit(limit)
        return [_today(view, document) async for document in found]

    async def tickets(self, match: Mapping[str, Any], after: TicketsAfter | None, limit: int) -> list[Document]:
        """Tickets, the newest first, those behind `after`."""
        query: Document = dict(match)
        if after is not None:
            query["$or"] = [
                {"opened": {"$lt": after.opened}},
                {"opened": after.opened, "_id": {"$lt": after.ticket}},
            ]
        found = self._database["tickets"].find(query).sort([("opened", DESCENDING), ("_id", DESCENDING)])
        return await found.limit(limit).to_list()

    async def last_accepted(self, identities: Collection[str]) -> dict[str, Served]:
        """Which ticket of each identity was accepted last, when and by whom. The index gives one entry for each."""
        found = await self._database["tickets"].aggregate(
            [
                {"$match": {"identity": {"$in": sorted(identities)}, "accepted": {"$gt": _EPOCH}}},
                {"$sort": {"identity": ASCENDING, "accepted": DESCENDING}},
                {"$group": {"_id": "$identity", "last": {"$first": "$$ROOT"}}},
            ]
        )
        return {one["_id"]: _served(one["last"]) async for one in found}

    async def decisions_on(self, ticket: str) -> AsyncIterator[Document]:
        """The documents of the decision log that concern a ticket, in order."""
        cursor = self.log.decisions.find({"events.event.ticket": ticket}).sort("_id.sequence", ASCENDING)
        async for document in cursor:
            yield document

    async def queues(self) -> list[KnownQueue]:
        """Every queue of every pool."""
        return [
            KnownQueue(id=document["_id"], pool=document["pool"], settings=_settings(document))
            async for document in self._database["queues"].find()
        ]

    async def conversations(self, names: set[str]) -> dict[str, Conversation]:
        """What is remembered of these conversations; those that are new are not in the answer."""
        return {
            document["_id"]: _conversation(document)
            async for document in self._conversations.find({"_id": {"$in": sorted(names)}})
        }

    async def remember(self, conversations: Sequence[Conversation]) -> None:
        """Remembers the conversations as they are now, durably."""
        if conversations:
            await self._conversations.bulk_write(
                [ReplaceOne({"_id": one.id}, _remembered(one), upsert=True) for one in conversations], ordered=False
            )

    async def _load(self, touched: set[Subject]) -> dict[Subject, Document]:
        found: dict[Subject, Document] = {}
        for view in {subject[0] for subject in touched}:
            names = [name for kind, name in touched if kind == view]
            async for document in self._database[view].find({"_id": {"$in": names}}):
                found[(view, document["_id"])] = document
        return found


def _served(ticket: Document) -> Served:
    by = ticket.get("accepted_by") or ticket["agent"]  # a ticket from before this was kept is with who accepted it
    return Served(at=ticket["accepted"], agent=by)


def _today(view: View, document: Document) -> Document:
    today = _TODAY.get(view)
    return today(document) if today else document


def _settings(document: Document) -> QueueSettings:
    return _queue_settings.validate_python(
        {key: value for key, value in _today("queues", document).items() if key not in ("_id", "pool", "sequence")}
    )


def _remembered(conversation: Conversation) -> Document:
    ended = conversation.ended
    return {
        "_id": conversation.id,
        "pool": conversation.pool,
        "queue": conversation.queue,
        "opened": conversation.opened,
        "ended": ended and {"at": ended.at, "reason": ended.reason},
    }


def _conversation(document: Document) -> Conversation:
    ended = document["ended"]
    return Conversation(
        id=document["_id"],
        pool=document["pool"],
        queue=document["queue"],
        opened=document["opened"],
        ended=Ended(**ended) if ended else None,
    )
