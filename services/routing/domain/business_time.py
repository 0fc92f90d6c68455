"""Business time that may have been interrupted: how much has passed, and when so much will have.

Where there is no calendar, all time is business time. A run is a time in which it passes; the last has no end.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.routing.domain.calendar import Calendar
from shared.contracts.values import to_milliseconds

Run = tuple[datetime, datetime | None]


def passed(hours: Calendar | None, begins: datetime, ends: datetime) -> float:
    """Seconds of business time between the two moments; 0 if `ends` is not after `begins`."""
    if hours is not None:
        return hours.business_seconds(begins, ends)
    return max(0.0, (ends - begins).total_seconds())


def after(hours: Calendar | None, at: datetime, seconds: float) -> datetime | None:
    """The first moment by which so many seconds have passed since `at`; None if that is after 2099."""
    moment = at + timedelta(seconds=max(0.0, seconds)) if hours is None else hours.after(at, seconds)
    return None if moment is None else to_milliseconds(moment)


def passed_in(hours: Calendar | None, runs: Sequence[Run], until: datetime) -> float:
    """The same over several runs, in order of time."""
    return sum(passed(hours, begins, until if ends is None else min(ends, until)) for begins, ends in runs)


def reached_in(hours: Calendar | None, runs: Sequence[Run], seconds: float) -> datetime | None:
    """The first moment by which so many seconds have passed in the runs."""
    for begins, ends in runs:
        within = None if ends is None else passed(hours, begins, ends)
        if within is None or within >= seconds:
            return after(hours, begins, seconds)
        seconds -= within
    return None
