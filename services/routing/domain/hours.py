"""Business hours as people write them: what can be wrong with them, and the calendar that they make.

Only hours without faults are configured, so making the calendar cannot fail, unless the time zone database of a machine
does not know the zone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from annotated_types import Len

from services.routing.domain.calendar import FIRST_YEAR, LAST_YEAR, Calendar, Span
from shared.contracts.envelope import STRICT
from shared.contracts.values import Name

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Hours = Annotated[tuple[Annotated[str, Len(1, 40)], ...], Len(0, 20)]
"""When it is open on a day: spans such as `09:00-12:30`; `24:00` is the midnight at its end. No span: closed."""

WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_WHOLE_DAY = 24 * 60
_TOLD = 50
_DAY, _YEAR = timedelta(days=1), timedelta(days=365)
_OF_THIS_MACHINE = {"localtime", "Factory"}


class _Compiled:
    """Keeps the calendar in a slot that is no field, so that it is neither compared nor stored."""

    __slots__ = ("_calendar",)
    _calendar: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings(_Compiled):
    """Business hours of a place. time_zone: its name in the IANA database, such as `Europe/Berlin`. week: by weekday; a
    day that is left out is closed. dates: what holds instead on single days (`2026-12-24`), such as holidays.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    time_zone: Name
    week: dict[Weekday, Hours]
    dates: Annotated[dict[Annotated[str, Len(1, 40)], Hours], Len(0, 1_000)] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """What the hours mean, made when it is first asked for. ZoneInfoNotFoundError where the zone is not known."""
        if not hasattr(self, "_calendar"):
            calendar = Calendar(ZoneInfo(self.time_zone), _week(self), _dates(self))
            object.__setattr__(self, "_calendar", calendar)
        return self._calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong. place: where in the settings, such as `week.monday.0`. reason: a sentence with what to do."""

    place: str
    reason: str


def faults(settings: CalendarSettings) -> tuple[Fault, ...]:
    """What cannot be about a calendar, in the order in which it is written: the first 50 of them."""
    found = [*_zone(settings.time_zone)]
    for weekday, hours in settings.week.items():
        found += _hours(f"week.{weekday}", hours)
    for name, hours in settings.dates.items():
        found += _date(name)
        found += _hours(f"dates.{name}", hours)
    return tuple(found or _closures(settings))[:_TOLD]


def _week(settings: CalendarSettings) -> Mapping[int, Sequence[Span]]:
    return {WEEKDAYS.index(weekday): _in_order(hours) for weekday, hours in settings.week.items()}


def _dates(settings: CalendarSettings) -> Mapping[date, Sequence[Span]]:
    return {date.fromisoformat(name): _in_order(hours) for name, hours in settings.dates.items()}


def _in_order(hours: Iterable[str]) -> Sequence[Span]:
    return tuple(sorted(_span(text) for text in hours))


def _span(text: str) -> Span:
    """ValueError with the reason if it is none."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no span of hours; write it like 09:00-17:30.")
    hour, minute, last_hour, last_minute = map(int, match.groups())
    begins, ends = hour * 60 + minute, last_hour * 60 + last_minute
    for shown, minutes, beyond in ((text[:5], begins, minute), (text[6:], ends, last_minute)):
        if minutes > _WHOLE_DAY or beyond > 59:
            raise ValueError(f"{shown} is no time of a day; a day is from 00:00 to 24:00.")
    if begins == ends:
        raise ValueError(f"{text} ends when it begins; leave it out, or write 00:00-24:00 for the whole day.")
    if begins > ends:
        raise ValueError(
            f"{text} ends before it begins; for hours past midnight write {text[:5]}-24:00 here and 00:00-{text[6:]} "
            "on the next day."
        )
    return begins, ends


def _hours(place: str, hours: Sequence[str]) -> Iterator[Fault]:
    spans: list[tuple[Span, str]] = []
    for number, text in enumerate(hours):
        try:
            spans.append((_span(text), text))
        except ValueError as error:
            yield Fault(place=f"{place}.{number}", reason=str(error))
    for ((_, ends), one), ((begins, _), other) in pairwise(sorted(spans)):
        if begins < ends:
            yield Fault(place=place, reason=f"{one} and {other} overlap; make them one, or move one of them.")


def _date(name: str) -> Iterator[Fault]:
    place = f"dates.{name}"
    try:
        day = date.fromisoformat(name)
    except ValueError:
        day = None
    if day is None or day.isoformat() != name:
        yield Fault(place=place, reason=f"There is no date {name}; write a day that there is, like 2026-12-24.")
    elif not FIRST_YEAR <= day.year <= LAST_YEAR:
        yield Fault(place=place, reason=f"{name} is not from {FIRST_YEAR} to {LAST_YEAR}; check the year.")


def _zone(name: str) -> Iterator[Fault]:
    if name not in _zones():
        alike = get_close_matches(name, _zones(), n=1)
        advice = f"did you mean {alike[0]}?" if alike else "write it like Europe/Berlin."
        yield Fault(place="time_zone", reason=f"There is no time zone {name}; {advice}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _OF_THIS_MACHINE)


def _closures(settings: CalendarSettings) -> Iterator[Fault]:
    """A year without a single opening: whatever waited for the next one would wait for ever."""
    week, dates = _week(settings), _dates(settings)
    if not any(week.values()):
        yield Fault(place="week", reason="No weekday has hours, so it stays closed; give at least one of them some.")
        return

    def is_open(day: date) -> bool:
        return bool(dates.get(day, week.get(day.weekday())))

    opens = date.min
    for closed in sorted(day for day, hours in dates.items() if not hours):
        if closed < opens:
            continue
        since, opens = closed, closed + _DAY
        while not is_open(since - _DAY):
            since -= _DAY
        while not is_open(opens):
            opens += _DAY
        if opens - since >= _YEAR:
            reason = f"From {since} on it does not open for a year; take closed dates out, or check their years."
            yield Fault(place=f"dates.{closed}", reason=reason)
