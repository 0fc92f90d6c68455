"""Reading the rows behind a figure, in the order in which they begin to count, page by page.

Rows are found by the quarters of an hour in which they count. A page reads quarter after quarter, more of them at once
where little happened and fewer where much did, so what it costs follows from what it shows, not from how long the time
is that was asked for.
"""

from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.documents import contact_of, event_of, ticket_of
from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import OF_AGENTS, Dimension, Key
from services.metrics.domain.drill import Counted, by_stay, counted
from services.metrics.domain.fold import Event
from services.metrics.domain.interaction import Answer
from services.metrics.domain.ordering import in_order
from services.metrics.domain.presence import Presence
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.ticket import Ticket
from services.metrics.interaction_documents import answer_in
from services.metrics.presence_documents import presence_of, within
from services.metrics.quarter_rows import going_on
from services.metrics.return_rows import tell_returns
from shared.mongo import Document

Listed = Contact | Ticket | Answer | Presence
"""What can be behind a figure. Interactions are counted only."""

_FIELDS: dict[Dimension, str] = {"reason": "code"}
_MANY = 2_000
"""More rows than this are not read at once, unless one quarter of an hour has them."""

_LATELY = 8
"""So many quarters back it is certain that something is found by its row even if its history was not summed yet."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a row stands in the list: when it first counts, and its name."""

    moment: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which rows: those that add to these parts of the key's figures in (begin, end]."""

    key: Key
    parts: frozenset[str]
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row with its place in the list. counted: None for a figure of now, to which each row adds one."""

    place: Place
    row: Listed
    counted: Counted | None = None


class Drill:
    """Reads the rows and events of a generation."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._database = database
        self._contacts = database["contact_rows"]
        self._tickets = database["ticket_rows"]
        self._answers = database["answer_rows"]
        self._minutes = database["interaction_minutes"]
        self._presences = database["presence_rows"]
        self._events = database["ticket_events"]
        self._history = database["history"]

    async def page(self, asked: Asked, after: Place | None, limit: int) -> list[Found]:
        """The next rows behind `after`, by the moment at which they first count."""
        found: list[Found] = []
        quarter = quarter_of(max(asked.begin + 1, after.moment if after else 0))
        behind, width = quarter_of(asked.end) + 1, 1
        while quarter < behind and len(found) < limit:
            stop = min(quarter + width, behind)
            rows = await self._rows(asked, quarter, stop, _MANY if stop - quarter > 1 else 0)
            if rows is None:
                width = max(1, width // 4)
                continue
            part = [one for one in rows if quarter <= quarter_of(one.place.moment) < stop]
            found += sorted((one for one in part if after is None or one.place > after), key=lambda one: one.place)
            quarter, width = stop, width * 2
        return found[:limit]

    async def waiting(self, key: Key, after: Place | None, limit: int) -> list[Found]:
        """Contacts that wait now, the longest-waiting first."""
        return await self._now(self._contacts, {"open": True, "left": None}, "entered", key, after, limit)

    async def backlog(self, key: Key, after: Place | None, limit: int) -> list[Found]:
        """Tickets that are not resolved now, the oldest first."""
        return await self._now(self._tickets, {"open": True}, "opened", key, after, limit)

    async def is_known(self, key: Key, now: int) -> bool:
        """Whether anything was ever counted for the key."""
        dimension, value = key
        if dimension == "all" or await self._history.find_one({"dimension": dimension, "value": value}, {"_id": 1}):
            return True
        since = {"quarters": {"$gte": quarter_of(now) - _LATELY}}
        lately = {"$or": [since, {"open": True}], **_of(key)}
        if any([await rows.find_one(lately, {"_id": 1}) for rows in self._kept()]):
            return True
        return dimension in OF_AGENTS and await self._presences.find_one(_of(key), {"_id": 1}) is not None

    def _kept(self) -> tuple[AsyncCollection[Document], ...]:
        return self._contacts, self._tickets, self._answers, self._minutes

    async def events(self, ticket: str) -> list[tuple[int | None, Event]]:
        """The ticket's events in the order they count, each with its stay; empty if there is no such ticket."""
        found = [event_of(document) async for document in self._events.find({"ticket": ticket})]
        return by_stay(ticket, in_order(found))

    async def _rows(self, asked: Asked, first: int, stop: int, most: int) -> list[Found] | None:
        """Rows that count in these quarters; None if there are more than `most` to look at."""
        rows: list[tuple[str, Listed]] = []
        in_it: Document = {"quarters": {"$elemMatch": {"$gte": first, "$lt": stop}}}
        wanted = in_it
        if any(part.endswith("_split") for part in asked.parts):
            wanted = {"$or": [in_it, going_on(stop)]}
        at_the_time = within(begins(first), begins(stop))
        for kind, collection, query in (
            ("contact", self._contacts, wanted),
            ("ticket", self._tickets, in_it),
            ("answer", self._answers, in_it),
            ("presence", self._presences, at_the_time),
        ):
            found = collection.find({**query, **_of(asked.key)}).limit(most + 1 if most else 0)
            rows += [(f"{kind} {document['_id']}", _row(kind, document)) async for document in found]
            if most and len(rows) > most:
                return None
        if any(part.startswith("returned_") for part in asked.parts):
            await tell_returns(self._database, [row for _, row in rows if isinstance(row, Ticket)])
        return [
            Found(place=Place(moment=adds.first, name=name), row=row, counted=adds)
            for name, row in rows
            if (adds := counted(row, asked.key, asked.parts, asked.begin, asked.end))
        ]

    async def _now(
        self,
        collection: AsyncCollection[Document],
        query: Document,
        since: str,
        key: Key,
        after: Place | None,
        limit: int,
    ) -> list[Found]:
        kind = "contact" if collection is self._contacts else "ticket"
        wanted: dict[str, Any] = {**query, **_of(key)}
        if after:
            at_once = {since: after.moment, "_id": {"$gt": after.name.partition(" ")[2]}}
            wanted["$or"] = [{since: {"$gt": after.moment}}, at_once]
        found = collection.find(wanted).sort([(since, ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [
            Found(
                place=Place(moment=document[since], name=f"{kind} {document['_id']}"),
                row=_row(kind, document),
            )
            async for document in found
        ]


def _row(kind: str, document: Document) -> Listed:
    match kind:
        case "contact":
            return contact_of(document)
        case "ticket":
            return ticket_of(document)
        case "answer":
            return answer_in(document)
        case _:
            return presence_of(document)


def _of(key: Key) -> Document:
    dimension, value = key
    return {} if dimension == "all" else {_FIELDS.get(dimension, dimension): value}
