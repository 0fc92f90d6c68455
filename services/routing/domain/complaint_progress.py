"""How a pool gets on with complaints, in figures. Times are elapsed, not business, time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal, get_args

from services.routing.domain.complaint import Stage
from shared.contracts.tickets_complaints import Deadline

AgeBand = Literal["under_1_day", "1_to_3_days", "3_to_7_days", "7_to_14_days", "14_to_28_days", "28_days_or_more"]
_BAND_ENDS = [timedelta(days=days) for days in (1, 3, 7, 14, 28)]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigures:
    """How many are in a stage now, and how long ago they were received."""

    stage: Stage
    total: int
    ages: dict[AgeBand, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFigures:
    """How many have a cause (null: it is not known yet) and a remedy, and how many of them are not over."""

    cause: str | None
    remedy: str | None
    total: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFigures:
    """Of those with this deadline: in_time: done by then. late: missed. waiting: neither yet."""

    deadline: Deadline
    in_time: int
    late: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Medians:
    """Median seconds from when it was received until it was first acknowledged, first answered, and accepted; null
    where none was.
    """

    acknowledged_s: float | None
    answered_s: float | None
    accepted_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """What became of those that were received in a time. reopened: how many were, at least once. revoked: those that
    were none after all; moved: those that another pool has taken over. These count nowhere else.
    """

    received: int
    accepted: int
    reopened: int
    revoked: int
    moved: int
    causes: Sequence[CauseFigures]
    deadlines: Sequence[DeadlineFigures]
    medians: Medians


def by_stage(courses: Iterable[Course], now: datetime) -> Sequence[StageFigures]:
    """Those that are not over, by stage and age."""
    counted = Counter((course.stage, _band(now - course.received)) for course in courses)
    return [
        StageFigures(
            stage=stage,
            total=sum(counted[stage, band] for band in get_args(AgeBand)),
            ages={band: counted[stage, band] for band in get_args(AgeBand)},
        )
        for stage in get_args(Stage)
    ]


def cohort(courses: Iterable[Course]) -> Cohort:
    """The figures of those that were received in a time."""
    given = list(courses)
    valid = [course for course in given if course.stage not in ("revoked", "moved")]
    return Cohort(
        received=len(valid),
        accepted=sum(course.stage == "accepted" for course in valid),
        reopened=sum(course.reopened > 0 for course in valid),
        revoked=sum(course.stage == "revoked" for course in given),
        moved=sum(course.stage == "moved" for course in given),
        causes=_causes(valid),
        deadlines=[_deadline(valid, deadline) for deadline in get_args(Deadline)],
        medians=Medians(
            acknowledged_s=_median((course.received, course.acknowledged) for course in valid),
            answered_s=_median((course.received, course.answered) for course in valid),
            accepted_s=_median((course.received, course.ended) for course in valid),
        ),
    )


def _band(age: timedelta) -> AgeBand:
    bands: tuple[AgeBand, ...] = get_args(AgeBand)
    return bands[sum(age >= end for end in _BAND_ENDS)]


def _causes(courses: Sequence[Course]) -> Sequence[CauseFigures]:
    """The most frequent first, equals by name."""
    total = Counter((course.cause, course.remedy) for course in courses)
    not_over = Counter((course.cause, course.remedy) for course in courses if course.stage != "accepted")
    ranked = sorted(total, key=lambda pair: (-total[pair], pair[0] or "", pair[1] or ""))
    return [
        CauseFigures(cause=cause, remedy=remedy, total=total[cause, remedy], open=not_over[cause, remedy])
        for cause, remedy in ranked
    ]


def _deadline(courses: Sequence[Course], deadline: Deadline) -> DeadlineFigures:
    due = [course for course in courses if deadline in course.due or deadline in course.late]
    late = sum(deadline in course.late for course in due)
    in_time = sum(_is_done(course, deadline) and deadline not in course.late for course in due)
    return DeadlineFigures(deadline=deadline, in_time=in_time, late=late, waiting=len(due) - late - in_time)


def _is_done(course: Course, deadline: Deadline) -> bool:
    return (course.acknowledged if deadline == "acknowledge" else course.answered) is not None


def _median(spans: Iterable[tuple[datetime, datetime | None]]) -> float | None:
    seconds = [(ended - began).total_seconds() for began, ended in spans if ended is not None]
    return median(seconds) if seconds else None
