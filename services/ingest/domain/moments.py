"""Which times an event may carry."""

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this a clock was never set: 1970 is what a machine without one says."""

AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of the hub's."""


def wrong_time(time: datetime, now: datetime) -> str | None:
    """Why `time` cannot be when something happened that the hub learns of at `now`, or None."""
    if time < EARLIEST:
        return "lies before 2000-01-01; the sender's clock is not set"
    if time > now + AHEAD:
        return "lies more than 5 minutes in the future; set the sender's clock, or leave time out"
    return None


def time_of_arrival(claimed: datetime | None, now: datetime) -> datetime:
    """When a message happened whose sender claims `claimed`: that if it is possible, else its arrival."""
    if claimed is None or claimed > now or wrong_time(claimed, now):
        return now
    return claimed


def time_of_report(reported: datetime | None, now: datetime) -> datetime:
    """When something happened that a provider reports in whole seconds.

    Within two seconds of its arrival the arrival tells the order better than the cut-off second.
    """
    if reported is None or abs(now - reported) <= timedelta(seconds=2):
        return now
    return time_of_arrival(reported, now)
