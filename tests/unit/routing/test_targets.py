"""Targets by examples calculated by hand: the office is open Monday to Friday from 9 to 17, Berlin time."""

from datetime import UTC, datetime, timedelta

from services.routing.domain.answer_command import AnswerContact
from services.routing.domain.business_time import reached_in
from services.routing.domain.commands import ConfigureCalendar
from services.routing.domain.configuration import Overflow
from services.routing.domain.targets import TargetSettings
from shared.contracts.tickets_sla import TicketSlaBreached, TicketSlaMet, TicketSlaMissed, TicketSlaStarted
from tests.unit.routing.desk import HOUR, Desk, at, local, office, told

FIRST = TargetSettings(first_response_s=4 * HOUR)
NEXT = TargetSettings(first_response_s=4 * HOUR, next_response_s=2 * HOUR)
RESOLUTION = TargetSettings(resolution_s=10 * HOUR, warn_percent=50)


def test_a_first_response_is_due_in_business_time_over_a_weekend() -> None:
    desk = Desk(FIRST)
    (started,) = [event for event in desk.customer_writes("Fri 16:30") if isinstance(event, TicketSlaStarted)]
    assert (started.queue, local(started.since), started.seconds, started.left_s) == ("mail", "Fri 16:30", 14400, 14400)
    assert desk.clock("first_response") == "due Mon2 12:30, warning Mon2 11:42", "half an hour, and three and a half"


def test_a_warning_and_a_breach_are_told_when_they_are_due() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Sat 12:00")
    events = desk.wait_until("Tue2 09:00")
    assert told(events) == ["warned first_response Mon2 12:12", "breached first_response Mon2 13:00"]
    breached = events[-1]
    assert isinstance(breached, TicketSlaBreached)
    assert breached.due == breached.at


def test_an_answer_meets_it_and_tells_what_was_left() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Fri 16:30")
    (met,) = [event for event in desk.agent_writes("Mon2 10:00") if isinstance(event, TicketSlaMet)]
    assert (local(met.reached), met.left_s) == ("Mon2 10:00", 2.5 * HOUR)
    assert desk.wait_until("Tue2 17:00") == []


def test_an_answer_at_the_moment_it_is_due_is_in_time_and_takes_a_breach_back() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00")
    assert told(desk.agent_writes("Mon 13:00")) == ["met first_response Mon 13:00"]
    assert told(desk.log)[-3:-1] == ["warned first_response Mon 12:12", "breached first_response Mon 13:00"]
    assert not desk.ticket.clocks.of["first_response"].breached  # type: ignore[union-attr]  # it has clocks


def test_a_late_answer_tells_how_late_in_business_time() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Thu 15:00")
    (missed,) = [event for event in desk.agent_writes("Fri 12:30") if isinstance(event, TicketSlaMissed)]
    assert missed.late_s == 1.5 * HOUR


def test_an_answer_on_the_weekend_after_it_was_due_at_closing_is_late_by_nothing() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Fri 13:00")
    assert desk.clock("first_response") == "due Fri 17:00, warning Fri 16:12"
    (missed,) = [event for event in desk.agent_writes("Sat 10:00") if isinstance(event, TicketSlaMissed)]
    assert missed.late_s == 0


def test_a_decision_that_comes_before_the_timers_tells_what_they_would_have_told() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00")
    desk.now = at("Mon 14:00")
    events = desk.do(AnswerContact(conversation="c1", answered=at("Mon 14:00")))
    assert told(events) == [f"{what} first_response Mon 14:00" for what in ("warned", "breached", "missed")]
    assert [event.due for event in events if isinstance(event, TicketSlaBreached)] == [at("Mon 13:00")]


def test_a_target_is_breached_in_time_whatever_else_is_to_happen_to_the_ticket() -> None:
    desk = Desk(FIRST, overflow=(Overflow(to="night", after_s=6 * HOUR),))
    desk.customer_writes("Mon 09:00")
    assert told(desk.wait_until("Mon 14:00"))[-1] == "breached first_response Mon 13:00"


