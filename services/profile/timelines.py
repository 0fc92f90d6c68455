"""Reading timelines a page at a time, folded as they are read.

A stretch of the timeline is read in two steps: the events that stand there, then what else belongs to them. Parts whose
head is known are shown with it, wherever it stands; so a page may take more than one stretch, each twice as long.
"""

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

_STRETCH_FOR_WORDS = 500
_STRETCH_OF_A_CONVERSATION = 500
_LONGEST_STRETCH = 1_000

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
        filters, forward = wanted.filters, wanted.after is not None
        found = _Found(place=wanted.after or wanted.before)
        size = _first_stretch(wanted)
        while size and not found.exhausted and len(found.entries) <= wanted.limit:
            documents = await self._read(_filter(hashes, filters, found.place, forward=forward), size, forward=forward)
            related = await self._related(hashes, documents, filters.as_of)
            shown = entries(documents, related, parts_too=bool(filters.types))
            found.read(documents, exhausted=len(documents) < size)
            found.entries += [one for one in shown if say(one.texts(), filters.words)] if filters.words else shown
            size = min(2 * size, _LONGEST_STRETCH)
            if filters.words:
                size = min(size, MOST_READ_FOR_WORDS - found.count)
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

    async def _read(self, conditions: list[dict[str, Any]], size: int, *, forward: bool) -> list[Entry]:
        direction = 1 if forward else -1
        found = self._timeline.find({"$and": conditions}).sort([("at", direction), ("_id", direction)])
        return cast("list[Entry]", await found.limit(size).to_list())

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


@dataclass(slots=True)
class _Found:
    """What a page was gathered from, and the place up to which everything was read."""

    place: Place | None
    entries: list[Folded] = field(default_factory=list)
    count: int = 0
    first: Place | None = None
    exhausted: bool = False

    def read(self, documents: Sequence[Entry], *, exhausted: bool) -> None:
        """Notes what was read. exhausted: whether nothing lies beyond."""
        self.count += len(documents)
        self.exhausted = exhausted
        if documents:
            self.first, self.place = self.first or _place_of(documents[0]), _place_of(documents[-1])

    def end(self, shown: Sequence[Folded], limit: int) -> Place | None:
        """From where to go on in the direction of reading; None if all was seen."""
        if len(self.entries) > limit:
            return shown[-1].place
        return None if self.exhausted else self.place


def _first_stretch(wanted: Wanted) -> int:
    """How many events are read first. With types each one is shown, without them some are parts of others."""
    if wanted.filters.words:
        return _STRETCH_FOR_WORDS
    if wanted.filters.types:
        return wanted.limit + 1
    return (
        _STRETCH_OF_A_CONVERSATION if wanted.filters.conversation is not None else wanted.limit + wanted.limit // 8 + 1
    )


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
