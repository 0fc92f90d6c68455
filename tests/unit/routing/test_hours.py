"""Calendars that cannot be, each with the place and what to do."""

from datetime import date, timedelta

import pytest

from services.routing.domain.hours import WEEKDAYS, CalendarSettings, Fault, Weekday, faults

HOURS = ("09:00-17:00",)
WEEK: dict[Weekday, tuple[str, ...]] = dict.fromkeys(WEEKDAYS[:5], HOURS)


def settings(
    zone: str = "Europe/Berlin",
    monday: tuple[str, ...] = HOURS,
    dates: dict[str, tuple[str, ...]] | None = None,
) -> CalendarSettings:
    return CalendarSettings(name="Office", time_zone=zone, week={**WEEK, "monday": monday}, dates=dates or {})


def only(found: tuple[Fault, ...]) -> Fault:
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    "monday", [(), ("00:00-24:00",), ("13:00-18:00", "08:00-12:00"), ("08:00-12:00", "12:00-13:00"), ("00:00-00:01",)]
)
def test_hours_that_can_be(monday: tuple[str, ...]) -> None:
    assert faults(settings(monday=monday, dates={"2028-02-29": (), "2026-12-24": ("09:00-12:00",)})) == ()


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        ("25:00-26:00", "25:00 is no time of a day; a day is from 00:00 to 24:00."),
        ("09:00-24:01", "24:01 is no time of a day; a day is from 00:00 to 24:00."),
        ("09:60-10:00", "09:60 is no time of a day; a day is from 00:00 to 24:00."),
        (
            "22:00-02:00",
            (
                "22:00-02:00 ends before it begins; "
                "for hours past midnight write 22:00-24:00 here and 00:00-02:00 on the next day."
            ),
        ),
        ("09:00-09:00", "09:00-09:00 ends when it begins; leave it out, or write 00:00-24:00 for the whole day."),
        ("9:00-17:00", "'9:00-17:00' is no span of hours; write it like 09:00-17:30."),
        ("09:00 - 17:00", "'09:00 - 17:00' is no span of hours; write it like 09:00-17:30."),
        ("٠٩:٠٠-١٧:٠٠", "'٠٩:٠٠-١٧:٠٠' is no span of hours; write it like 09:00-17:30."),  # noqa: RUF001 (digits that \d takes)
        ("always", "'always' is no span of hours; write it like 09:00-17:30."),
    ],
)
def test_an_impossible_time_is_named_with_its_place(span: str, reason: str) -> None:
    assert only(faults(settings(monday=("07:00-08:00", span)))) == Fault(place="week.monday.1", reason=reason)
    assert only(faults(settings(dates={"2026-12-24": (span,)}))) == Fault(place="dates.2026-12-24.0", reason=reason)


def test_spans_that_overlap_are_named() -> None:
    reason = "08:00-12:00 and 11:59-13:00 overlap; make them one, or move one of them."
    found = faults(settings(monday=("11:59-13:00", "14:00-15:00", "08:00-12:00")))
    assert only(found) == Fault(place="week.monday", reason=reason)


@pytest.mark.parametrize("name", ["2026-02-30", "2027-02-29", "24.12.2026", "20261224", "2026-W52-4", "christmas"])
def test_a_date_that_there_is_not_is_named(name: str) -> None:
    reason = f"There is no date {name}; write a day that there is, like 2026-12-24."
    assert only(faults(settings(dates={name: ()}))) == Fault(place=f"dates.{name}", reason=reason)


@pytest.mark.parametrize("name", ["0001-01-01", "1969-12-31", "2100-01-01", "9999-12-31"])
def test_a_date_far_from_now_is_taken_for_an_error(name: str) -> None:
    assert only(faults(settings(dates={name: ()}))).reason == f"{name} is not from 1970 to 2099; check the year."


@pytest.mark.parametrize(
    ("zone", "advice"),
    [
        ("Europe/Berlinn", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("../../etc/passwd", "write it like Europe/Berlin."),
        ("localtime", "write it like Europe/Berlin."),
        ("x" * 200, "write it like Europe/Berlin."),
    ],
)
def test_an_unknown_time_zone_is_refused_with_advice(zone: str, advice: str) -> None:
    reason = f"There is no time zone {zone}; {advice}"
    assert only(faults(settings(zone=zone))) == Fault(place="time_zone", reason=reason)


def test_a_calendar_without_any_hours_is_refused() -> None:
    never = CalendarSettings(name="Never", time_zone="UTC", week={"monday": ()}, dates={"2026-12-24": HOURS})
    assert only(faults(never)).place == "week"


def _mondays(count: int) -> dict[str, tuple[str, ...]]:
    """So many Mondays in a row are closed, from 4 January 2027 on."""
    return {(date(2027, 1, 4) + timedelta(weeks=number)).isoformat(): () for number in range(count)}


def test_a_year_without_an_opening_is_refused() -> None:
    monday = CalendarSettings(name="Mondays", time_zone="UTC", week={"monday": HOURS}, dates=_mondays(52))
    assert only(faults(monday)) == Fault(
        place="dates.2027-01-04",
        reason="From 2026-12-29 on it does not open for a year; take closed dates out, or check their years.",
    )


def test_almost_a_year_without_an_opening_can_be() -> None:
    dates = _mondays(51)
    assert faults(CalendarSettings(name="Mondays", time_zone="UTC", week={"monday": HOURS}, dates=dates)) == ()
    opened = {**_mondays(60), "2027-06-01": HOURS}
    assert faults(CalendarSettings(name="Mondays", time_zone="UTC", week={"monday": HOURS}, dates=opened)) == ()


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = faults(settings(zone="Mars/Base", monday=("25:00-26:00", "x"), dates={"2026-02-30": ("12:00-11:00",)}))
    assert [fault.place for fault in found] == [
        "time_zone",
        "week.monday.0",
        "week.monday.1",
        "dates.2026-02-30",
        "dates.2026-02-30.0",
    ]
