"""How a pool gets on with complaints, in figures. Times are elapsed, not business, time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from services.routing.domain.complaint import Stage
from services.routing.domain.complaint_sums import Sums, median_seconds
from shared.contracts.tickets_complaints import Deadline

AgeBand = Literal["under_1_day", "1_to_3_days", "3_to_7_days", "7_to_14_days", "14_to_28_days", "28_days_or_more"]
BANDS: tuple[AgeBand, ...] = get_args(AgeBand)
BAND_ENDS = tuple(timedelta(days=days) for days in (1, 3, 7, 14, 28))
"""The age at which a complaint leaves each band but the last."""


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
    """Median seconds from when it was received until it was first acknowledged, first answered, and accepted, within
    half a per cent; null where none was.
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


def by_stage(counts: Mapping[tuple[Stage, AgeBand], int]) -> Sequence[StageFigures]:
    """Those that are not over, by stage and age; what is not among the counts is 0."""
    return [
        StageFigures(
            stage=stage,
            total=sum(counts.get((stage, band), 0) for band in BANDS),
            ages={band: counts.get((stage, band), 0) for band in BANDS},
        )
        for stage in get_args(Stage)
    ]


def cohort(sums: Sums) -> Cohort:
    """The figures of those that add up to these sums."""
    total: Counter[str] = Counter()
    for counts in sums.values():
        total.update(counts)
    return Cohort(
        received=total["received"],
        accepted=total["accepted"],
        reopened=total["reopened"],
        revoked=total["revoked"],
        moved=total["moved"],
        causes=_causes(sums),
        deadlines=[
            DeadlineFigures(
                deadline=deadline,
                in_time=total[f"{deadline}_in_time"],
                late=total[f"{deadline}_late"],
                waiting=total[f"{deadline}_waiting"],
            )
            for deadline in get_args(Deadline)
        ],
        medians=Medians(
            acknowledged_s=median_seconds(total, "acknowledged"),
            answered_s=median_seconds(total, "answered"),
            accepted_s=median_seconds(total, "accepted"),
        ),
    )


def _causes(sums: Sums) -> Sequence[CauseFigures]:
    """The most frequent first, equals by name."""
    known = {key: counts for key, counts in sums.items() if counts["received"]}
    ranked = sorted(known, key=lambda key: (-known[key]["received"], key[0] or "", key[1] or ""))
    return [
        CauseFigures(
            cause=cause,
            remedy=remedy,
            total=known[cause, remedy]["received"],
            open=known[cause, remedy]["received"] - known[cause, remedy]["accepted"],
        )
        for cause, remedy in ranked
    ]
