"""Intervals of the past: pieces of quarters of an hour, cut as the clocks of a time zone say.

Days begin at local midnight, so the one on which clocks are changed has 23 or 25 hours; shorter intervals are counted
from the midnight before them. A local time that a change of clocks leaves out or repeats is taken as its first one.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from services.metrics.domain.quarters import SECONDS
from services.metrics.domain.windows import MICROSECONDS, moment_of

Interval = Literal["15m", "30m", "60m", "1d"]
_QUARTERS: dict[Interval, int] = {"15m": 1, "30m": 2, "60m": 4}
_DAY = timedelta(days=1)
_LENGTH = SECONDS * MICROSECONDS

Piece = tuple[int, int]
"""From which quarter on, up to which one that is not part of it."""


def pieces(interval: Interval, since: datetime, until: datetime, zone: tzinfo) -> Iterator[Piece]:
    """The intervals, in order, that hold some of the time from `since` to `until`."""
    first, last = moment_of(since) // _LENGTH, -(-moment_of(until) // _LENGTH)
    day = since.astimezone(zone).date()
    while (midnight := _midnight(day, zone)) < max(last, first + 1):
        day += _DAY
        end = _midnight(day, zone)
        step = _QUARTERS.get(interval, end - midnight)
        for begin in range(midnight, end, step):
            piece = begin, min(begin + step, end)
            if piece[1] > first and piece[0] < last:
                yield piece


def _midnight(day: date, zone: tzinfo) -> int:
    return moment_of(datetime.combine(day, time(), zone)) // _LENGTH
