"""Which time a long window is of, and how it is put together from quarters of an hour and what is left."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.quarters import SECONDS
from services.metrics.domain.stretches import quarters_within, rest, stretch
from services.metrics.domain.windows import end_of

BERLIN = ZoneInfo("Europe/Berlin")


def day(now: datetime, zone: str) -> timedelta:
    begin, end = stretch("day", end_of(now), ZoneInfo(zone))
    return timedelta(seconds=end - begin)


def test_24_hours_are_24_hours_also_when_clocks_are_changed() -> None:
    ends = end_of(datetime(2026, 3, 29, 20, 0, 0, 500_000, UTC))
    assert stretch("24h", ends, BERLIN) == (ends - 86_400, ends)


@pytest.mark.parametrize(
    ("now", "zone", "passed"),
    [
        ("2026-03-02T09:00:00Z", "UTC", timedelta(hours=9)),
        ("2026-03-02T09:00:00Z", "Europe/Berlin", timedelta(hours=10)),
        ("2026-03-02T23:30:00Z", "Europe/Berlin", timedelta(minutes=30)),
        ("2026-03-02T09:00:00Z", "Asia/Kathmandu", timedelta(hours=14, minutes=45)),
        ("2026-03-29T21:59:59Z", "Europe/Berlin", timedelta(hours=22, minutes=59, seconds=59)),
        ("2026-10-25T22:59:59Z", "Europe/Berlin", timedelta(hours=24, minutes=59, seconds=59)),
    ],
)
def test_a_day_begins_at_the_midnight_of_its_zone(now: str, zone: str, passed: timedelta) -> None:
    assert day(datetime.fromisoformat(now), zone) == passed


def test_midnight_itself_is_the_end_of_a_day_and_what_follows_the_beginning_of_the_next() -> None:
    midnight = datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert day(midnight, "Europe/Berlin") == timedelta(days=1)
    assert day(midnight + timedelta(milliseconds=1), "Europe/Berlin") == timedelta(seconds=1)


@given(begin=st.integers(0, 5_000), length=st.integers(1, 10_000), lost=st.sets(st.integers(0, 20)))
def test_quarters_and_what_is_left_are_every_second_once(begin: int, length: int, lost: set[int]) -> None:
    whole = begin, begin + length
    kept = set(quarters_within(whole)) - lost
    parts = list(rest(whole, kept)) + [(quarter * SECONDS, (quarter + 1) * SECONDS) for quarter in kept]
    assert sorted(second for begun, end in parts for second in range(begun, end)) == list(range(*whole))
    assert all(begun < end for begun, end in parts)
