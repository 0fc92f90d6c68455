"""One rule for the times that events get."""

from datetime import datetime


def between(last: datetime, wanted: datetime, now: datetime) -> datetime:
    """`wanted`, but never after `now` and never before `last`: a subject's events are in order, whatever clocks say."""
    return max(last, min(wanted, now))
