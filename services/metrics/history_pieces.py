"""The figures of intervals of the past: pieces of quarters, of which whole days are kept once they were asked for.

history_days  {_id: "dimension first last", revision, values: [{value, revision, sums, bins, longest}]}
              the quarters from `first` to before `last`, a day of some time zone; revision: how often all of them
              together were summed (summed_quarters), so that a day in which one was summed anew is added up again

A day is added up from 96 quarters for each key, so who asks for some months again waits a fiftieth of the time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import gcd
from typing import Any

from pymongo import ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.domain.dimensions import Dimension
from services.metrics.domain.intervals import Piece
from services.metrics.history import A_DAY, History, Valued
from services.metrics.summing import figures_document, figures_in
from shared.mongo import Document

_MOST_VALUES = 5_000
"""A day of more of them is not kept: MongoDB's documents have a greatest size."""

_AT_ONCE = 7

_A_SHORT_DAY = A_DAY - 8
"""A day on which clocks are put forward, by two hours at most."""


class HistoryPieces:
    """Reads a generation's history. Where only one value is asked for, nothing is kept."""

    def __init__(self, database: AsyncDatabase[Document], history: History) -> None:
        self._history = history
        self._summed = database["summed_quarters"]
        self._days = database["history_days"]

    async def read(self, dimension: Dimension, cut: Sequence[Piece], value: str | None = None) -> dict[Piece, Valued]:
        """The figures of each piece in which something happened. cut: in order, one behind the other."""
        if not cut:
            return {}
        if cut[-1][1] - cut[-1][0] < _A_SHORT_DAY:
            return await self._history.read(dimension, cut, value)
        summed = await self._summings(cut)
        found = await self._kept(dimension, summed, value)
        for run in _runs([piece for piece in cut if piece not in found]):
            found |= await self._history.read(dimension, run, value)
            if value is None:
                await self._keep(dimension, {piece: found.get(piece, {}) for piece in run if piece in summed}, summed)
        return found

    async def _summings(self, cut: Sequence[Piece]) -> dict[Piece, int]:
        """How often the quarters of each piece were summed, of pieces in which any was."""
        first, last = cut[0][0], cut[-1][1]
        # Of days that is one of them, or an hour where clocks are changed.
        step = gcd(*(until - since for since, until in cut))
        begins = {"$subtract": ["$_id", {"$mod": [{"$subtract": ["$_id", first]}, step]}]}
        found = await self._summed.aggregate(
            [
                {"$match": {"_id": {"$gte": first, "$lt": last}}},
                {"$group": {"_id": begins, "revision": {"$sum": "$revision"}}},
            ]
        )
        revisions = {one["_id"]: one["revision"] async for one in found}
        summed = {piece: sum(revisions.get(at, 0) for at in range(*piece, step)) for piece in cut}
        return {piece: revision for piece, revision in summed.items() if revision}

    async def _kept(self, dimension: Dimension, summed: Mapping[Piece, int], value: str | None) -> dict[Piece, Valued]:
        names = {f"{dimension} {first} {last}": (first, last) for first, last in summed}
        stages: list[dict[str, Any]] = [{"$match": {"_id": {"$in": list(names)}}}]
        if value is not None:
            of_it = {"input": "$values", "cond": {"$eq": ["$$this.value", {"$literal": value}]}}
            stages.append({"$project": {"revision": 1, "values": {"$filter": of_it}}})
        found: dict[Piece, Valued] = {}
        async for document in await self._days.aggregate(stages):
            piece = names[document["_id"]]
            if document["revision"] == summed[piece]:
                found[piece] = {one["value"]: (one["revision"], figures_in(one)) for one in document["values"]}
        return found

    async def _keep(self, dimension: Dimension, told: Mapping[Piece, Valued], revisions: Mapping[Piece, int]) -> None:
        """revisions: from before the quarters were read; if one was summed since, the day is added up once more."""
        writes: list[ReplaceOne[Document]] = []
        for piece, values in told.items():
            if len(values) <= _MOST_VALUES:
                shown = [
                    figures_document(figures) | {"value": value, "revision": own}
                    for value, (own, figures) in values.items()
                ]
                document = {"revision": revisions[piece], "values": shown}
                writes.append(ReplaceOne({"_id": f"{dimension} {piece[0]} {piece[1]}"}, document, upsert=True))
        if writes:
            await self._days.bulk_write(writes, ordered=False)


def _runs(missing: Iterable[Piece]) -> Iterator[list[Piece]]:
    """A few that follow each other at a time: the days of UTC that two of them share are read once."""
    run: list[Piece] = []
    for piece in missing:
        if run and (run[-1][1] != piece[0] or len(run) == _AT_ONCE):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run