def test_time_that_was_used_up_before_a_pause_was_used_up_then() -> None:
    nine, ten, tomorrow = at("Mon 09:00"), at("Mon 10:00"), at("Tue 10:00")
    assert reached_in(None, ((nine, ten), (tomorrow, None)), HOUR) == ten
    assert reached_in(None, ((nine, ten), (tomorrow, None)), HOUR + 1) == tomorrow + timedelta(seconds=1)


def test_a_resolution_stands_still_while_it_waits_for_somebody_outside() -> None:
    desk = Desk(RESOLUTION)
    desk.customer_writes("Thu 15:00")
    assert desk.clock("resolution") == "due Fri 17:00, warning Fri 12:00"
    desk.ann_takes_it("Thu 15:30")
    assert told(desk.ann_waits_for_the_customer("Thu 16:00")) == ["paused resolution Thu 16:00"]
    assert desk.clock("resolution") == "paused, 540 minutes left"
    assert desk.wait_until("Fri 16:00") == []
    assert told(desk.ann_goes_on("Fri 16:00")) == ["resumed resolution Fri 16:00"]
    assert desk.clock("resolution") == "due Mon2 17:00, warning Mon2 12:00"


def test_a_reply_lets_it_go_on() -> None:
    desk = Desk(TargetSettings(next_response_s=HOUR, resolution_s=8 * HOUR))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 10:00")
    desk.agent_writes("Mon 10:30")
    desk.ann_waits_for_the_customer("Mon 11:00")
    assert told(desk.customer_writes("Tue 09:30")) == [
        "started next_response Tue 09:30",
        "resumed resolution Tue 09:30",
    ]
    assert desk.clock("resolution") == "due Tue 15:30, warning Tue 13:54"


def test_after_a_reopening_it_goes_on_with_what_was_left() -> None:
    desk = Desk(RESOLUTION)
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:00")
    desk.ann_resolves_it("Mon 13:00")
    assert desk.clock("resolution") == "met, 360 minutes left"
    assert desk.wait_until("Wed 12:00") == []
    assert told(desk.sue_reopens_it("Wed 12:00")) == ["resumed resolution Wed 12:00"]
    assert desk.clock("resolution") == "due Thu 10:00, warning Wed 13:00"


def test_what_was_resolved_too_late_is_later_still_after_a_reopening() -> None:
    desk = Desk(TargetSettings(resolution_s=HOUR))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:30")
    desk.ann_resolves_it("Mon 11:00")
    desk.customer_writes("Mon 15:00")
    assert desk.clock("resolution") == "due Mon 10:00"
    assert told(desk.wait_until("Mon 15:30")) == [], "it was told once"
    desk.ann_takes_it("Mon 15:30")
    (missed,) = [event for event in desk.ann_resolves_it("Mon 16:00") if isinstance(event, TicketSlaMissed)]
    assert missed.late_s == 2 * HOUR, "one from ten to eleven, one since three"


def test_another_queues_targets_hold_from_the_same_beginning() -> None:
    desk = Desk(FIRST, night=TargetSettings(first_response_s=6 * HOUR, resolution_s=HOUR))
    desk.customer_writes("Mon 16:00")
    assert told(desk.sue_passes_it_on("night", "Mon 18:00")) == [
        "started first_response Mon 18:00",
        "started resolution Mon 18:00",
    ]
    assert desk.clock("first_response") == "due Mon 22:00, warning Mon 20:48"
    assert told(desk.wait_until("Mon 18:30")) == ["warned resolution Mon 18:00", "breached resolution Mon 18:00"]
    assert told(desk.sue_passes_it_on("mail", "Mon 19:00")) == ["started first_response Mon 19:00"]
    assert desk.clock("first_response") == "due Tue 12:00, warning Tue 11:12", "and what is breached stays so"
    assert desk.ticket.clocks.of["resolution"].breached  # type: ignore[union-attr]  # it has clocks


