"""Routing's collections in MongoDB: the decision log's, the views', and what the intake remembers of conversations.

decisions, snapshots, followed   see shared.decisions
tickets, agents, queues, pools, skills, calendars   see views; `_id` is the subject's own id
customers                        see customers
conversations                    `_id` is the conversation
begun                            `_id` is a conversation that was begun by message, for as long as loops are looked for
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
from services.routing.domain.loops import WITHIN, Begun
from services.routing.domain.meaning import Opening
from services.routing.domain.rules import KnownQueue
from services.routing.domain.state import Pool
from services.routing.upcasting import agent_today, event_today, pool_today, queue_today
from services.routing.views import OPEN_STATES, Subject, View, fold, subjects
from shared.contracts.tickets import Kind
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
_openings: TypeAdapter[Opening] = TypeAdapter(Opening)
_TOLD_LATER = ("segment", "said", "ivr", "open_tickets", "known")
"""Traits that, like the caller, are found out anew whenever a call is decided on; what is sealed is among them."""


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
        self._begun = database["begun"]

    async def create_indexes(self) -> None:
        """Creates every index, where it is missing."""
        await self.log.create_indexes()
        await self.log.decisions.create_index(
            [("events.event.ticket", ASCENDING), ("_id.sequence", ASCENDING)], name="by_ticket"
        )
        tickets = self._database["tickets"]
        newest = [("opened", DESCENDING), ("_id", DESCENDING)]
        await tickets.create_index(newest)
        for field in ("state", "queue", "agent", "kind", "identity"):
            await tickets.create_index([(field, ASCENDING), *newest])
        await tickets.create_index([("identity", ASCENDING), ("accepted", DESCENDING)])
        await tickets.create_index([("identity", ASCENDING), ("state", ASCENDING)])
        await self._database["agents"].create_index([("pool", ASCENDING)])
        await self._conversations.create_index([("held.at", ASCENDING)], sparse=True)
        await self._begun.create_index([("identity", ASCENDING), ("at", ASCENDING)])
        await self._begun.create_index("at", expireAfterSeconds=2 * int(WITHIN.total_seconds()))

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

    async def calendars(self) -> list[Document]:
        """Every calendar of every pool."""
        return await self._database["calendars"].find().to_list()

    async def conversations(self, names: set[str]) -> dict[str, Conversation]:
        """What is remembered of these conversations; those that are new are not in the answer."""
        return {
            document["_id"]: _conversation(document)
            async for document in self._conversations.find({"_id": {"$in": sorted(names)}})
        }

    async def open_tickets(self, identities: set[str]) -> dict[str, list[Document]]:
        """The open tickets of each of these identities, with pool, queue and conversation."""
        found: dict[str, list[Document]] = {}
        match = {"identity": {"$in": sorted(identities)}, "state": {"$in": list(OPEN_STATES)}}
        shown = ("identity", "pool", "queue", "conversation")
        async for document in self._database["tickets"].find(match, projection=shown):
            found.setdefault(document["identity"], []).append(document)
        return found

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


def of_kind(kind: Kind) -> Any:  # noqa: ANN401 (a value to match, or a condition)
    """What matches tickets of a kind; those from before there were kinds are requests."""
    return {"$in": [None, kind]} if kind == "request" else kind


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
