"""Windows that are longer than what is remembered second by second: which time they are of, and what that consists of.

A long window is whole quarters of an hour, whose figures are kept, and the time before the first and after the last of
them. Both ends are full seconds: a stretch (begin, end] in seconds since 1970.
"""

from collections.abc import Iterator, Set
from datetime import datetime, time, tzinfo

from services.metrics.domain.quarters import SECONDS
from services.metrics.domain.windows import MICROSECONDS, moment_of, time_of
from shared.contracts.kpis import LongWindow

_DAY = 86_400

Stretch = tuple[int, int]


def stretch(window: LongWindow, ends: int, zone: tzinfo) -> Stretch:
    """The window that ends with the second `ends`. A day begins with the local midnight before that second."""
    if window == "24h":
        return ends - _DAY, ends
    # At midnight itself the day that it ends is told once more.
    day = time_of(ends * MICROSECONDS - 1).astimezone(zone).date()
    return moment_of(datetime.combine(day, time(), zone)) // MICROSECONDS, ends


def quarters_within(whole: Stretch) -> range:
    """The quarters that lie within it from beginning to end."""
    begin, end = whole
    return range(-(-begin // SECONDS), end // SECONDS)


def rest(whole: Stretch, kept: Set[int]) -> Iterator[Stretch]:
    """What is left of it without the quarters `kept`, as few stretches in order."""
    begin, end = whole
    for quarter in sorted(kept):
        if quarter * SECONDS > begin:
            yield begin, quarter * SECONDS
        begin = (quarter + 1) * SECONDS
    if end > begin:
        yield begin, end
