"""How presences stand in MongoDB documents, and how those of a time are found."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

from services.metrics.domain.ordering import Place
from services.metrics.domain.presence import Presence
from services.metrics.domain.quarters import SECONDS
from services.metrics.domain.windows import MICROSECONDS
from shared.mongo import Document

_PRESENCE = [field.name for field in fields(Presence) if field.name != "place"]
_of_presence = attrgetter(*_PRESENCE)

_LENGTH = SECONDS * MICROSECONDS
_SIZES: tuple[int, ...] = tuple(1 << 2 * power for power in range(12))
"""In quarters of an hour: the longest is a century."""

_MOST_GAPS = 3


def place_id(place: Place) -> str:
    """The `_id` of the event there, and of what it begins."""
    return " ".join(map(str, place))


def presence_document(presence: Presence) -> Document:
    """The presence's own fields, and what it is found by."""
    return {
        **dict(zip(_PRESENCE, _of_presence(presence), strict=True)),
        "place": list(presence.place),
        "size": None if presence.until is None else _size(presence.until - presence.since),
    }


def presence_of(document: Mapping[str, Any]) -> Presence:
    """The presence that a document holds."""
    stream, sequence, number = document["place"]
    return Presence(place=(stream, sequence, number), **{name: document[name] for name in _PRESENCE})


def within(begin: int, end: int) -> Document:
    """The query for presences that are so at some time in (begin, end], in microseconds since 1970.

    One that is no longer than a size began no longer than that before `begin`, so a few pieces of an index are read,
    however long the history and however long anybody stays in a status.
    """
    lasting: Document = {"size": None, "since": {"$lt": end}}
    over = [
        {"size": size, "since": {"$gt": begin - size * _LENGTH, "$lt": end}, "until": {"$gt": begin}} for size in _SIZES
    ]
    return {"$or": [lasting, *over]}


def within_any(quarters: Collection[int]) -> Document:
    """The query for presences in quarters of an hour; those between them, too, where there are many."""
    ordered = sorted(quarters)
    gaps = [place for place in range(1, len(ordered)) if ordered[place] > ordered[place - 1] + 1]
    if len(gaps) > _MOST_GAPS:
        gaps = []
    starts, stops = [0, *gaps], [*gaps, len(ordered)]
    return {
        "$or": [
            within(ordered[start] * _LENGTH, (ordered[stop - 1] + 1) * _LENGTH)
            for start, stop in zip(starts, stops, strict=True)
        ]
    }


def _size(length: int) -> int:
    return next((size for size in _SIZES if length <= size * _LENGTH), _SIZES[-1])
