"""Intervals of the past, as the clocks of a place cut them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.metrics.domain.intervals import Interval, pieces
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import moment_of, time_of

BERLIN = ZoneInfo("Europe/Berlin")


def lengths(interval: Interval, since: datetime, until: datetime, zone: ZoneInfo = BERLIN) -> list[int]:
    return [end - begin for begin, end in pieces(interval, since, until, zone)]


@pytest.mark.parametrize(
    ("day", "quarters"), [("2026-03-29", 92), ("2026-10-25", 100), ("2026-06-01", 96)], ids=["short", "long", "usual"]
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: str, quarters: int) -> None:
    since = datetime.fromisoformat(day).replace(hour=12, tzinfo=BERLIN)
    assert lengths("1d", since, since.replace(hour=13)) == [quarters]
    midnight = since.replace(hour=0)
    ((begin, _),) = pieces("1d", since, since.replace(hour=13), BERLIN)
    assert time_of(begins(begin)) == midnight
    whole = midnight, midnight.replace(hour=23, minute=59)
    assert lengths("60m", *whole) == [4] * (quarters // 4)
    assert lengths("30m", *whole) == [2] * (quarters // 2)


def test_intervals_are_those_that_hold_some_of_the_time() -> None:
    since, until = datetime(2026, 6, 1, 9, 50, tzinfo=UTC), datetime(2026, 6, 1, 11, 0, tzinfo=UTC)
    found = [time_of(begins(begin)).isoformat()[11:16] for begin, _ in pieces("60m", since, until, ZoneInfo("UTC"))]
    assert found == ["09:00", "10:00"]


def test_days_of_a_place_that_is_a_quarter_off() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")
    ((begin, end),) = pieces(
        "1d", datetime(2026, 6, 1, tzinfo=kathmandu), datetime(2026, 6, 1, 1, tzinfo=kathmandu), kathmandu
    )
    assert (time_of(begins(begin)).isoformat()[11:16], end - begin) == ("18:15", 96)


def test_a_moment_on_the_border_counts_in_the_quarter_that_it_ends() -> None:
    nine = moment_of(datetime(2026, 6, 1, 9, tzinfo=UTC))
    assert begins(quarter_of(nine)) == nine - 900_000_000
    assert begins(quarter_of(nine + 1)) == nine
