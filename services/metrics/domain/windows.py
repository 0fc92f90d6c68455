"""When a figure counts: seconds, and the rolling windows over them, all by event time.

A moment is a number of microseconds since 1970 (UTC), so sums are exact. Second `s` is the interval (s - 1, s], so a
window that ends with a second is exact to the microsecond.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import get_args

from shared.contracts.kpis import KpiWindow

WINDOWS: tuple[KpiWindow, ...] = get_args(KpiWindow)
SPANS: dict[KpiWindow, int] = {"1m": 60, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600}
"""The length of each rolling window in seconds."""

LONGEST = max(SPANS.values())
MICROSECONDS = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment_of(at: datetime) -> int:
    """Microseconds since 1970, exactly."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * MICROSECONDS + since.microseconds


def time_of(moment: int) -> datetime:
    """The moment as a time in UTC; OverflowError outside the years 1 to 9999."""
    return _EPOCH + moment * _MICROSECOND


@lru_cache(maxsize=1_024)
def duration_of(seconds: float) -> int:
    """Seconds as microseconds, rounded as `timedelta` rounds. Thresholds are few, so each is calculated once."""
    return timedelta(seconds=seconds) // _MICROSECOND


def second_of(moment: int) -> int:
    """The second that a moment counts in: the first full one that is not before it."""
    return -(-moment // MICROSECONDS)


def end_of(now: datetime) -> int:
    """The second in which rolling windows end: the running one, so that what just happened shows at once."""
    return second_of(moment_of(now))
