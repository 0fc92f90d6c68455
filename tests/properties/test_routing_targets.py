"""Targets against a count minute by minute, over any course of a ticket; and whatever order it is heard in."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.commands import AcceptTicket, SetStatus
from services.routing.domain.hours import Hours, Weekday
from services.routing.domain.targets import TARGETS, TargetSettings
from shared.contracts.tickets_sla import TicketSlaBreached, TicketSlaMet, TicketSlaMissed, TicketSlaWarned
from tests.properties.targets_minutes import Minutes, Wanted
from tests.unit.routing.desk import BERLIN, WEEKDAYS, Desk

FRIDAY = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
"""Eight in the morning in Berlin; in the night to Sunday its clock is put back."""

_WEEK: dict[Weekday, Hours] = {**dict.fromkeys(WEEKDAYS, ("09:00-17:00",)), "sunday": ("00:00-24:00",)}
_TOLD = TicketSlaWarned | TicketSlaBreached | TicketSlaMet | TicketSlaMissed

minutes = st.none() | st.integers(1, 450).map(lambda half: 2 * half)
wanted = st.tuples(minutes, minutes, minutes)
steps = st.tuples(
    st.integers(1, 400),
    st.sampled_from(("asks", "answers", "accepts", "accepts", "pauses", "resumes", "resolves", "reopens", "moves")),
)


class Settings(NamedTuple):
    mail: tuple[int | None, int | None, int | None]
    night: tuple[int | None, int | None, int | None]


@cache
def _is_open(moment: datetime) -> bool:
    there = moment.astimezone(BERLIN)
    return there.weekday() == 6 or (there.weekday() < 5 and 9 <= there.hour < 17)


def _settings(of: tuple[int | None, int | None, int | None]) -> TargetSettings:
    first, following, resolution = (None if one is None else 60.0 * one for one in of)
    return TargetSettings(first_response_s=first, next_response_s=following, resolution_s=resolution, warn_percent=50)


class Course:
    """The same course for the pool and for the count. What a ticket does not allow just then is left out."""

    def __init__(self, settings: Settings, channel: str, start: datetime) -> None:
        self.desk = Desk(_settings(settings.mail), night=_settings(settings.night), week=_WEEK)
        self.now = start
        self.channel = channel
        self.desk.customer_writes(start, channel=channel)
        queues = {
            "mail": Wanted(_is_open, dict(zip(TARGETS, settings.mail, strict=True))),
            "night": Wanted(lambda _: True, dict(zip(TARGETS, settings.night, strict=True))),
        }
        self.count = Minutes(queues, channel == "chat", start, "mail")

    def go_on(self, later: int, step: str) -> None:
        self.now += timedelta(minutes=later)
        self.desk.wait_until(self.now)
        self.count.go_to(self.now)
        phase, queue = self.desk.ticket.phase, self.desk.ticket.queue
        match step, phase:
            case "asks", _:
                self.desk.customer_writes(self.now, channel=self.channel)
                self.count.asks()
            case "answers", _:
                self.desk.agent_writes(self.now)
                self.count.answers()
            case "accepts", "waiting":
                self.desk.do(SetStatus(agent="ann", status="available"))
                if self.desk.ticket.phase == "offered":
                    self.desk.do(AcceptTicket(ticket="t1", agent="ann"))
                    self.count.accepts()
                self.desk.do(SetStatus(agent="ann", status="busy"))
            case "pauses", "active":
                self.desk.ann_waits_for_the_customer(self.now)
                self.count.pauses()
            case "resumes", "pending":
                self.desk.ann_goes_on(self.now)
                self.count.goes_on()
            case "resolves", "active":
                self.desk.ann_resolves_it(self.now)
                self.count.resolves()
            case "reopens", "resolved":
                self.desk.sue_reopens_it(self.now)
                self.count.goes_on()
            case "moves", "waiting" | "active" | "pending":
                to = "night" if queue == "mail" else "mail"
                self.desk.sue_passes_it_on(to, self.now)
                self.count.moves(to)


@given(
    settings=st.builds(Settings, mail=wanted, night=wanted),
    channel=st.sampled_from(("email", "chat")),
    start=st.integers(0, 1_440),
    course=st.lists(steps, max_size=14),
)
def test_what_is_told_is_what_a_count_of_minutes_says(
    settings: Settings, channel: str, start: int, course: list[tuple[int, str]]
) -> None:
    both = Course(settings, channel, FRIDAY + timedelta(minutes=start))
    for later, step in course:
        both.go_on(later, step)
    both.go_on(3_000, "nothing")
    events = [event for event in both.desk.log if isinstance(event, _TOLD)]
    told = sorted((event.at, event.target, event.event.removeprefix("ticket.sla.")) for event in events)
    assert told == sorted((at, target, word) for word, target, at in both.count.told)


said = st.lists(st.tuples(st.integers(1, 600), st.booleans()), max_size=9, unique_by=lambda one: one[0])


@given(said=said, data=st.data())
def test_what_is_still_waited_for_does_not_depend_on_the_order_in_which_it_is_heard(
    said: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """All is heard within a minute, long after it was said. asks: whether it is the customer who says it."""

    def heard(words: list[tuple[int, bool]]) -> tuple[bool, datetime | None, datetime | None]:
        desk = Desk(TargetSettings(first_response_s=9e6, next_response_s=9e6), week=_WEEK)
        desk.customer_writes(FRIDAY)
        desk.now = FRIDAY + timedelta(days=1)
        for minute, asks in words:
            happened = FRIDAY + timedelta(minutes=minute)
            (desk.customer_writes if asks else desk.agent_writes)(desk.now, happened=happened)
        clocks = desk.ticket.clocks
        assert clocks is not None
        waits = clocks.open("next_response")
        answered = clocks.open("first_response") is None
        return (answered, None, None) if waits is None else (answered, waits.since, waits.due)

    assert heard(data.draw(st.permutations(said))) == heard(sorted(said))
