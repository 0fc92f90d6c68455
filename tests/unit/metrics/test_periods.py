"""Days and weeks of reports, as the calendar of a time zone has them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.metrics.domain.periods import NoPeriod, Period, day, reportable, week

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def hours(period: Period) -> float:
    return (period.until.astimezone(UTC) - period.since.astimezone(UTC)) / timedelta(hours=1)


def test_a_day_has_as_many_hours_as_its_clocks_tell() -> None:
    days = {at: day(date(2026, *at), BERLIN) for at in ((3, 28), (3, 29), (10, 25))}
    assert {at: (hours(one), len(one.course)) for at, one in days.items()} == {
        (3, 28): (24, 24),
        (3, 29): (23, 23),
        (10, 25): (25, 25),
    }
    assert days[3, 29].before == days[3, 28]


def test_a_week_goes_from_monday_to_sunday_and_belongs_to_the_year_of_its_thursday() -> None:
    last = week("2026-W53", BERLIN)
    assert (last.first, last.name, len(last.course)) == (date(2026, 12, 28), "2026-W53", 7)
    assert last.before.name == "2026-W52"
    assert week("2027-W01", BERLIN).before == last
    assert hours(week("2026-W13", BERLIN)) == 167


@pytest.mark.parametrize("name", ["2026-W54", "2025-W53", "2026-W00", "2026-47", "W47", "2026-W47-1", "0000-W01", ""])
def test_what_is_no_week_is_refused_with_how_to_write_one(name: str) -> None:
    with pytest.raises(NoPeriod, match="write it as 2026-W47"):
        week(name, BERLIN)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: day(date(1970, 1, 1), UTC), "before 2000"),
        (lambda: day(date(2090, 1, 1), UTC), "has not begun"),
        (lambda: day(date(2026, 11, 23), UTC), "has not begun"),
        (lambda: day(date(9999, 12, 31), UTC), "beyond the calendar"),
        (lambda: week("9999-W52", UTC), "beyond the calendar|has not begun"),
        (lambda: week("1970-W01", UTC), "before 2000"),
        (lambda: week("2026-W48", UTC), "has not begun"),
    ],
)
def test_there_is_no_report_of_what_lies_before_all_records_or_ahead(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(NoPeriod, match=said):
        reportable(make(), NOW)


def test_a_day_that_has_begun_can_be_reported_where_it_has_begun() -> None:
    tomorrow = date(2026, 11, 23)
    assert reportable(day(tomorrow, ZoneInfo("Pacific/Auckland")), NOW).name == "2026-11-23"
    with pytest.raises(NoPeriod):
        reportable(day(tomorrow, BERLIN), NOW)
