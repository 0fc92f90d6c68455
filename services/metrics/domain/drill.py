"""From a figure back to what it is made of: which rows count in it, for which of its parts, and for how much.

A part is a count or sum that figures are calculated from, such as `answered` or `wait`. Which ones a definition speaks
of is found by asking it, so a definition that is added has its drill-down at once.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from services.metrics.domain.agents import STATUSES
from services.metrics.domain.contact import Contact
from services.metrics.domain.course import Course
from services.metrics.domain.definition import Definition
from services.metrics.domain.dimensions import ALL, Key, Row, keyed
from services.metrics.domain.figures import SPREAD, Figures
from services.metrics.domain.fold import Event
from services.metrics.domain.interaction import DIRECTIONS
from services.metrics.domain.kpis import Choice
from services.metrics.domain.presence import Presence
from services.metrics.domain.split import shares, split_keys

_SPENT = ("talk", "hold", "wrapup")
_HANDLED = frozenset(f"{part}_split" for part in _SPENT)
_STATUSES = frozenset(f"{status}_split" for status in STATUSES)
DURATIONS = SPREAD | {"abandoned_wait", *_SPENT} | _HANDLED | _STATUSES
"""The parts that are microseconds."""

MILLIONTHS = DURATIONS | {"rated"}
"""The parts that are microseconds, or millionths of the best score; all others are counts."""

NOT_LISTED = frozenset(f"interactions_{direction}" for direction in DIRECTIONS)
"""The parts of which there are numbers only."""


_JOINED = {
    "occupied_split": _HANDLED,
    "in_use_split": _HANDLED,
    "idle_split": frozenset({"available_split"}),
    "capacity_split": _HANDLED | {"available_split"},
}
"""What an agent's contacts and presences make only together, and the parts of each by which they are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a row adds to the parts of a figure. first: the earliest moment at which it does."""

    first: int
    parts: dict[str, int]


class _Asked(dict[Any, Any]):
    """Sums of one each, which note what they are asked for."""

    def __init__(self, answer: object, names: set[str]) -> None:
        super().__init__()
        self._answer = answer
        self._names = names

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (what stands in a figure's sums, bins or longest)
        self._names.add(name)
        return self._answer

    def get(self, name: str, _default: object = None) -> Any:  # noqa: ANN401 (as above)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return True


@cache
def parts_of(definition: Definition) -> frozenset[str]:
    """The parts that the definition is calculated from."""
    names: set[str] = set()
    sums = cast("Counter[str]", _Asked(1, names))
    definition.of(Figures(sums=sums, bins=_Asked({0: 1}, names), longest=_Asked(1, names)))
    return frozenset(names)


def parts_of_all(choice: Choice, kpi: str | None) -> frozenset[str]:
    """The parts of a KPI by each definition that is asked for, or of all KPIs, as rows have them."""
    asked = (*choice.told, *choice.beside)
    found = frozenset[str]().union(*(parts_of(one) for one in asked if kpi in (None, one.kpi)))
    return frozenset[str]().union(*(_JOINED.get(part, {part}) for part in found))


def counted(row: Row, key: Key, parts: frozenset[str], begin: int, end: int) -> Counted | None:
    """What the row adds in (begin, end] to these parts of the key's figures; None if nothing. What goes on counts until
    `end`.
    """
    if isinstance(row, Presence):
        return _spent(row, key, parts, begin, end)
    found: Counter[str] = Counter()
    first = end
    for (name, moment, amount), keys in keyed(row):
        if begin < moment <= end and name in parts and key in keys:
            found[name] += amount
            first = min(first, moment)
    if isinstance(row, Contact) and key in split_keys(row):
        for name, amount in shares(row, begin, end):
            if name in parts:
                found[name] += amount
        spans = [span for span in row.running(end) if f"{span[0]}_split" in parts and begin < span[2] > span[1] < end]
        first = min([first, *(max(since, begin) + 1 for _, since, _ in spans)])
    return Counted(first=first, parts=dict(found)) if found else None


def _spent(row: Presence, key: Key, parts: frozenset[str], begin: int, end: int) -> Counted | None:
    name, since = f"{row.status}_split", max(begin, row.since)
    until = end if row.until is None else min(end, row.until)
    if name not in parts or since >= until or key not in (ALL, ("agent", row.agent), ("pool", row.pool)):
        return None
    return Counted(first=since + 1, parts={name: until - since})


def by_stay(ticket: str, events: Iterable[Event]) -> list[tuple[int | None, Event]]:
    """A ticket's events in the order they count, each with the stay in a queue that it belongs to, None before the
    first.
    """
    course = Course(id=ticket)
    found: list[tuple[int | None, Event]] = []
    for event in events:
        course.follow(event.data)
        found.append((course.contacts[-1].stay if course.contacts else None, event))
    return found
