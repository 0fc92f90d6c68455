"""What counts as a question and as an answer, and when: the office is open Monday to Friday from 9 to 17."""

from datetime import timedelta

import pytest

from services.routing.domain.commands import StartWrapup
from services.routing.domain.targets import TargetSettings
from shared.contracts.tickets_sla import TicketSlaMet, TicketSlaStarted
from tests.unit.routing.desk import HOUR, Desk, at, local, told

FIRST = TargetSettings(first_response_s=4 * HOUR)
NEXT = TargetSettings(first_response_s=4 * HOUR, next_response_s=2 * HOUR)


def test_an_answer_that_is_heard_late_counts_from_when_it_was_given() -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00")
    events = desk.agent_writes("Mon 14:00", happened="Mon 12:00")
    (met,) = [event for event in events if isinstance(event, TicketSlaMet)]
    assert (local(met.reached), local(met.at), met.left_s) == ("Mon 12:00", "Mon 13:00", HOUR)


def test_a_customer_who_is_heard_late_has_waited_since_asking() -> None:
    desk = Desk(FIRST)
    events = desk.customer_writes("Mon 15:00", happened="Mon 10:00")
    (started,) = [event for event in events if isinstance(event, TicketSlaStarted)]
    assert (local(started.since), local(started.due or at("Mon 00:00"))) == ("Mon 10:00", "Mon 14:00")
    assert told(desk.wait_until("Mon 15:00")) == [
        "warned first_response Mon 13:12",
        "breached first_response Mon 14:00",
    ]


def test_resolving_without_an_answer_is_the_answer() -> None:
    desk = Desk(TargetSettings(first_response_s=HOUR, resolution_s=2 * HOUR))
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:10")
    assert "met" not in str(told(desk.log)), "taking a mail is no answer"
    assert told(desk.ann_resolves_it("Mon 09:30")) == ["met first_response Mon 09:30", "met resolution Mon 09:30"]


@pytest.mark.parametrize("channel", ["phone", "chat"])
def test_a_customer_on_the_line_is_answered_by_acceptance(channel: str) -> None:
    desk = Desk(FIRST)
    desk.customer_writes("Mon 09:00", channel=channel)
    assert told(desk.agent_writes("Mon 09:05")) == []
    assert told(desk.ann_takes_it("Mon 09:10")) == ["met first_response Mon 09:10"]


def test_every_exchange_has_a_clock_of_its_own() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    assert told(desk.customer_writes("Mon 09:30")) == [], "it is still the first answer that is waited for"
    assert told(desk.agent_writes("Mon 10:00")) == ["met first_response Mon 10:00"]
    assert told(desk.customer_writes("Mon 16:00")) == ["started next_response Mon 16:00"]
    assert told(desk.customer_writes("Mon 16:30")) == [], "the clock runs since the first of them"
    assert desk.clock("next_response") == "due Tue 10:00, warning Tue 09:36"
    assert told(desk.agent_writes("Tue 09:30")) == ["met next_response Tue 09:30"]
    assert told(desk.customer_writes("Tue 16:30")) == ["started next_response Tue 16:30"]
    assert desk.clock("next_response") == "due Wed 10:30, warning Wed 10:06"


def test_an_answer_that_is_heard_after_the_next_question_does_not_answer_that() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.customer_writes("Mon 10:00")
    assert told(desk.agent_writes("Mon 10:10", happened="Mon 09:40")) == [
        "met first_response Mon 10:00",
        "started next_response Mon 10:00",
    ]
    assert desk.clock("next_response") == "due Mon 12:00, warning Mon 11:36", "as if all had come in order"


def test_a_question_that_is_heard_after_its_answer_is_answered() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 10:00")
    assert told(desk.customer_writes("Mon 10:10", happened="Mon 09:50")) == []


def test_an_earlier_question_that_is_heard_later_sets_the_clock_anew() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 10:00")
    desk.customer_writes("Mon 12:00")
    assert told(desk.customer_writes("Mon 12:10", happened="Mon 11:00")) == ["started next_response Mon 12:00"]
    assert desk.clock("next_response") == "due Mon 13:00, warning Mon 12:36"


def test_an_older_answer_changes_nothing() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 10:00")
    assert desk.agent_writes("Mon 10:10", happened="Mon 09:30") == ()


def test_an_answer_from_before_the_ticket_answers_nothing() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    assert desk.agent_writes("Mon 09:10", happened="Mon 08:00") == ()


def test_what_a_call_or_a_started_chat_tells_again_is_no_question() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00", channel="chat")
    desk.ann_takes_it("Mon 09:01")
    assert told(desk.customer_writes("Mon 09:02", channel="chat", message=False)) == []
    assert told(desk.customer_writes("Mon 09:03", channel="chat")) == ["started next_response Mon 09:03"]


def test_who_leaves_the_chat_waits_for_no_answer() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00", channel="chat")
    desk.ann_takes_it("Mon 09:01")
    desk.customer_writes("Mon 09:03", channel="chat")
    assert told(desk.customer_leaves("Mon 09:05")) == ["lifted next_response Mon 09:05"]


def test_the_writing_of_a_mail_may_be_wrapped_up_and_the_customer_still_waits() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 09:01")
    desk.customer_writes("Mon 09:03")
    desk.ann_takes_it("Mon 09:04")
    assert told(desk.do(StartWrapup(ticket="t1", agent="ann"), "Mon 09:05")) == []


def test_a_reply_that_crossed_the_agents_own_words_lets_it_go_on_too() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.ann_takes_it("Mon 09:10")
    desk.ann_waits_for_the_customer("Mon 09:20")
    desk.agent_writes("Mon 09:40")
    desk.customer_writes("Mon 09:41", happened="Mon 09:39")
    assert desk.ticket.phase != "pending"


def test_of_very_many_unanswered_messages_the_first_counts() -> None:
    desk = Desk(NEXT)
    desk.customer_writes("Mon 09:00")
    desk.agent_writes("Mon 09:10")
    for number in range(40):
        desk.customer_writes(at("Mon 09:20") + timedelta(minutes=number))
    assert desk.clock("next_response") == "due Mon 11:20, warning Mon 10:56"
    assert desk.ticket.clocks is not None
    assert len(desk.ticket.clocks.unanswered) == 10
