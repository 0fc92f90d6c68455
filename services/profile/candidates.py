"""What a search may show, read from the indexes in their order, so much at a time.

Identities are read in the order of the index on `found_by` and `_id`: MongoDB gives what a single scan of an index
finds in the index's order, though it does not sort by a field with many values.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from services.profile.domain.finding import NAMED
from services.profile.domain.pages import Mark, WrongCursor
from services.profile.domain.search import LAST, Question, Way, lead_prefixes
from services.profile.store import FOUND_BY, WORDS, Store
from shared.mongo import Document
from shared.spelling import Word

MOST_LOOKED_AT = 3_000
"""Entries of an index that are looked at for one round of a page, where words or the kind leave only some of them."""

MOST_MILLISECONDS = 1_500
"""A query of a search that takes longer is ended by the server."""

_COUNTED = 1_000
_TICKETS = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_KEYS = {"kind": 1, "found_by": 1}

Filter = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something found of an identity (hash). key, id: its place within the way.

    event: that has a message's words; entry: the message's own event, if it is known.
    """

    way: Way
    key: str = ""
    id: str
    identity: str
    event: str | None = None
    entry: str | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Key and id."""
        return self.key, self.id

    def mark(self, first: tuple[str, str] | None) -> Mark:
        """The end of a page that ends with it."""
        return Mark(way=self.way, key=self.key, id=self.id, first=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Candidates in their order. last: the place that was looked at last; None if the way has no more."""

    found: Sequence[Candidate] = ()
    last: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A part of an index: what lies in it, and which of that is wanted.

    low, high: of its keys; sort: empty for the order of the index.
    """

    matching: Filter
    wanted: Filter
    sort: dict[str, int]
    low: str = ""
    high: str = ""

    def place(self, document: Document) -> tuple[str, str]:
        """Where the document lies in it."""
        keys = [key for key in document["found_by"] if self.low <= key < self.high] if self.high else []
        return min(keys, default=""), document["_id"]


class Candidates:
    """Reads what may be shown."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def beyond(self, asked: Question, mark: Mark, count: int, shown: Collection[str]) -> Batch:
        """About `count` candidates of the mark's way beyond it; of messages, none of those who are shown."""
        match way := Way(mark.way):
            case Way.EXACT | Way.NAME | Way.BEGINNING | Way.NAME_BEGINNING | Way.PART:
                return await self._identities(asked, way, mark, count)
            case Way.TICKET:
                tickets = sorted((ticket, identity) for identity, ticket in (await self.tickets(asked)).items())
                found = [Candidate(way=way, id=ticket, identity=identity) for ticket, identity in tickets]
                return Batch(found=[one for one in found if one.id > mark.id])
            case Way.SAID:
                return await self._said(asked, mark, count, shown)

    async def tickets(self, asked: Question) -> dict[str, str]:
        """The first ticket of each identity that the question names."""
        if asked.ticket is None:
            return {}
        ways: list[Filter] = [{"_id": asked.ticket}]
        if asked.ticket_begins:
            ways.append({"_id": {"$gte": asked.ticket_begins, "$lt": asked.ticket_begins + LAST}})
        found = self._store.tickets.find({"$or": ways}, {"identity": 1}).sort("_id", 1).limit(_TICKETS)
        tickets: dict[str, str] = {}
        async for document in found.max_time_ms(MOST_MILLISECONDS):
            if document.get("identity"):
                tickets.setdefault(document["identity"], document["_id"])
        return tickets

    async def identities(self, hashes: Iterable[str]) -> dict[str, Document]:
        """What is known of these identities."""
        found = self._store.identities.find({"_id": {"$in": list(hashes)}})
        return {document["_id"]: document async for document in found.max_time_ms(MOST_MILLISECONDS)}

    async def entries(self, events: Iterable[str]) -> dict[str, Document]:
        """The contents of these events, those that are on the timeline already."""
        wanted = list(events)
        if not wanted:
            return {}
        found = self._store.timeline.find({"_id": {"$in": wanted}}, {"content": 1})
        return {document["_id"]: document["content"] async for document in found.max_time_ms(MOST_MILLISECONDS)}

    async def said_between(self, asked: Question, identities: Collection[str], mark: Mark) -> set[str]:
        """Those of the identities who said it between the first find of messages and the mark, both included."""
        if mark.first is None:
            return set()
        (until, last), (since, first) = _moment(mark.first), _moment((mark.key, mark.id))
        matching = {
            "identity": {"$in": list(identities)},
            "at": {"$gte": since, "$lte": until},
            "$and": [
                *({"words": {"$in": list(word)}} for word in _spoken(asked)),
                {"$or": [{"at": {"$gt": since}}, {"_id": {"$gte": first}}]},
                {"$or": [{"at": {"$lt": until}}, {"_id": {"$lte": last}}]},
            ],
        }
        found = await self._store.words.aggregate(
            [{"$match": matching}, {"$group": {"_id": "$identity"}}], maxTimeMS=MOST_MILLISECONDS
        )
        return {document["_id"] async for document in found}

    async def _identities(self, asked: Question, way: Way, mark: Mark, count: int) -> Batch:
        found: list[Candidate] = []
        stretches = list(_stretches(asked, way, mark))
        looks = (self._look(self._store.identities, FOUND_BY, stretch, count, _KEYS) for stretch in stretches)
        for stretch, (documents, last) in zip(stretches, await asyncio.gather(*looks), strict=True):
            for document in documents:
                find = asked.find(document["kind"], document["found_by"])
                if find and find.way is way and (find.key, document["_id"]) > (mark.key, mark.id):
                    identity = document["_id"]
                    found.append(Candidate(way=way, key=find.key, id=identity, identity=identity))
            if last is not None:
                return Batch(found=found, last=stretch.place(last))
        return Batch(found=found)

    async def _said(self, asked: Question, mark: Mark, count: int, shown: Collection[str]) -> Batch:
        words = _spoken(asked)
        if not words:
            return Batch()
        rarest = await self._rarest(words)
        matching: Filter = {"words": {"$in": list(rarest)}}
        if mark.key:
            at, message = _moment((mark.key, mark.id))
            matching |= {"at": {"$lte": at}, "$or": [{"at": {"$lt": at}}, {"_id": {"$lt": message}}]}
        others: Filter = {"$and": [{"words": {"$in": list(word)}} for word in words if word != rarest]}
        wanted = (others if len(words) > 1 else {}) | ({"identity": {"$nin": list(shown)}} if shown else {})
        stretch = _Stretch(matching=matching, wanted=wanted, sort={"at": -1, "_id": -1})
        shape = {"identity": 1, "at": 1, "event": 1, "entry": 1}
        documents, last = await self._look(self._store.words, WORDS, stretch, count, shape)
        found = [_message(document) for document in documents]
        return Batch(found=found, last=None if last is None else _message(last).place)

    async def _rarest(self, words: Sequence[Word]) -> Word:
        if len(words) == 1:
            return words[0]
        counts = await asyncio.gather(*(self._count(word) for word in words))
        return min(zip(counts, words, strict=True))[1]

    async def _count(self, word: Word) -> int:
        matching = {"words": {"$in": list(word)}}
        return await self._store.words.count_documents(
            matching, limit=_COUNTED, hint=WORDS, maxTimeMS=MOST_MILLISECONDS
        )

    async def _look(
        self, where: AsyncCollection[Document], index: str, stretch: _Stretch, count: int, shape: dict[str, int]
    ) -> tuple[list[Document], Document | None]:
        """What is wanted of a stretch, `count` at most, and what was looked at last; None if that was its end."""
        lying: list[Filter] = [{"$match": stretch.matching}]
        if stretch.sort:
            lying.append({"$sort": stretch.sort})
        picking: list[Filter] = [{"$limit": MOST_LOOKED_AT}]
        if stretch.wanted:
            picking.append({"$match": stretch.wanted})
        chosen = [*lying, *picking, {"$limit": count}, {"$project": shape}]
        far = [*lying, {"$skip": MOST_LOOKED_AT - 1}, {"$limit": 1}, {"$project": shape}]
        found, beyond = await asyncio.gather(
            self._read(where, index, chosen), self._read(where, index, far if stretch.wanted else None)
        )
        return found, found[-1] if len(found) == count else next(iter(beyond), None)

    async def _read(
        self, where: AsyncCollection[Document], index: str, pipeline: list[Filter] | None
    ) -> list[Document]:
        if pipeline is None:
            return []
        return await (await where.aggregate(pipeline, hint=index, maxTimeMS=MOST_MILLISECONDS)).to_list()


