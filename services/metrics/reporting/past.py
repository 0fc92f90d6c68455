"""Reading what a report is made of: the figures of a period as they are now, and as they stood when it was over.

A week of a hundred queues is a hundred thousand quarters of an hour, so they are added up as they stand in their
documents, a few documents at a time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pymongo import ASCENDING
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.domain.dimensions import Dimension, Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.intervals import Piece
from services.metrics.history import A_DAY, DOCUMENTS
from services.metrics.summing import Sum
from shared.mongo import Document

_BY: tuple[Dimension, ...] = ("all", "queue")


@dataclass(slots=True, kw_only=True)
class Course:
    """Figures of one key. pieces: of each interval, in order, without percentiles; total: of the period; first_told: of
    the period as it stood when it was over.
    """

    pieces: list[Figures] = field(default_factory=list)
    total: Figures = field(default_factory=Figures)
    first_told: Figures = field(default_factory=Figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """The figures of a quarter of an hour that were told otherwise before. before, after: as history keeps them."""

    quarter: int
    key: Key
    revision: int
    at: datetime
    before: Document
    after: Document
    causes: tuple[str, ...]


class _Adding:
    """What a key's figures come to while they are read. before: by quarter, what was told first."""

    def __init__(self, pieces: int, before: Mapping[int, Document]) -> None:
        self._pieces = [Sum() for _ in range(pieces)]
        self._total, self._first_told = Sum(), Sum()
        self._before = before

    def add(self, quarter: int, piece: int, told: Document) -> None:
        self._pieces[piece].add_sums(told["sums"])
        self._total.add_spread(told)
        if self._before:
            self._first_told.add(self._before.get(quarter, told))

    def course(self) -> Course:
        for piece in self._pieces:
            self._total.add_sums(piece.sums)
        total = self._total.figures()
        return Course(
            pieces=[one.figures() for one in self._pieces],
            total=total,
            first_told=self._first_told.figures() if self._before else total,
        )


class Past:
    """Reads a generation's history for everything and for each queue."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._history = database["history"]
        self._restatements = database["restatements"]

    async def courses(self, cut: Sequence[Piece], restated: Sequence[Restated] = ()) -> dict[Key, Course]:
        """The figures of the intervals, by what they are of. restated: what became known after the period."""
        before: defaultdict[Key, dict[int, Document]] = defaultdict(dict)
        for one in restated:
            before[one.key].setdefault(one.quarter, one.before)
        found: dict[Key, _Adding] = {("all", ""): _Adding(len(cut), before["all", ""])}
        first, last = cut[0][0], cut[-1][1]
        starts = [piece[0] for piece in cut]
        days = {"$gte": first // A_DAY, "$lte": (last - 1) // A_DAY}
        async for document in self._history.find({"dimension": {"$in": _BY}, "day": days}).batch_size(DOCUMENTS):
            key: Key = (document["dimension"], document["value"])
            for place, told in document["quarters"].items():
                quarter = document["day"] * A_DAY + int(place)
                if first <= quarter < last:
                    adding = found.get(key) or found.setdefault(key, _Adding(len(cut), before[key]))
                    adding.add(quarter, bisect_right(starts, quarter) - 1, told)
        return {key: adding.course() for key, adding in found.items()}

    async def restated(self, cut: Sequence[Piece], since: datetime) -> list[Restated]:
        """What was told otherwise before and became known after `since`, in that order."""
        wanted = {
            "dimension": {"$in": _BY},
            "quarter": {"$gte": cut[0][0], "$lt": cut[-1][1]},
            "at": {"$gt": since},
        }
        found = self._restatements.find(wanted).sort([("at", ASCENDING), ("revision", ASCENDING)])
        return [
            Restated(
                key=(document["dimension"], document["value"]),
                causes=tuple(document["causes"]),
                **{name: document[name] for name in ("quarter", "revision", "at", "before", "after")},
            )
            async for document in found
        ]