def test_pauses_count_neither_here_nor_there() -> None:
    desk = Desk(TargetSettings(resolution_s=8 * HOUR), night=TargetSettings(resolution_s=48 * HOUR))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 10:00")
    desk.ann_waits_for_the_customer("Mon 11:00")
    desk.ann_goes_on("Tue 10:00")
    assert desk.clock("resolution") == "due Tue 16:00, warning Tue 14:24"
    desk.sue_passes_it_on("night", "Tue 12:00")
    assert desk.clock("resolution") == "due Thu 08:00, warning Wed 22:24", "two hours, and 46 from ten on"
    desk.sue_passes_it_on("mail", "Tue 13:00")
    assert desk.clock("resolution") == "due Tue 16:00, warning Tue 14:24"


def test_a_queue_without_such_a_target_lifts_it() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    assert told(desk.sue_passes_it_on("night", "Mon 10:00")) == ["lifted first_response Mon 10:00"]
    desk.agent_writes("Mon 11:00")
    desk.customer_writes("Mon 12:00")
    assert told(desk.sue_passes_it_on("mail", "Mon 12:30")) == ["started next_response Mon 12:30"]
    assert desk.clock("next_response") == "due Mon 14:00, warning Mon 13:36"


def test_a_warning_is_told_once() -> None:
    desk = Desk(FIRST, night=TargetSettings(first_response_s=8 * HOUR))
    desk.customer_writes("Mon 09:00")
    desk.sue_passes_it_on("night", "Mon 12:30")
    assert desk.clock("first_response") == "due Mon 17:00"
    desk.sue_passes_it_on("mail", "Mon 12:40")
    desk.sue_passes_it_on("night", "Mon 12:50")
    desk.wait_until("Mon 20:00")
    said = [line for line in told(desk.log) if not line.startswith("started")]
    assert said == ["warned first_response Mon 12:12", "breached first_response Mon 17:00"]


def test_who_hangs_up_waits_no_longer() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00", channel="phone")
    events = desk.customer_leaves("Mon 09:01")
    assert [event.event for event in events] == ["ticket.sla.lifted", "ticket.abandoned"]


def test_a_change_holds_for_clocks_that_start_afterwards() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00")
    desk.mail(TargetSettings(first_response_s=HOUR, next_response_s=HOUR))
    desk.do(ConfigureCalendar(calendar="office", settings=office({"monday": ("00:00-24:00",)})))
    assert desk.clock("first_response") == "due Mon 13:00, warning Mon 12:12"
    desk.agent_writes("Mon 16:00")
    desk.customer_writes("Mon 17:30")
    assert desk.clock("next_response") == "due Mon 18:30, warning Mon 18:18"


def test_a_target_that_was_taken_out_is_not_breached() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00")
    desk.mail(TargetSettings(resolution_s=HOUR))
    assert told(desk.wait_until("Mon 17:00")) == ["lifted first_response Mon 12:12"]


def test_tickets_from_before_there_were_targets_have_none() -> None:
    desk = Desk(TargetSettings())
    desk.customer_writes("Mon 09:00")
    desk.mail(NEXT)
    assert (desk.agent_writes("Mon 09:10"), desk.ticket.clocks) == ((), None)
    assert told(desk.customer_writes("Mon 09:20")) == []


def test_an_hour_that_the_clock_skips_is_no_business_time() -> None:
    night: dict[str, tuple[str, ...]] = {"sunday": ("00:00-06:00",), "monday": ("09:00-17:00",)}
    desk = Desk(FIRST, week=night)  # type: ignore[arg-type]  # the days are those of a week
    desk.customer_writes(datetime(2026, 3, 28, 23, 0, tzinfo=UTC))  # midnight in Berlin, and at two it is three
    clock = desk.ticket.clocks.of["first_response"]  # type: ignore[union-attr]  # it has clocks
    assert clock.due == datetime(2026, 3, 29, 3, 0, tzinfo=UTC), "five on the clock on the wall"
    back = Desk(FIRST, week=night)  # type: ignore[arg-type]  # the days are those of a week
    back.customer_writes(datetime(2026, 10, 24, 22, 0, tzinfo=UTC))  # midnight, and at three it is two again
    clock = back.ticket.clocks.of["first_response"]  # type: ignore[union-attr]  # it has clocks
    assert clock.due == datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "three on the clock on the wall"
