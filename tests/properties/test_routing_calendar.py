"""Business hours of any week in any zone, across changes of the clock, against a count minute by minute.

The count knows one thing only: the farthest that the clock on the wall has ever shown. It is open while that lies in a
span of the date it shows.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.calendar import Calendar
from services.routing.domain.hours import WEEKDAYS, CalendarSettings, Weekday, faults

MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)
CLOCKS = (
    ("Europe/Berlin", "2026-03-29"),  # forward at 02:00
    ("Europe/Berlin", "2026-10-25"),  # back at 03:00
    ("America/New_York", "2026-11-01"),
    ("America/Havana", "2026-03-08"),  # forward at midnight: the day begins at 01:00
    ("America/Havana", "2026-11-01"),  # back at 01:00: midnight comes twice
    ("America/Santiago", "2026-04-05"),  # back at midnight: 23:00 comes twice
    ("America/St_Johns", "2010-11-07"),  # back at 00:01, to the day before
    ("Australia/Lord_Howe", "2026-04-05"),  # back by half an hour
    ("Antarctica/Troll", "2026-03-29"),  # forward by two hours
    ("Pacific/Apia", "2011-12-30"),  # a day that never was
    ("Asia/Kathmandu", "2026-06-01"),  # no change, and a quarter of an hour
    ("UTC", "2026-12-31"),
)
Spans = tuple[tuple[int, int], ...]


def _spans(times: list[int]) -> Spans:
    """Two times each are a span; those that touch stay two."""
    return tuple((begins, ends) for begins, ends in zip(times[::2], times[1::2], strict=False) if begins < ends)


times = st.integers(0, 1_440) | st.integers(0, 16).map(lambda quarter: quarter * 15)
days: st.SearchStrategy[Spans] = st.just(((0, 1_440),)) | st.lists(times, max_size=6).map(sorted).map(_spans)
milliseconds = st.integers(0, 5 * 86_400_000)


class Case(NamedTuple):
    """A calendar, and the midnight (UTC) two days before a day on which its clock may change."""

    settings: CalendarSettings
    zone: ZoneInfo
    week: dict[int, Spans]
    dates: dict[str, Spans]
    begins: datetime

    @property
    def calendar(self) -> Calendar:
        return self.settings.calendar

    def at(self, later: int) -> datetime:
        return self.begins + timedelta(milliseconds=later)


def written(spans: Spans) -> tuple[str, ...]:
    return tuple(
        f"{begins // 60:02}:{begins % 60:02}-{ends // 60:02}:{ends % 60:02}" for begins, ends in reversed(spans)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone, day = draw(st.sampled_from(CLOCKS))
    week: dict[int, Spans] = {weekday: draw(days) for weekday in draw(st.sets(st.integers(0, 6), min_size=1))}
    begins = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=2)
    later = st.integers(0, 5).map(lambda number: (begins + timedelta(days=number)).date().isoformat())
    dates = draw(st.dictionaries(later, days, max_size=2))
    if not any(week.values()):
        week[begins.weekday()] = ((540, 1_020),)
    by_name: dict[Weekday, tuple[str, ...]] = {WEEKDAYS[weekday]: written(spans) for weekday, spans in week.items()}
    special = {name: written(spans) for name, spans in dates.items()}
    settings = CalendarSettings(name="Any", time_zone=zone, week=by_name, dates=special)
    return Case(settings, ZoneInfo(zone), week, dates, begins)


def open_minutes(case: Case, count: int) -> list[bool]:
    """Whether it is open, for each minute of the case."""
    found: list[bool] = []
    farthest = datetime(1970, 1, 1, tzinfo=UTC)
    for number in range(-2_880, count):
        shown = (case.begins + number * MINUTE).astimezone(case.zone)
        farthest = max(farthest, shown.replace(tzinfo=UTC))
        spans = case.dates.get(farthest.date().isoformat(), case.week.get(farthest.weekday(), ()))
        minutes = farthest.hour * 60 + farthest.minute
        if number >= 0:
            found.append(any(begins <= minutes < ends for begins, ends in spans))
    return found


@given(cases())
def test_it_is_open_in_the_minutes_that_a_slow_count_says(case: Case) -> None:
    calendar, count = case.calendar, 5 * 1_440
    expected = open_minutes(case, count)
    assert faults(case.settings) == ()
    assert [calendar.is_open(case.begins + number * MINUTE) for number in range(count)] == expected
    assert calendar.business_seconds(case.begins, case.begins + count * MINUTE) == 60 * sum(expected)


@given(cases(), st.lists(milliseconds, min_size=3, max_size=3).map(sorted))
def test_business_seconds_add_up(case: Case, moments: list[int]) -> None:
    calendar = case.calendar
    one, two, three = (case.at(later) for later in moments)
    parts = calendar.business_seconds(one, two) + calendar.business_seconds(two, three)
    assert round(parts, 6) == calendar.business_seconds(one, three)
    assert 0 <= calendar.business_seconds(one, two) <= (two - one).total_seconds()


@given(cases(), milliseconds, st.integers(1, 40 * 86_400_000))
def test_after_is_the_first_moment_by_which_so_much_has_passed(case: Case, later: int, wanted: int) -> None:
    calendar, begins, seconds = case.calendar, case.at(later), wanted / 1_000
    ends = calendar.after(begins, seconds)
    assert ends is not None
    assert calendar.business_seconds(begins, ends) == seconds
    assert calendar.business_seconds(begins, ends - MILLISECOND) < seconds


@given(cases(), st.lists(milliseconds, min_size=2, max_size=2).map(sorted))
def test_after_undoes_business_seconds(case: Case, moments: list[int]) -> None:
    calendar = case.calendar
    begins, ends = (case.at(later) for later in moments)
    back = calendar.after(begins, calendar.business_seconds(begins, ends))
    assert back is not None
    assert back <= ends
    assert calendar.business_seconds(back, ends) == 0
    if begins < ends and calendar.is_open(ends - MILLISECOND):
        assert back == ends


@given(cases(), milliseconds)
def test_the_next_opening_and_closing_are_the_next(case: Case, later: int) -> None:
    calendar, at = case.calendar, case.at(later)
    opens, closes = calendar.next_opening(at), calendar.next_closing(at)
    assert opens is not None
    assert at <= opens
    assert calendar.is_open(opens)
    assert calendar.business_seconds(at, opens) == 0
    assert (opens == at) == calendar.is_open(at)
    if closes is not None:
        assert calendar.business_seconds(at, closes) == (closes - opens).total_seconds() > 0
        assert not calendar.is_open(closes)
    else:
        year = opens + timedelta(days=365)
        assert calendar.business_seconds(opens, year) == timedelta(days=365).total_seconds()


@given(cases(), st.integers(0, 2_000), st.integers(0, 2_000))
def test_long_times_are_the_sum_of_their_days(case: Case, early: int, late: int) -> None:
    calendar = case.calendar
    ends = [case.begins + timedelta(days=number) for number in range(-early, late)]
    by_day = sum(calendar.business_seconds(day, day + timedelta(days=1)) for day in ends)
    assert by_day == calendar.business_seconds(case.begins - timedelta(days=early), case.begins + timedelta(days=late))
