"""The business hours of a queue."""

from services.routing.domain.calendar import Calendar
from services.routing.domain.state import Pool


def opening(pool: Pool, queue: str) -> Calendar | None:
    """The calendar of a queue; None if it is always open. It is compiled once, however often this is asked."""
    name = pool.queues[queue].calendar
    return None if name is None else pool.calendars[name].calendar
