"""The figures of the past: quarters of an hour, summed from the rows when they are over, and again when rows change.

    changed_quarters ──► rows of the quarter ──► history, and a restatement of what was told otherwise before
           ▲                        └──► the next one that the change reaches ──┐
           └────────────────────────────────────────────────────────────────────┘

history       {_id: "day dimension value", day, dimension, value, quarters: {"37": {revision, sums, bins, longest}}}
              a day is one of UTC, by number since 1970, and has 96 quarters
summed_quarters  {_id: quarter, revision}: how often a quarter was summed, so that readers see that it was summed anew
restatements  {_id: "quarter revision dimension value", quarter, dimension, value, revision, at, before, after, causes}

One process does it, and a few quarters in each transaction, so whoever takes over goes on where it was.
"""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from pymongo import ASCENDING, DESCENDING, AsyncMongoClient, InsertOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from services.metrics.domain.dimensions import Dimension, Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.intervals import Piece
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.runs import Mark, rows_by_quarter, run_of
from services.metrics.domain.split import lasts_beyond
from services.metrics.domain.windows import MICROSECONDS, moment_of, time_of
from services.metrics.marks import CAUSES, mark
from services.metrics.quarter_rows import rows_of
from services.metrics.return_rows import quarters_followed
from services.metrics.summing import Sum, figures_document, figures_in
from shared.breath import Breath
from shared.mongo import Document

log = structlog.get_logger()

A_DAY = 96
_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 5
"""So long after its end a quarter is summed first, as what happened last is just being told."""

_AT_ONCE = 100
DOCUMENTS = 8
"""So many are decoded at once, since nobody else is answered meanwhile."""
_FEW = 2_000
"""So many rows are few enough for more quarters to be summed together."""

Told = dict[Key, Document]
"""What is told of a quarter."""

Valued = dict[str, tuple[int, Figures]]
"""By value of a dimension: the revision, and the figures."""

_PASSED_ON = -1
"""Stands for the partition in marks that the summing itself makes."""

_NOTHING: Document = {"revision": 1, "sums": {}, "bins": {}, "longest": {}}
"""What was told of a key that nothing was booked for."""


