"""One generation of the views in MongoDB: everything here follows from the decision log, so it can be built anew."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from services.routing.complaint_store import create_complaint_indexes, write_complaints
from services.routing.domain.configuration import QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.rules import KnownQueue
from services.routing.upcasting import agent_today, pool_today, queue_today
from services.routing.views import OPEN_STATES, Subject, View, fold, subjects
from shared.contracts.tickets import Kind
from shared.decisions import Entry
from shared.generations import FIRST, named
from shared.mongo import Document, only_duplicates
from shared.paging import Place, newest

_TODAY: dict[View, Callable[[Document], Document]] = {
    "pools": pool_today,
    "queues": queue_today,
    "agents": agent_today,
}
_queue_settings: TypeAdapter[QueueSettings] = TypeAdapter(QueueSettings)


_MOST_LINKS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """That an agent accepted a ticket."""

    at: datetime
    agent: str


class ViewStore:
    """A collection for each view; `_id` is the subject's own id. follower: the name of what writes them."""

    def __init__(self, database: AsyncDatabase[Document], generation: int = FIRST) -> None:
        self.database = database
        self.follower = named("views", generation)

    async def create_indexes(self) -> None:
        """Creates what reads are served by, where it is missing."""
        tickets = self.database["tickets"]
        newest = [("opened", DESCENDING), ("_id", DESCENDING)]
        await tickets.create_index(newest)
        for field in ("state", "queue", "agent", "kind", "identity"):
            await tickets.create_index([(field, ASCENDING), *newest])
        await tickets.create_index([("identity", ASCENDING), ("accepted", DESCENDING)])
        await tickets.create_index([("identity", ASCENDING), ("state", ASCENDING)])
        await tickets.create_index([("sla", ASCENDING), *newest], partialFilterExpression={"sla": {"$exists": True}})
        tagged = {"tags": {"$exists": True}}  # most tickets have none, and each index costs each of their events
        await tickets.create_index([("tags", ASCENDING), *newest], partialFilterExpression=tagged)
        await tickets.create_index("links.ticket", sparse=True)
        await create_complaint_indexes(self.database)
        await self.database["agents"].create_index([("pool", ASCENDING)])
        await self.database["agents"].create_index([("team", ASCENDING)])

    async def follow(self, entries: Sequence[Entry[Event]]) -> None:
        """Brings the views up to date with the decisions, durably. A newer document is never replaced by an older."""
        touched = {subject for entry in entries for _, event in entry.events for subject in subjects(event)}
        changed = fold(await self._load(touched), entries)
        for view in {subject[0] for subject in changed}:
            if view == "complaints":
                await write_complaints(self.database, [one for (kind, _), one in changed.items() if kind == view])
                continue
            writes = [
                ReplaceOne({"_id": name, "sequence": {"$lt": document["sequence"]}}, document, upsert=True)
                for (kind, name), document in changed.items()
                if kind == view
            ]
            try:
                await self.database[view].bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):  # where only `_id` was there already, that document is newer
                    raise

    async def find(self, view: View, name: str) -> Document | None:
        """One document of a view."""
        found = await self.database[view].find_one({"_id": name})
        return found and _today(view, found)

    async def page(self, view: View, after: str | None, limit: int, match: Mapping[str, Any]) -> list[Document]:
        """Documents of a view by id, those behind `after`."""
        query = {**match, **({"_id": {"$gt": after}} if after else {})}
        found = self.database[view].find(query).sort("_id", ASCENDING).limit(limit)
        return [_today(view, document) async for document in found]

    async def tickets(self, match: Mapping[str, Any], after: Place | None, limit: int) -> list[Document]:
        """Tickets, the newest first, those behind `after`."""
        return await newest(self.database["tickets"], match, "opened", after, limit)

    async def linked_to(self, ticket: str) -> list[Document]:
        """The tickets from which a link to this one was made."""
        found = self.database["tickets"].find({"links.ticket": ticket}, ("links",))
        return await found.sort("_id", ASCENDING).limit(_MOST_LINKS).to_list()

    async def last_accepted(self, identities: Collection[str]) -> dict[str, Served]:
        """Which ticket of each identity was accepted last, when and by whom. The index gives one entry for each."""
        found = await self.database["tickets"].aggregate(
            [
                {"$match": {"identity": {"$in": sorted(identities)}, "accepted": {"$gt": _EPOCH}}},
                {"$sort": {"identity": ASCENDING, "accepted": DESCENDING}},
                {"$group": {"_id": "$identity", "last": {"$first": "$$ROOT"}}},
            ]
        )
        return {one["_id"]: _served(one["last"]) async for one in found}

    async def identities(self, tickets: Sequence[str]) -> set[str]:
        """Whose tickets these are, by the hashes of the identities that they came through."""
        found = self.database["tickets"].find({"_id": {"$in": list(tickets)}}, ("identity",))
        return {document["identity"] async for document in found}

    async def versions(self, view: View) -> dict[str, int]:
        """The decision that changed each document of a view last."""
        found = self.database[view].find(projection=("sequence",))
        return {document["_id"]: document["sequence"] async for document in found}

    async def team(self, name: str) -> list[str]:
        """The agents of a team."""
        found = self.database["agents"].find({"team": name}, ("_id",))
        return [document["_id"] async for document in found]

    async def queues(self) -> list[KnownQueue]:
        """Every queue of every pool."""
        return [
            KnownQueue(id=document["_id"], pool=document["pool"], settings=_settings(document))
            async for document in self.database["queues"].find()
        ]

    async def calendars(self) -> list[Document]:
        """Every calendar of every pool."""
        return await self.database["calendars"].find().to_list()

    async def open_tickets(self, identities: set[str]) -> dict[str, list[Document]]:
        """The open tickets of each of these identities, with pool, queue and conversation."""
        found: dict[str, list[Document]] = {}
        match = {"identity": {"$in": sorted(identities)}, "state": {"$in": list(OPEN_STATES)}}
        shown = ("identity", "pool", "queue", "conversation")
        async for document in self.database["tickets"].find(match, projection=shown):
            found.setdefault(document["identity"], []).append(document)
        return found

    async def _load(self, touched: set[Subject]) -> dict[Subject, Document]:
        found: dict[Subject, Document] = {}
        for view in {subject[0] for subject in touched}:
            names = [name for kind, name in touched if kind == view]
            async for document in self.database[view].find({"_id": {"$in": names}}):
                found[(view, document["_id"])] = document
        return found


def of_kind(kind: Kind) -> Any:  # noqa: ANN401 (a value to match, or a condition)
    """What matches tickets of a kind; those from before there were kinds are requests."""
    return {"$in": [None, kind]} if kind == "request" else kind


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
