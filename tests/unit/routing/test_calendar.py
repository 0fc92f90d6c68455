"""Business hours, also on the days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.calendar import Calendar
from services.routing.domain.hours import WEEKDAYS, CalendarSettings

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600


def weekly(hours: dict[str, tuple[str, ...]], zone: str = "Europe/Berlin", **dates: tuple[str, ...]) -> Calendar:
    """Dates are named like `d2026_12_25`."""
    special = {name[1:].replace("_", "-"): spans for name, spans in dates.items()}
    week = {weekday: hours[weekday] for weekday in WEEKDAYS if weekday in hours}
    return CalendarSettings(name="Test", time_zone=zone, week=week, dates=special).calendar


OFFICE = weekly(
    dict.fromkeys(WEEKDAYS[:5], ("13:30-17:00", "09:00-12:30")), d2026_12_24=("09:00-12:00",), d2026_12_25=()
)
ALWAYS = weekly(dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))


def berlin(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=BERLIN)  # type: ignore[arg-type,misc]  # year to minute


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [((8, 59), False), ((9, 0), True), ((12, 29), True), ((12, 30), False), ((13, 30), True), ((17, 0), False)],
)
def test_it_is_open_from_the_beginning_of_a_span_to_its_end(clock: tuple[int, int], is_open: bool) -> None:
    assert OFFICE.is_open(berlin(2026, 11, 20, *clock)) is is_open


def test_it_is_closed_on_weekdays_without_hours() -> None:
    assert not OFFICE.is_open(berlin(2026, 11, 21, 12, 0))


def test_the_next_opening_passes_over_nights_week_ends_and_holidays() -> None:
    assert OFFICE.next_opening(berlin(2026, 11, 20, 12, 45)) == berlin(2026, 11, 20, 13, 30)
    assert OFFICE.next_opening(berlin(2026, 11, 20, 18, 0)) == berlin(2026, 11, 23, 9, 0)
    assert OFFICE.next_opening(berlin(2026, 12, 24, 12, 0)) == berlin(2026, 12, 28, 9, 0)


def test_what_is_open_opens_now() -> None:
    at = berlin(2026, 11, 20, 12, 0)
    assert OFFICE.next_opening(at) == at


def test_the_next_closing_is_that_of_the_span_that_is_open_or_comes_next() -> None:
    assert OFFICE.next_closing(berlin(2026, 11, 20, 12, 0)) == berlin(2026, 11, 20, 12, 30)
    assert OFFICE.next_closing(berlin(2026, 11, 21, 12, 0)) == berlin(2026, 11, 23, 12, 30)


def test_spans_that_touch_at_midnight_are_one_opening() -> None:
    bar = weekly({"friday": ("18:00-24:00",), "saturday": ("00:00-02:00",)})
    assert bar.next_closing(berlin(2026, 11, 20, 20, 0)) == berlin(2026, 11, 21, 2, 0)
    assert bar.next_opening(berlin(2026, 11, 21, 1, 59)) == berlin(2026, 11, 21, 1, 59)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Honolulu", "Pacific/Kiritimati"])  # ten behind, 14 ahead
def test_what_is_open_around_the_clock_does_not_close(zone: str) -> None:
    always = weekly(dict.fromkeys(WEEKDAYS, ("00:00-24:00",)), zone=zone)
    begins, ends = berlin(2026, 1, 1), berlin(2027, 1, 1)
    assert always.next_closing(begins) is None
    assert always.business_seconds(begins, ends) == timedelta(days=365).total_seconds()


def test_a_day_that_is_closed_ends_what_is_open_around_the_clock() -> None:
    almost = weekly(dict.fromkeys(WEEKDAYS, ("00:00-24:00",)), d2027_05_01=())
    assert almost.next_closing(berlin(2026, 11, 20, 12, 0)) == berlin(2027, 5, 1)
    assert almost.next_opening(berlin(2027, 5, 1, 12)) == berlin(2027, 5, 2)


def test_business_seconds_are_those_that_it_is_open() -> None:
    assert OFFICE.business_seconds(berlin(2026, 11, 20, 16, 30), berlin(2026, 11, 23, 9, 30)) == HOUR
    assert OFFICE.business_seconds(berlin(2026, 12, 24, 8, 0), berlin(2026, 12, 28, 10, 0)) == 4 * HOUR
    assert OFFICE.business_seconds(berlin(2026, 1, 1), berlin(2027, 1, 1)) == (261 * 7 - 7 - 4) * HOUR


def test_between_a_moment_and_an_earlier_one_there_are_none() -> None:
    assert OFFICE.business_seconds(berlin(2026, 11, 23, 9, 30), berlin(2026, 11, 20, 16, 30)) == 0


def test_a_time_after_goes_on_when_it_opens_again() -> None:
    assert OFFICE.after(berlin(2026, 11, 20, 16, 30), HOUR) == berlin(2026, 11, 23, 9, 30)
    assert OFFICE.after(berlin(2026, 11, 20, 3, 0), 0.25) == berlin(2026, 11, 20, 9) + timedelta(milliseconds=250)


def test_a_time_that_is_up_at_the_end_of_a_span_is_up_then_and_not_the_next_morning() -> None:
    assert OFFICE.after(berlin(2026, 11, 20, 16, 30), HOUR / 2) == berlin(2026, 11, 20, 17, 0)


def test_no_time_after_a_moment_is_that_moment() -> None:
    assert OFFICE.after(berlin(2026, 11, 21, 12, 0), 0) == berlin(2026, 11, 21, 12, 0)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_on_which_the_clock_changes_is_longer_or_shorter(day: tuple[int, int, int], hours: int) -> None:
    begins, ends = berlin(*day), berlin(*day) + timedelta(days=1)  # the next midnight by the clock on the wall
    assert ALWAYS.business_seconds(begins, ends) == hours * HOUR
    assert ALWAYS.after(begins, hours * HOUR) == ends


NIGHT = weekly({"sunday": ("02:30-04:00",)})


def test_a_time_that_the_clock_never_shows_is_the_moment_it_jumps_to() -> None:
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:00 becomes 03:00
    assert NIGHT.next_opening(berlin(2026, 3, 29, 0, 0)) == jump
    assert NIGHT.business_seconds(berlin(2026, 3, 29), berlin(2026, 3, 30)) == HOUR


def test_a_span_that_the_clock_never_shows_is_left_out_once() -> None:
    assert weekly({"sunday": ("02:15-02:45",)}).next_opening(berlin(2026, 3, 29)) == berlin(2026, 4, 5, 2, 15)


def test_a_time_that_the_clock_shows_twice_is_the_first_of_the_two() -> None:
    assert NIGHT.next_opening(berlin(2026, 10, 25, 0, 0)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert NIGHT.business_seconds(berlin(2026, 10, 25), berlin(2026, 10, 26)) == 2.5 * HOUR


def test_a_day_that_a_place_never_had_has_no_hours() -> None:
    apia = weekly({"friday": ("09:00-17:00",)}, zone="Pacific/Apia")  # went from 29 to 31 December 2011
    thursday = datetime(2011, 12, 29, 12, 0, tzinfo=ZoneInfo("Pacific/Apia"))
    assert apia.next_opening(thursday) == datetime(2012, 1, 6, 9, 0, tzinfo=ZoneInfo("Pacific/Apia"))


def test_far_from_now_nothing_is_open_and_asking_is_no_error() -> None:
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert not OFFICE.is_open(earliest)
    assert OFFICE.next_opening(earliest) == berlin(1970, 1, 1, 9, 0)
    assert OFFICE.after(earliest, 60) == berlin(1970, 1, 1, 9, 1)
    assert (OFFICE.next_opening(latest), OFFICE.next_closing(latest), OFFICE.after(latest, 1)) == (None, None, None)
    assert OFFICE.after(berlin(2099, 12, 31, 16, 0), 2 * HOUR) is None
    assert OFFICE.business_seconds(earliest, latest) == OFFICE.business_seconds(berlin(1970, 1, 1), berlin(2100, 1, 1))
