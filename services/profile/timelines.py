"""Reading timelines a page at a time, folded as they are read.

A page costs two queries: a stretch of the one index that holds the timeline, and all that carries a reference of what
stands there. A further stretch is read only where parts that belong elsewhere took up the room.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from services.profile.domain.folding import Folded, entries
from services.profile.domain.pages import BEGINNING, Place
from services.profile.domain.tickets import UNPLACED
from services.profile.domain.timeline import Entry
from services.profile.domain.wanted import Filters, Wanted
from services.profile.domain.words import say
from services.profile.store import Store

_LARGEST_STRETCH = 1_000
_STRETCH_FOR_WORDS = 500
MOST_READ_FOR_WORDS = 5_000
"""Events that one request looks through for words; then it answers with what it found, and a cursor to go on."""

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
        found = _Found()
        async for stretch in self._stretches(hashes, wanted):
            found.read(stretch)
            found.entries += await self._shown(hashes, wanted.filters, stretch)
            if len(found.entries) > wanted.limit:
                break
            if wanted.filters.words and found.count >= MOST_READ_FOR_WORDS:
                found.stopped = True
                break
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

    async def _stretches(self, hashes: Sequence[str], wanted: Wanted) -> AsyncIterator[list[Entry]]:
        """The events that the filters let through, from the place on, in growing stretches."""
        direction = 1 if wanted.after else -1
        place = wanted.after or wanted.before
        size = _STRETCH_FOR_WORDS if wanted.filters.words else wanted.limit + wanted.limit // 2 + 1
        while True:
            matching = _filter(hashes, wanted.filters, place, forward=direction == 1)
            found = self._timeline.find(matching).sort([("at", direction), ("_id", direction)])
            stretch = cast("list[Entry]", await found.limit(size).to_list())
            if stretch:
                yield stretch
            if len(stretch) < size:
                return
            place = Place(at=stretch[-1]["at"], id=stretch[-1]["_id"])
            size = min(2 * size, _LARGEST_STRETCH)

    async def _shown(self, hashes: Sequence[str], filters: Filters, stretch: list[Entry]) -> list[Folded]:
        related = await self._related(hashes, stretch, filters.as_of)
        shown = entries(stretch, related, parts_too=bool(filters.types))
        return [one for one in shown if say(one.texts(), filters.words)] if filters.words else shown

    async def _related(self, hashes: Sequence[str], events: list[Entry], as_of: datetime | None) -> list[Entry]:
        """What else of these identities carries a reference of the events."""
        refs = {event["ref"] for event in events if "ref" in event}
        if not refs:
            return []
        matching: dict[str, Any] = {
            "ref": {"$in": sorted(refs)},
            "identity": {"$in": [*hashes, UNPLACED]},
            "_id": {"$nin": [event["_id"] for event in events if "ref" in event]},
        }
        if as_of is not None:
            matching["recorded"] = {"$lte": as_of}
        return cast("list[Entry]", await self._timeline.find(matching).to_list())


@dataclass(slots=True)
class _Found:
    """What a page was gathered from. stopped: there may be more, but enough was read."""

    entries: list[Folded] = field(default_factory=list)
    count: int = 0
    first: Place | None = None
    last: Place | None = None
    stopped: bool = False

    def read(self, stretch: Sequence[Entry]) -> None:
        """Notes what was read of the index."""
        self.count += len(stretch)
        self.first = self.first or Place(at=stretch[0]["at"], id=stretch[0]["_id"])
        self.last = Place(at=stretch[-1]["at"], id=stretch[-1]["_id"])

    def end(self, shown: Sequence[Folded], limit: int) -> Place | None:
        """From where to go on in the direction of reading; None if all was seen."""
        if len(self.entries) > limit:
            return shown[-1].place
        return self.last if self.stopped else None


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


def _filter(hashes: Sequence[str], filters: Filters, place: Place | None, *, forward: bool) -> dict[str, Any]:
    matching: dict[str, Any] = {"identity": {"$in": list(hashes)}}
    at: dict[str, datetime] = {}
    if filters.since:
        at["$gte"] = filters.since
    if filters.until:
        at["$lt"] = filters.until
    for name, values in (("channel", filters.channels), ("type", filters.types), ("direction", filters.directions)):
        if values:
            matching[name] = {"$in": list(values)}
    if filters.conversation is not None:
        matching["conversation"] = filters.conversation
    if filters.as_of is not None:
        matching["recorded"] = {"$lte": filters.as_of}
    conditions: list[dict[str, Any]] = [matching]
    if at:
        conditions.append({"at": at})
    if place:
        conditions += _beyond(place, forward=forward)
    return {"$and": conditions} if len(conditions) > 1 else matching


def _beyond(place: Place, *, forward: bool) -> list[dict[str, Any]]:
    inclusive, exclusive = ("$gte", "$gt") if forward else ("$lte", "$lt")
    apart = [{"at": {exclusive: place.at}}, {"_id": {exclusive: place.id}}]
    return [{"at": {inclusive: place.at}}, {"$or": apart}]
