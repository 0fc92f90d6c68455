"""Figures of windows longer than an hour: kept quarters of an hour, and rows where none is kept or one has changed.

    (begin, end] = rows │ quarter │ quarter │ rows: it changed │ quarter │ … │ rows: not over
                         └─ summed_quarters says which revision is kept; changed_quarters which are to be summed anew

All of it is read at one point in time (a snapshot), so a late event counts at once and once. Quarters are remembered,
and read again when they were summed anew.
"""

import asyncio
from collections import OrderedDict

from pymongo import DESCENDING, AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.domain.dimensions import DIMENSIONS, Dimension, Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_between
from services.metrics.domain.quarters import SECONDS
from services.metrics.domain.stretches import Stretch, quarters_within, rest
from services.metrics.domain.windows import MICROSECONDS
from services.metrics.history import A_DAY
from services.metrics.quarter_rows import rows_of
from services.metrics.return_rows import quarters_followed
from services.metrics.summing import figures_in
from shared.mongo import Document

Groups = dict[Key, Figures]
Kept = dict[int, int]
"""Quarters whose figures are kept, with how often each was summed."""

_TOTALS = 8
"""Sums of quarters that are remembered for each dimension: a few windows and time zones."""
_LONGEST_DAY = 101
"""Quarters of a day of 25 hours, and the one that goes on."""


class LongWindows:
    """The figures of windows of up to a day, of one generation."""

    def __init__(self, client: AsyncMongoClient[Document], database: AsyncDatabase[Document]) -> None:
        self._client = client
        self._database = database
        self._lock = asyncio.Lock()
        self._quarters = {dimension: _Quarters(database, dimension) for dimension in DIMENSIONS}
        self._told: dict[tuple[Stretch, Dimension], Groups] = {}
        self._edge: tuple[int, int, list[Row]] | None = None

    def forget(self) -> None:
        """Makes the next question read again."""
        self._told.clear()

    async def groups(self, whole: Stretch, dimensions: tuple[Dimension, ...]) -> Groups:
        """The figures by these dimensions. Each window is read once a second at most."""
        found: Groups = {}
        async with self._lock:
            self._told = {asked: told for asked, told in self._told.items() if asked[0][1] >= whole[1]}
            for dimension in dimensions:
                asked = whole, dimension
                if asked not in self._told:
                    self._told[asked] = await self._read(whole, dimension)
                found |= self._told[asked]
        return found

    async def _read(self, whole: Stretch, dimension: Dimension) -> Groups:
        async with self._client.start_session(snapshot=True) as session:
            unchanged = await self._unchanged(whole, session)
            within = quarters_within(whole)
            kept = {quarter: revision for quarter, revision in unchanged.items() if quarter in within}
            groups = await self._quarters[dimension].total(kept, session)
            parts = list(rest(whole, kept.keys()))
            counted: list[tuple[list[Stretch], list[Row]]] = []
            if (edge := whole[0] // SECONDS) in unchanged and edge not in kept and len(_touched(parts[:1])) == 1:
                counted.append((parts[:1], await self._rows_of_edge(edge, unchanged[edge], session)))
                parts = parts[1:]
            counted.append((parts, await self._rows(parts, session)))
        for stretches, rows in counted:
            for begin, end in stretches:
                further = figures_between(begin * MICROSECONDS, end * MICROSECONDS, rows, (dimension,))
                for key, figures in further.items():
                    groups.setdefault(key, Figures()).add(figures)
        return groups

    async def _unchanged(self, whole: Stretch, session: AsyncClientSession) -> Kept:
        """The quarters that touch it and were summed, unless they changed since."""
        first, stop = whole[0] // SECONDS, -(-whole[1] // SECONDS)
        span = {"$gte": first, "$lt": stop}
        summed = self._database["summed_quarters"].find({"_id": span}, session=session)
        found = {document["_id"]: document["revision"] async for document in summed}
        changed = self._database["changed_quarters"]
        marks = [mark async for mark in changed.find({"_id.quarter": span}, session=session)]
        earlier = {"_id.quarter": {"$lt": first}}
        furthest = await changed.find_one(earlier, sort=[("until", DESCENDING)], session=session)
        for mark in [*marks, furthest] if furthest else marks:
            quarter = mark["_id"]["quarter"]
            for reached in range(max(quarter, first), min(mark.get("until", quarter) + 1, stop)):
                found.pop(reached, None)
        came = self._database["changed_openings"].find({"opened": {"$gt": whole[0] * MICROSECONDS}}, session=session)
        for followed in await quarters_followed(self._database, [one async for one in came], session):
            found.pop(followed.quarter, None)
        return found

    async def _rows(self, parts: list[Stretch], session: AsyncClientSession) -> list[Row]:
        return await rows_of(self._database, _touched(parts), session) if parts else []

    async def _rows_of_edge(self, quarter: int, revision: int, session: AsyncClientSession) -> list[Row]:
        """Of the quarter in which a rolling window begins: the same rows for a quarter of an hour."""
        if self._edge is None or self._edge[:2] != (quarter, revision):
            self._edge = quarter, revision, await rows_of(self._database, (quarter,), session)
        return self._edge[2]


def _touched(parts: list[Stretch]) -> set[int]:
    return {quarter for begin, end in parts for quarter in range(begin // SECONDS, -(-end // SECONDS))}


class _Quarters:
    """The kept figures of one dimension, close at hand."""

    def __init__(self, database: AsyncDatabase[Document], dimension: Dimension) -> None:
        self._history = database["history"]
        self._dimension = dimension
        self._known: dict[int, tuple[int, Groups]] = {}
        self._totals: OrderedDict[tuple[tuple[int, int], ...], Groups] = OrderedDict()

    async def total(self, kept: Kept, session: AsyncClientSession) -> Groups:
        """The sum over the quarters, for the caller to add to."""
        name = tuple(sorted(kept.items()))
        if name not in self._totals:
            await self._learn(kept, session)
            self._totals[name] = self._sum(kept)
            if len(self._totals) > _TOTALS:
                self._totals.popitem(last=False)
        self._totals.move_to_end(name)
        return {key: figures.copy() for key, figures in self._totals[name].items()}

    def _sum(self, kept: Kept) -> Groups:
        total: Groups = {}
        for quarter in kept:
            for key, figures in self._known[quarter][1].items():
                total.setdefault(key, Figures()).add(figures)
        return total

    async def _learn(self, kept: Kept, session: AsyncClientSession) -> None:
        """Reads the quarters that are not known as they were summed last, and lets go of those that are long over."""
        unknown = [quarter for quarter, revision in kept.items() if self._known.get(quarter, (0,))[0] != revision]
        learnt: dict[int, Groups] = {quarter: {} for quarter in unknown}
        days = {quarter // A_DAY for quarter in unknown}
        fields = {"day": 1, "value": 1} | {f"quarters.{quarter % A_DAY}": 1 for quarter in unknown}
        wanted = {"dimension": self._dimension, "day": {"$in": sorted(days)}}
        async for document in self._history.find(wanted, fields, session=session):
            for place, told in document["quarters"].items():
                quarter = document["day"] * A_DAY + int(place)
                if quarter in learnt:
                    learnt[quarter][self._dimension, document["value"]] = figures_in(told)
        self._known |= {quarter: (kept[quarter], groups) for quarter, groups in learnt.items()}
        oldest = max(self._known, default=0) - _LONGEST_DAY
        self._known = {quarter: known for quarter, known in self._known.items() if quarter > oldest or quarter in kept}
