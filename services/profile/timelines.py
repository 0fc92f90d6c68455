"""Reading timelines a page at a time, folded as they are read.

A stretch of the timeline is read in two or three steps: the heads that stand there, then their parts and, beside that,
which other parts stand between them, then (seldom for many) whether the heads of those are known. What no head is
known of is shown by itself. The number of queries does not depend on what a page holds.
"""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from services.profile.domain.folding import Folded, entries
from services.profile.domain.pages import BEGINNING, Place
from services.profile.domain.spelling import say
from services.profile.domain.tickets import UNPLACED
from services.profile.domain.timeline import Entry
from services.profile.domain.wanted import Filters, Wanted
from services.profile.store import Store

_MOST_PARTS = 1_000
_STRETCH_FOR_WORDS = 500
_STRETCH_OF_A_CONVERSATION = 500
"""Heads and parts are read at once: what parts of other conversations stand between does not matter."""

MOST_READ_FOR_WORDS = 5_000
"""Events that one request looks through for words; then it answers with what it found, and a cursor to go on."""

_AHEAD = timedelta(minutes=10)
"""No event happened later than this after the hub took it in: what ingest takes is not that far in the future."""

_HUBS_OWN = r"^hub\.(ticket|note)\."


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries, newest first. older, newer: the places to go on from; older is None where nothing older is left."""

    entries: list[Folded]
    older: Place | None
    newer: Place


class Timelines:
    """Reads the timeline of some identities (their hashes)."""

    def __init__(self, store: Store) -> None:
        self._timeline = store.timeline

    async def page(self, hashes: Sequence[str], wanted: Wanted) -> Page:
        """The page; it holds exactly `limit` entries while there are more, unless words are looked for."""
        found = _Found(place=wanted.after or wanted.before)
        words = wanted.filters.words
        while not found.exhausted and len(found.entries) <= wanted.limit:
            if words and found.count >= MOST_READ_FOR_WORDS:
                break
            room = _STRETCH_FOR_WORDS if words else wanted.limit + 1 - len(found.entries)
            stretch = await self._stretch(hashes, wanted, found.place, room)
            found.read(stretch)
            shown = entries(stretch.documents, stretch.related, parts_too=bool(wanted.filters.types))
            found.entries += [one for one in shown if say(one.texts(), words)] if words else shown
        return _newer_page(wanted, wanted.after, found) if wanted.after else _older_page(wanted, found)

    async def entry(self, hashes: Sequence[str], event: Entry) -> Folded:
        """The entry that the event is in now."""
        related = await self._related(hashes, [event], None)
        heads = [one for one in related if not one.get("part")]
        return entries([event, *heads], related)[0]

    async def find(self, event: str) -> Entry | None:
        """The event with this id."""
        return cast("Entry | None", await self._timeline.find_one({"_id": event}))

    async def ends(self, hashes: Sequence[str]) -> tuple[datetime | None, datetime | None]:
        """When these identities were first and last heard of; what the hub itself wrote down does not count."""
        ends: list[datetime | None] = []
        matching = {"identity": {"$in": list(hashes)}, "type": {"$not": {"$regex": _HUBS_OWN}}}
        for direction in (1, -1):
            found = self._timeline.find(matching, {"at": 1}).sort([("at", direction), ("_id", direction)])
            document = await found.limit(1).to_list()
            ends.append(document[0]["at"] if document else None)
        return ends[0], ends[1]

    async def _stretch(self, hashes: Sequence[str], wanted: Wanted, place: Place | None, size: int) -> "_Stretch":
        """What is to be shown from the place on, up to `size` documents, and all that belongs to them."""
        forward, as_of = wanted.after is not None, wanted.filters.as_of
        matching = _filter(hashes, wanted.filters, place, forward=forward)
        if wanted.filters.types or wanted.filters.conversation is not None:
            size = size if wanted.filters.types else _STRETCH_OF_A_CONVERSATION
            documents = await self._read(matching, size, forward=forward)
            related = await self._related(hashes, documents, as_of)
            return _Stretch(documents, related, read=len(documents), exhausted=len(documents) < size)
        heads = await self._read([*matching, {"part": {"$exists": False}}], size, forward=forward)
        between = [*matching, {"part": True}]
        if len(heads) == size:
            between += _beyond(_place_of(heads[-1]), forward=not forward)
        related, parts = await asyncio.gather(
            self._related(hashes, heads, as_of), self._read(between, _MOST_PARTS, forward=forward, only=("ref", "at"))
        )
        orphans = await self._orphans(hashes, heads, parts, as_of)
        return _together(heads, parts, [*related, *orphans], size, forward=forward)

    async def _read(
        self, conditions: list[dict[str, Any]], size: int, *, forward: bool, only: Sequence[str] | None = None
    ) -> list[Entry]:
        direction = 1 if forward else -1
        found = self._timeline.find({"$and": conditions}, only).sort([("at", direction), ("_id", direction)])
        return cast("list[Entry]", await found.limit(size).to_list())

    async def _orphans(
        self, hashes: Sequence[str], heads: Sequence[Entry], parts: Sequence[Entry], as_of: datetime | None
    ) -> list[Entry]:
        """Of the parts that no head is known of, all that carries their references."""
        unknown = {part["ref"] for part in parts} - {head["ref"] for head in heads if "ref" in head}
        if not unknown:
            return []
        elsewhere = {"part": {"$exists": False}, **_carrying(hashes, unknown, as_of)}
        unknown -= {head["ref"] async for head in self._timeline.find(elsewhere, {"ref": 1})}
        if not unknown:
            return []
        return cast("list[Entry]", await self._timeline.find(_carrying(hashes, unknown, as_of)).to_list())

    async def _related(self, hashes: Sequence[str], events: list[Entry], as_of: datetime | None) -> list[Entry]:
        """What else of these identities carries a reference of the events."""
        refs = {event["ref"] for event in events if "ref" in event}
        if not refs:
            return []
        matching = {
            **_carrying(hashes, refs, as_of),
            "_id": {"$nin": [event["_id"] for event in events if "ref" in event]},
        }
        return cast("list[Entry]", await self._timeline.find(matching).to_list())


@dataclass(frozen=True, slots=True)
class _Stretch:
    """documents: in the order of reading. related: what belongs to them. read: how many events that took.

    exhausted: nothing lies beyond. last: how far was looked, where that is not the last document.
    """

    documents: list[Entry]
    related: list[Entry]
    read: int
    exhausted: bool
    last: Entry | None = None


def _together(
    heads: list[Entry], parts: Sequence[Entry], related: list[Entry], size: int, *, forward: bool
) -> _Stretch:
    """Heads, and those of the parts between them that no head is known of (these are in `related` as a whole)."""
    read, exhausted, last = len(heads) + len(parts), len(heads) < size, None
    related = [*related, *heads]  # also those that are left for the next stretch
    known = {one["ref"] for one in related if "ref" in one and not one.get("part")}
    if len(parts) == _MOST_PARTS:  # there may be more, so nothing beyond the last one is settled
        exhausted, last = False, parts[-1]
        heads = [head for head in heads if not _is_beyond(head, last, forward=forward)]
    between = {part["_id"] for part in parts}
    orphans = [one for one in related if one["_id"] in between and one["ref"] not in known]
    documents = sorted((*heads, *orphans), key=_order, reverse=not forward) if orphans else heads
    if len(documents) > size:
        exhausted, last = False, None
    return _Stretch(documents[:size], related, read=read, exhausted=exhausted, last=last)


@dataclass(slots=True)
class _Found:
    """What a page was gathered from, and the place up to which everything was read."""

    place: Place | None
    entries: list[Folded] = field(default_factory=list)
    count: int = 0
    first: Place | None = None
    exhausted: bool = False

    def read(self, stretch: _Stretch) -> None:
        """Notes what was read."""
        self.count += stretch.read
        self.exhausted = stretch.exhausted
        if stretch.documents:
            self.first = self.first or _place_of(stretch.documents[0])
        last = stretch.last or (stretch.documents[-1] if stretch.documents else None)
        self.place = self.place if last is None else _place_of(last)

    def end(self, shown: Sequence[Folded], limit: int) -> Place | None:
        """From where to go on in the direction of reading; None if all was seen."""
        if len(self.entries) > limit:
            return shown[-1].place
        return None if self.exhausted else self.place


def _older_page(wanted: Wanted, found: _Found) -> Page:
    shown = found.entries[: wanted.limit]
    if shown:
        newer = shown[0].place
    elif wanted.before:
        newer = wanted.before.and_itself_after()
    else:
        newer = found.first or BEGINNING
    return Page(entries=shown, older=found.end(shown, wanted.limit), newer=newer)


def _newer_page(wanted: Wanted, after: Place, found: _Found) -> Page:
    shown = found.entries[: wanted.limit]
    newer = found.end(shown, wanted.limit) or (shown[-1].place if shown else after)
    older = shown[0].place if shown else after.and_itself_before()
    return Page(entries=shown[::-1], older=None if after == BEGINNING else older, newer=newer)


def _filter(hashes: Sequence[str], filters: Filters, place: Place | None, *, forward: bool) -> list[dict[str, Any]]:
    """The conditions on the index first: identity, then the time."""
    conditions: list[dict[str, Any]] = [{"identity": {"$in": list(hashes)}}]
    if place:
        conditions += _beyond(place, forward=forward)
    if filters.since:
        conditions.append({"at": {"$gte": filters.since}})
    if filters.until:
        conditions.append({"at": {"$lt": filters.until}})
    if filters.as_of:
        conditions.append({"at": {"$lte": filters.as_of + _AHEAD}, "recorded": {"$lte": filters.as_of}})
    if filters.conversation is not None:
        # No equality, and no beginning that MongoDB knows: it would jump from entry to entry of the index to the next
        # place where the conversation can stand, which takes ten times as long as reading on.
        conditions.append({"conversation": {"$regex": rf"(^){re.escape(filters.conversation)}\z"}})
    for name, values in (("channel", filters.channels), ("type", filters.types), ("direction", filters.directions)):
        if values:
            conditions.append({name: {"$in": list(values)}})
    return conditions


def _beyond(place: Place, *, forward: bool) -> list[dict[str, Any]]:
    inclusive, exclusive = ("$gte", "$gt") if forward else ("$lte", "$lt")
    apart = [{"at": {exclusive: place.at}}, {"_id": {exclusive: place.id}}]
    return [{"at": {inclusive: place.at}}, {"$or": apart}]


def _carrying(hashes: Sequence[str], refs: Collection[str], as_of: datetime | None) -> dict[str, Any]:
    """What of these identities carries one of the references."""
    matching: dict[str, Any] = {"ref": {"$in": sorted(refs)}, "identity": {"$in": [*hashes, UNPLACED]}}
    if as_of is not None:
        matching["recorded"] = {"$lte": as_of}
    return matching


def _place_of(entry: Entry) -> Place:
    return Place(at=entry["at"], id=entry["_id"])


def _order(entry: Entry) -> tuple[datetime, str]:
    return entry["at"], entry["_id"]


def _is_beyond(entry: Entry, last: Entry, *, forward: bool) -> bool:
    return _order(entry) > _order(last) if forward else _order(entry) < _order(last)
