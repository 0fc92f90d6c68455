"""When a delivery that failed is tried again: ever more rarely, for a day, and not all at the same moment."""

from datetime import datetime, timedelta

KEEP_TRYING = timedelta(days=1)

_FIRST_SECONDS = 5.0
_LONGEST_SECONDS = 3_600.0


def next_attempt(created: datetime, attempts: int, now: datetime, jitter: float) -> datetime | None:
    """When to try again after `attempts` failures, the last one `now`; None if it is given up.

    jitter: from 0 to 1. The pause is between half and all of 5 s, 10 s, 20 s … an hour; the last attempt is a day after
    the delivery was created.
    """
    last = created + KEEP_TRYING
    if now >= last:
        return None
    pause = min(_FIRST_SECONDS * 2 ** min(attempts - 1, 20), _LONGEST_SECONDS)
    return min(now + timedelta(seconds=pause * (0.5 + jitter / 2)), last)
