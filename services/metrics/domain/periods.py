"""The days and weeks that reports are about, as the calendar of a time zone cuts them. Weeks are those of ISO 8601."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from services.metrics.domain.intervals import Interval, Piece, pieces

ReportKind = Literal["daily", "weekly"]

_STEPS: dict[ReportKind, Interval] = {"daily": "60m", "weekly": "1d"}
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_EARLIEST = date(2000, 1, 1)


class NoPeriod(ValueError):
    """There is no report for it; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A day or a week. name: `2026-11-21` or `2026-W47`. since, until: the midnights before and after it."""

    kind: ReportKind
    name: str
    first: date
    since: datetime
    until: datetime

    @property
    def course(self) -> list[Piece]:
        """What its course is told by: hours of a day, days of a week."""
        zone = self.since.tzinfo
        assert zone is not None  # noqa: S101 (a period is made with one)
        return list(pieces(_STEPS[self.kind], self.since, self.until, zone))

    @property
    def before(self) -> "Period":
        """The day or week before it."""
        zone = self.since.tzinfo
        assert zone is not None  # noqa: S101 (a period is made with one)
        if self.kind == "daily":
            return day(self.first - timedelta(days=1), zone)
        return _week_of(self.first - timedelta(days=7), zone)


def day(wanted: date, zone: tzinfo) -> Period:
    """The day of that date."""
    return _period("daily", wanted.isoformat(), wanted, 1, zone)


def week(name: str, zone: tzinfo) -> Period:
    """The week of that name, such as `2026-W47`; NoPeriod."""
    found = _WEEK.fullmatch(name)
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        monday = None
    if monday is None:
        raise NoPeriod(f"{name!r} is no week; write it as 2026-W47, from W01 to W52, or W53 in years that have it.")
    return _week_of(monday, zone)


def reportable(period: Period, now: datetime) -> Period:
    """The period, if there can be anything to report of it; NoPeriod."""
    if period.first < _EARLIEST:
        raise NoPeriod(f"{period.name} is before {_EARLIEST:%Y}, when there was nothing to count. Ask for later.")
    if period.since > now:
        raise NoPeriod(f"{period.name} has not begun yet. Ask for one that has.")
    return period


def _week_of(monday: date, zone: tzinfo) -> Period:
    return _period("weekly", f"{monday:%G-W%V}", monday, 7, zone)


def _period(kind: ReportKind, name: str, first: date, days: int, zone: tzinfo) -> Period:
    try:
        since, until = (datetime.combine(at, time(), zone) for at in (first, first + timedelta(days=days)))
    except OverflowError:
        raise NoPeriod(f"{name} is beyond the calendar. Ask for a date between 2000 and today.") from None
    return Period(kind=kind, name=name, first=first, since=since, until=until)
