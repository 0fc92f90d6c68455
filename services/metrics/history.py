"""The figures of the past: quarters of an hour, summed from the rows when they are over, and again when rows change.

    changed_quarters ──► rows of the quarter ──► history, and a restatement of what was told otherwise before

history       {_id: "day dimension value", day, dimension, value, quarters: {"37": {revision, sums, bins, longest}}}
              a day is one of UTC, by number since 1970, and has 96 quarters
summed_quarters  {_id: quarter, revision}: how often a quarter was summed, so that readers see that it was summed anew
restatements  {_id: "quarter revision dimension value", quarter, dimension, value, revision, at, before, after, causes}

One process does it, and each quarter in one transaction, so whoever takes over goes on where it was.
"""

import asyncio
from collections.abc import Callable, Mapping
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
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import MICROSECONDS, moment_of, time_of
from services.metrics.quarter_rows import rows_of
from services.metrics.store import CAUSES
from shared.mongo import Document

log = structlog.get_logger()

A_DAY = 96
_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 5
"""So long after its end a quarter is summed first, as what happened last is just being told."""

_AT_ONCE = 100


class History:
    """Collections `history` and `restatements` of a generation."""

    def __init__(self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document]) -> None:
        self._client = client
        self._changed = database["changed_quarters"]
        self._database = database
        self._summed = database["summed_quarters"]
        self._history = database["history"]
        self._restatements = database["restatements"]
        self._marked: int | None = None

    async def prepare(self) -> None:
        """Creates the indexes that it is read by."""
        await self._history.create_index([("dimension", ASCENDING), ("day", ASCENDING), ("value", ASCENDING)])
        await self._restatements.create_index([("dimension", ASCENDING), ("quarter", ASCENDING)])
        await self._changed.create_index([("_id.quarter", ASCENDING)])

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
        """Sums some of the quarters that are over and changed; how many."""
        running = _running(now)
        await self._mark(running)
        query = {"_id.quarter": {"$lt": running}}
        found = [document async for document in self._changed.find(query).limit(_AT_ONCE)]
        quarters = sorted({document["_id"]["quarter"] for document in found})
        for quarter in quarters:
            async with self._client.start_session() as session, await session.start_transaction():
                await self._sum(quarter, now, session)
        return len(quarters)

    async def read(
        self, dimension: Dimension, first: int, last: int, value: str | None = None
    ) -> dict[int, dict[str, tuple[int, Figures]]]:
        """By quarter from `first` to before `last`, and by value of the dimension: its revision and figures."""
        wanted: dict[str, Any] = {"dimension": dimension, "day": {"$gte": first // A_DAY, "$lte": (last - 1) // A_DAY}}
        if value is not None:
            wanted["value"] = value
        found: dict[int, dict[str, tuple[int, Figures]]] = {}
        async for document in self._history.find(wanted):
            for place, told in document["quarters"].items():
                quarter = document["day"] * A_DAY + int(place)
                if first <= quarter < last:
                    found.setdefault(quarter, {})[document["value"]] = told["revision"], figures_in(told)
        return found

    async def complete_until(self, now: datetime) -> int:
        """The first quarter that is not summed yet, of those that are over, or the running one."""
        running = _running(now)
        first = await self._changed.find_one({"_id.quarter": {"$lt": running}}, sort=[("_id.quarter", ASCENDING)])
        return first["_id"]["quarter"] if first else running

    async def restated(self, dimension: Dimension, since: datetime, until: datetime, limit: int) -> list[Document]:
        """Restatements of quarters that begin within the time, the newest first, in the shape of the API."""
        first, last = quarter_of(moment_of(since) + 1), quarter_of(moment_of(until))
        wanted = {"dimension": dimension, "quarter": {"$gte": first, "$lte": last}}
        found = self._restatements.find(wanted).sort("at", DESCENDING).limit(limit)
        return [_shown(document) async for document in found]

    async def _mark(self, running: int) -> None:
        """Quarters that have ended are summed also if nothing happened in them: work that goes on counts in them."""
        for quarter in range(running - 1 if self._marked is None else self._marked, running):
            mark = {"quarter": quarter, "partition": -1}
            await self._changed.update_one({"_id": mark}, {"$setOnInsert": {"revision": 0}}, upsert=True)
        self._marked = running

    async def _sum(self, quarter: int, now: datetime, session: AsyncClientSession) -> None:
        changed = [one async for one in self._changed.find({"_id.quarter": quarter}, session=session)]
        groups = figures_of(quarter, await rows_of(self._database, (quarter,), session))
        before = await self._before(quarter, session)
        causes = [cause for one in changed for cause in one.get("causes", ())][:CAUSES]
        writes: list[UpdateOne] = []
        restated: list[InsertOne[Document]] = []
        for key in groups.keys() | before.keys():
            after, told = figures_document(groups.get(key) or Figures()), before.get(key)
            if told is not None and {**told, "revision": 0} == {**after, "revision": 0}:
                continue
            revision = after["revision"] = told["revision"] + 1 if told else 1
            writes.append(_write(quarter, key, after))
            if told:
                restated.append(_restatement(quarter, key, revision, told, after, now, causes))
        if writes:
            await self._history.bulk_write(writes, ordered=False, session=session)
        if restated:
            await self._restatements.bulk_write(restated, ordered=False, session=session)
        await self._summed.update_one({"_id": quarter}, {"$inc": {"revision": 1}}, upsert=True, session=session)
        await self._changed.delete_many({"_id": {"$in": [one["_id"] for one in changed]}}, session=session)

    async def _before(self, quarter: int, session: AsyncClientSession) -> dict[Key, Document]:
        place = f"quarters.{quarter % A_DAY}"
        query = {"day": quarter // A_DAY, place: {"$exists": True}}
        found: dict[Key, Document] = {}
        async for document in self._history.find(query, {"dimension": 1, "value": 1, place: 1}, session=session):
            found[document["dimension"], document["value"]] = document["quarters"][str(quarter % A_DAY)]
        return found


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


def figures_in(told: Mapping[str, Any]) -> Figures:
    """The figures that a quarter's part of a document holds."""
    figures = Figures(longest=dict(told["longest"]))
    figures.sums.update(told["sums"])
    figures.bins = {name: {int(number): count for number, count in bins.items()} for name, bins in told["bins"].items()}
    return figures


def figures_document(figures: Figures) -> Document:
    """How figures stand in a document."""
    return {
        "sums": {name: amount for name, amount in sorted(figures.sums.items()) if amount},
        "bins": {
            name: {str(number): bins[number] for number in sorted(bins)} for name, bins in sorted(figures.bins.items())
        },
        "longest": dict(sorted(figures.longest.items())),
    }


def _write(quarter: int, key: Key, told: Document) -> UpdateOne:
    day, (dimension, value) = quarter // A_DAY, key
    return UpdateOne(
        {"_id": f"{day} {dimension} {value}"},
        {
            "$set": {f"quarters.{quarter % A_DAY}": told},
            "$setOnInsert": {"day": day, "dimension": dimension, "value": value},
        },
        upsert=True,
    )


def _restatement(
    quarter: int, key: Key, revision: int, before: Document, after: Document, now: datetime, causes: list[str]
) -> InsertOne[Document]:
    return InsertOne(
        {
            "_id": f"{quarter} {revision} {key[0]} {key[1]}",
            "quarter": quarter,
            "dimension": key[0],
            "value": key[1],
            "revision": revision,
            "at": now,
            "before": before,
            "after": after,
            "causes": causes,
        }
    )