class History:
    """Collections `history` and `restatements` of a generation."""

    def __init__(self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document]) -> None:
        self._client = client
        self._changed = database["changed_quarters"]
        self._database = database
        self._openings = database["changed_openings"]
        self._summed = database["summed_quarters"]
        self._history = database["history"]
        self._restatements = database["restatements"]
        self._marked: int | None = None

    async def prepare(self) -> None:
        """Creates the indexes that it is read by."""
        await self._history.create_index([("dimension", ASCENDING), ("day", ASCENDING), ("value", ASCENDING)])
        await self._restatements.create_index([("dimension", ASCENDING), ("quarter", ASCENDING)])
        await self._changed.create_index([("_id.quarter", ASCENDING)])
        await self._changed.create_index([("until", ASCENDING), ("_id.quarter", ASCENDING)])

    async def keep(self, is_mine: Callable[[], bool], clock: Callable[[], datetime]) -> None:
        """Sums what is over and changed, for ever; a server that does not answer is asked again."""
        while True:
            done = 0
            try:
                if is_mine():
                    done = await self.catch_up(clock())
            except PyMongoError as error:
                log.warning("history_waits", reason=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(0 if done else _LOOK_SECONDS)

    async def catch_up(self, now: datetime) -> int:
        """Sums some of the quarters that are over and changed; 0 once there is nothing to do. They are taken in runs,
        the first of one, the next of more where little happened, and of fewer where much did.
        """
        running, done, width = _running(now), 0, 1
        await self._mark(running)
        followed = 0
        while some := await self._follow_openings():
            followed += some
            if some < _AT_ONCE:
                break
        while done < _AT_ONCE and (span := await self._next(running, width)):
            async with self._client.start_session() as session, await session.start_transaction():
                rows = await self._sum(span, running, now, session)
            done, width = done + 1, min(2 * width, A_DAY) if rows < _FEW else max(1, width // 4)
        return followed + done

    async def read(self, dimension: Dimension, cut: Sequence[Piece], value: str | None = None) -> dict[Piece, Valued]:
        """What each piece comes to, where anything was told of it. cut: in order, one behind the other."""
        first, last = cut[0][0], cut[-1][1]
        wanted: dict[str, Any] = {"dimension": dimension, "day": {"$gte": first // A_DAY, "$lte": (last - 1) // A_DAY}}
        if value is not None:
            wanted["value"] = value
        starts = [begin for begin, _ in cut]
        found: defaultdict[Piece, defaultdict[str, Sum]] = defaultdict(lambda: defaultdict(Sum))
        breath = Breath()
        async for document in self._history.find(wanted).batch_size(DOCUMENTS):
            for place, told in document["quarters"].items():
                quarter = document["day"] * A_DAY + int(place)
                if first <= quarter < last:
                    found[cut[bisect_right(starts, quarter) - 1]][document["value"]].add(told)
            await breath.take()
        return {
            piece: {value: (added.revision, added.figures()) for value, added in values.items()}
            for piece, values in found.items()
        }

    async def complete_until(self, now: datetime) -> int:
        """The first quarter that is not summed yet, of those that are over, or the running one."""
        running = _running(now)
        first = await self._first_changed(running)
        return running if first is None else first

    async def restated(self, dimension: Dimension, since: datetime, until: datetime, limit: int) -> list[Document]:
        """Restatements of quarters that begin within the time, the newest first, in the shape of the API."""
        first, last = quarter_of(moment_of(since) + 1), quarter_of(moment_of(until))
        wanted = {"dimension": dimension, "quarter": {"$gte": first, "$lte": last}}
        found = self._restatements.find(wanted).sort("at", DESCENDING).limit(limit)
        return [_shown(document) async for document in found]

    async def _next(self, running: int, width: int) -> range | None:
        """What is to be summed next: a quarter in which something has just become known; if there is none, up to
        `width` quarters that an earlier change reaches. So while a log is read, what each batch of it reaches waits.
        """
        fresh = await self._first_changed(running, {"_id.partition": {"$ne": _PASSED_ON}})
        if fresh is not None:
            return range(fresh, fresh + 1)
        first = await self._first_changed(running)
        return None if first is None else range(first, min(running, first + width, (first // A_DAY + 1) * A_DAY))

    async def _first_changed(self, running: int, further: Document | None = None) -> int | None:
        query = {"_id.quarter": {"$lt": running}, **(further or {})}
        first = await self._changed.find_one(query, sort=[("_id.quarter", ASCENDING)])
        return first["_id"]["quarter"] if first else None

    async def _mark(self, running: int) -> None:
        """Quarters that have ended are summed also if nothing happened in them: work that goes on counts in them."""
        if self._marked is None:
            newest = await self._summed.find_one(sort=[("_id", DESCENDING)])
            self._marked = min(newest["_id"] + 1 if newest else running, running - 1)
        marks = [_mark_of(quarter, quarter) for quarter in range(self._marked, running)]
        if marks:
            await self._changed.bulk_write(marks, ordered=False)
        self._marked = running

    async def _follow_openings(self) -> int:
        """Marks the quarters of tickets that count otherwise by what was opened after them; how much was looked at."""
        async with self._client.start_session() as session, await session.start_transaction():
            openings = [one async for one in self._openings.find(session=session).limit(_AT_ONCE)]
            marks = await quarters_followed(self._database, openings, session)
            if marks:
                writes = [_mark_of(mark.quarter, mark.until, mark.causes) for mark in marks]
                await self._changed.bulk_write(writes, session=session)
            await self._openings.delete_many({"_id": {"$in": [one["_id"] for one in openings]}}, session=session)
        return len(openings)

    async def _sum(self, span: range, running: int, now: datetime, session: AsyncClientSession) -> int:
        """Sums the quarters of the span that changed, from its first one on without a gap; how many rows that took."""
        changed = {"_id.quarter": {"$gte": span.start, "$lt": span.stop}}
        marks = [one async for one in self._changed.find(changed, session=session)]
        run = run_of(map(_mark_in, marks), span.stop)
        rows = await rows_of(self._database, run.quarters, session)
        known = await self._known(run.quarters, session)
        writes: defaultdict[Key, Document] = defaultdict(dict)
        restated: list[InsertOne[Document]] = []
        for quarter, counting in rows_by_quarter(run.quarters, rows).items():
            causes = run.causes_of(quarter)[:CAUSES]
            for key, before, after in _differing(figures_of(quarter, counting), known.get(quarter)):
                writes[key][f"quarters.{quarter % A_DAY}"] = after
                if before is not None:
                    restated.append(_restatement(quarter, key, before, after, now, causes))
        if writes:
            day = span.start // A_DAY
            updates = [_write(day, key, fields) for key, fields in writes.items()]
            await self._history.bulk_write(updates, ordered=False, session=session)
        if restated:
            await self._restatements.bulk_write(restated, ordered=False, session=session)
        if beyond := run.beyond():
            goes_on = beyond.quarter < running and any(lasts_beyond(row, begins(beyond.quarter)) for row in rows)
            following = beyond.quarter if goes_on else await self._summed_from(beyond.quarter, session)
            if following is not None and following <= beyond.until:
                await self._changed.bulk_write([_mark_of(following, beyond.until, beyond.causes)], session=session)
        once_more = [UpdateOne({"_id": quarter}, {"$inc": {"revision": 1}}, upsert=True) for quarter in run.quarters]
        await self._summed.bulk_write(once_more, ordered=False, session=session)
        done = [one["_id"] for one in marks if one["_id"]["quarter"] in run.quarters]
        await self._changed.delete_many({"_id": {"$in": done}}, session=session)
        return len(rows)

    async def _summed_from(self, quarter: int, session: AsyncClientSession) -> int | None:
        """The next quarter that was summed before."""
        later = {"_id": {"$gte": quarter}}
        summed = await self._summed.find_one(later, sort=[("_id", ASCENDING)], session=session)
        return summed["_id"] if summed else None

    async def _known(self, quarters: range, session: AsyncClientSession) -> dict[int, Told]:
        """What is told of quarters of one day, of those that were summed before."""
        day = quarters.start // A_DAY
        summed = self._summed.find({"_id": {"$gte": quarters.start, "$lt": quarters.stop}}, session=session)
        found: dict[int, Told] = {one["_id"]: {} async for one in summed}
        fields = {"dimension": 1, "value": 1} | {f"quarters.{quarter % A_DAY}": 1 for quarter in quarters}
        async for document in self._history.find({"day": day}, fields, session=session):
            key = document["dimension"], document["value"]
            for place, told in document["quarters"].items():
                found.setdefault(day * A_DAY + int(place), {})[key] = told
        return found


def _differing(groups: Mapping[Key, Figures], known: Told | None) -> Iterator[tuple[Key, Document | None, Document]]:
    """What is to be told of a quarter otherwise, or for the first time: what was told before, if anything, and what is
    told now. Where a quarter was summed before, what had no figures in it was told, too: there was nothing.
    """
    for key in groups.keys() | (known or {}).keys():
        before = None if known is None else known.get(key, _NOTHING)
        after = figures_document(groups.get(key) or Figures())
        if before is None or before != after | {"revision": before["revision"]}:
            yield key, before, after | {"revision": before["revision"] + 1 if before else 1}


def _mark_in(document: Mapping[str, Any]) -> Mark:
    quarter = document["_id"]["quarter"]
    return Mark(quarter=quarter, until=document.get("until", quarter), causes=document.get("causes", ()))


def _mark_of(quarter: int, until: int, causes: Sequence[str] = ()) -> UpdateOne:
    """Has the quarter summed anew, and then those after it up to `until`, whatever partitions have marked."""
    return mark(quarter, _PASSED_ON, until, causes)


def _running(now: datetime) -> int:
    return quarter_of(moment_of(now) - _GRACE_SECONDS * MICROSECONDS)


def _shown(document: Document) -> Document:
    value, quarter, usual = document["value"], document["quarter"], Choice.of()
    return {
        "since": time_of(begins(quarter)),
        "until": time_of(begins(quarter + 1)),
        "key": {document["dimension"]: value} if value else {},
        "revision": document["revision"],
        "at": document["at"],
        "before": usual.measure(figures_in(document["before"])),
        "after": usual.measure(figures_in(document["after"])),
        "causes": document["causes"],
    }


def _write(day: int, key: Key, fields: Document) -> UpdateOne:
    dimension, value = key
    return UpdateOne(
        {"_id": f"{day} {dimension} {value}"},
        {"$set": fields, "$setOnInsert": {"day": day, "dimension": dimension, "value": value}},
        upsert=True,
    )


def _restatement(
    quarter: int, key: Key, before: Document, after: Document, now: datetime, causes: list[str]
) -> InsertOne[Document]:
    return InsertOne(
        {
            "_id": f"{quarter} {after['revision']} {key[0]} {key[1]}",
            "quarter": quarter,
            "dimension": key[0],
            "value": key[1],
            "revision": after["revision"],
            "at": now,
            "before": before,
            "after": after,
            "causes": causes,
        }
    )