def _stretches(asked: Question, way: Way, mark: Mark) -> Iterable[_Stretch]:
    """The parts of the index of identities that a way goes through beyond the mark, in their order."""
    wanted = _of_kind(asked)
    if way in (Way.EXACT, Way.NAME):
        yield from _whole(asked, way, mark, wanted)
        return
    if way is Way.NAME_BEGINNING and asked.words:
        others = [word for word in asked.words if word != asked.lead]
        if others:
            wanted |= {"$and": [{"$or": [{"names.words": _begins(one)} for one in word]} for word in others]}
    for prefix in lead_prefixes(asked, way):
        high = prefix + LAST
        if mark.key < prefix:
            yield _Stretch(matching={"found_by": _between(prefix, high)}, wanted=wanted, sort={}, low=prefix, high=high)
        elif mark.key < high:
            same = {"found_by": mark.key, "_id": {"$gt": mark.id}}
            yield _Stretch(matching=same, wanted=wanted, sort={"_id": 1}, low=mark.key, high=mark.key + "\0")
            after = mark.key + "\0"
            yield _Stretch(matching={"found_by": _between(after, high)}, wanted=wanted, sort={}, low=after, high=high)


def _whole(asked: Question, way: Way, mark: Mark, wanted: Filter) -> Iterable[_Stretch]:
    """For whole addresses and words: the keys are the same, and what has them comes by its id."""
    if way is Way.EXACT:
        keys: Sequence[str] = asked.exact
    elif asked.words:
        keys = [NAMED + spelling for spelling in asked.lead]
        others = [word for word in asked.words if word != asked.lead]
        if others:
            wanted = wanted | {"$and": [{"names.words": {"$in": list(word)}} for word in others]}
    else:
        keys = ()
    if keys:
        matching = {"found_by": {"$in": list(keys)}, "_id": {"$gt": mark.id}}
        yield _Stretch(matching=matching, wanted=wanted, sort={"_id": 1})


def _of_kind(asked: Question) -> Filter:
    return {} if asked.kind is None else {"kind": asked.kind}


def _between(low: str, high: str) -> Filter:
    return {"$elemMatch": {"$gte": low, "$lt": high}}


def _begins(prefix: str) -> Filter:
    return _between(prefix, prefix + LAST)


def _spoken(asked: Question) -> list[Word]:
    """The words that a message may be found by: single letters are not kept of messages."""
    return [word for word in asked.words if len(word[0]) > 1]


def _message(document: Document) -> Candidate:
    milliseconds = (document["at"] - _EPOCH) // _MILLISECOND
    return Candidate(
        way=Way.SAID,
        key=str(milliseconds),
        id=document["_id"].hex(),
        identity=document["identity"],
        event=document["event"],
        entry=document.get("entry"),
    )


def _moment(place: tuple[str, str]) -> tuple[datetime, bytes]:
    """The time and id of a message by its place; WrongCursor if it is none."""
    try:
        return _EPOCH + int(place[0]) * _MILLISECOND, bytes.fromhex(place[1])
    except (ValueError, OverflowError) as error:
        raise WrongCursor from error
