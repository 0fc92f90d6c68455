"""What complaints add up to, so that figures of any time are made from kept sums and never from all complaints.

A count is a whole number that is added and taken away again, so sums never drift, whatever is corrected or revoked.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from services.routing.domain.complaint import Stage
from shared.contracts.tickets_complaints import Deadline

Milestone = Literal["acknowledged", "answered", "accepted"]
Key = tuple[str | None, str | None]
"""A cause and a remedy."""

Sums = dict[Key, Counter[str]]

_STEP = math.log(1.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What became of a complaint. acknowledged, answered: when it first was. ended: when it was accepted, revoked or
    moved. due: the deadlines that it has; late: those that were missed.
    """

    stage: Stage | Literal["accepted", "revoked", "moved"]
    received: datetime
    cause: str | None = None
    remedy: str | None = None
    acknowledged: datetime | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    reopened: int = 0
    due: frozenset[Deadline] = frozenset()
    late: frozenset[Deadline] = frozenset()


def counted(course: Course) -> Counter[str]:
    """What one complaint adds. Those that were none, and those that another pool has, count as nothing else."""
    if course.stage in ("revoked", "moved"):
        return Counter({course.stage: 1})
    return Counter(["received", *_counts(course)])


def summed(courses: Iterable[Course]) -> Sums:
    """What several add, by cause and remedy."""
    return added(((course.cause, course.remedy), counted(course)) for course in courses)


def added(sums: Iterable[tuple[Key, Mapping[str, int]]]) -> Sums:
    """Several sums as one."""
    total: Sums = {}
    for key, counts in sums:
        row = total.setdefault(key, Counter())
        for name, count in counts.items():
            row[name] += count
    return total


def after(milestone: Milestone) -> str:
    """What begins the names of the counts of how long it took to get there."""
    return f"{milestone}_after_"


def median_seconds(counts: Mapping[str, int], milestone: Milestone) -> float | None:
    """The median time to get there, within half a per cent; None if none did."""
    begins = after(milestone)
    bands = sorted((int(name.removeprefix(begins)), count) for name, count in counts.items() if name.startswith(begins))
    total = sum(count for _, count in bands)
    if not total:
        return None
    return (_at(bands, (total - 1) // 2) + _at(bands, total // 2)) / 2


def _counts(course: Course) -> Iterator[str]:
    if course.stage == "accepted":
        yield "accepted"
    if course.reopened:
        yield "reopened"
    for deadline in get_args(Deadline):
        if (how := _kept(course, deadline)) is not None:
            yield f"{deadline}_{how}"
    for milestone, reached in (
        ("acknowledged", course.acknowledged),
        ("answered", course.answered),
        ("accepted", course.ended),
    ):
        if reached is not None:
            yield f"{milestone}_after_{_band((reached - course.received).total_seconds())}"


def _kept(course: Course, deadline: Deadline) -> Literal["late", "in_time", "waiting"] | None:
    """Whether a deadline was kept; None if there is none."""
    if deadline in course.late:
        return "late"
    if deadline not in course.due:
        return None
    done = course.acknowledged if deadline == "acknowledge" else course.answered
    return "waiting" if done is None else "in_time"


def _band(seconds: float) -> int:
    """Bands of time, each one per cent longer than the one before; the first is a second."""
    return round(math.log(max(1.0, seconds)) / _STEP)


def _at(bands: list[tuple[int, int]], place: int) -> float:
    passed = 0
    for band, count in bands:
        passed += count
        if place < passed:
            return round(math.exp(band * _STEP), 3)
    raise AssertionError(f"there is no place {place} among {passed}")
