"""Callers are sent to voicemail, and what they leave there is a ticket."""

from dataclasses import replace

import pytest

from services.routing.domain.commands import ConfigureQueue, EndContact, Ended, FireTimers, OpenTicket
from services.routing.domain.configuration import Overflow, QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.timers import next_deadline
from services.routing.domain.voicemail import WITHIN
from shared.contracts.tickets import TicketOverflowed, TicketQueued
from shared.contracts.tickets_relief import TicketCallbackRequested
from tests.unit.routing.scenario import (
    EIGHT,
    abandoned,
    accepted,
    available,
    done,
    given,
    offered,
    open_ticket,
    opened,
    second,
    when,
    word,
)


def queue(name: str, *overflow: Overflow) -> Event:
    settings = QueueSettings(name=name, overflow=overflow)
    return QueueConfigured(pool="main", queue=name, at=EIGHT, settings=settings)


TO_VOICEMAIL = Overflow(to="messages", after_s=60, voicemail=True)
SETUP = (queue("messages"), queue("mail", TO_VOICEMAIL))


def call(ticket: str, at: float) -> list[Event]:
    return opened(ticket, at, queue="mail", skills=())


def sent(ticket: str, at: float, reason: str = "wait") -> TicketOverflowed:
    return TicketOverflowed(
        ticket=ticket,
        at=second(at),
        queue="mail",
        to="messages",
        reason=reason,  # type: ignore[arg-type]  # one of them
        voicemail_until=second(at) + WITHIN,
        conversation=f"of {ticket}",
    )


def message(ticket: str, of: str, happened: float) -> OpenTicket:
    """A message left in the call of that ticket, as the intake asks for it."""
    command = open_ticket(ticket, happened=happened, queue="mail", channel="voicemail", conversation=f"of {of}")
    return replace(command, by="conversation")


def hang_up(of: str, at: float) -> EndContact:
    return EndContact(conversation=f"of {of}", ended=Ended(at=second(at), reason="hung_up"))


def test_a_caller_who_has_waited_too_long_is_sent_to_voicemail_and_the_call_is_over() -> None:
    pool = given(*SETUP, call("t1", 1))
    assert next_deadline(pool) == second(61)
    assert done(pool, FireTimers(), 61) == [sent("t1", 61)]
    assert (pool.tickets, next_deadline(pool)) == ({}, None)
    assert done(pool, hang_up("t1", 70), 70) == []


def test_the_message_waits_where_messages_do_with_the_age_of_the_call() -> None:
    pool = given(*SETUP, call("t1", 1), sent("t1", 61))
    ticket_opened, queued = done(pool, message("t2", "t1", 90), 95)
    assert (ticket_opened.event, pool.tickets["t2"].channel) == ("ticket.opened", "voicemail")
    assert isinstance(queued, TicketQueued)
    assert (queued.queue, queued.channel, queued.by, queued.since) == ("messages", "voicemail", "voicemail", second(1))
    assert pool.voicemails == {}


def test_nobody_holds_the_line_of_a_message() -> None:
    pool = given(*SETUP, call("t1", 1), sent("t1", 61))
    done(pool, message("t2", "t1", 90), 95)
    assert done(pool, hang_up("t1", 91), 96) == []


def test_it_is_offered_where_it_waits() -> None:
    pool = given(*SETUP, available("ann", queues=["messages"]), call("t1", 1), sent("t1", 61))
    assert done(pool, message("t2", "t1", 90), 95)[-1] == offered("t2", "ann", 95, queue="messages")


def test_a_message_that_comes_long_after_is_one_like_any_other() -> None:
    pool = given(*SETUP, call("t1", 1), sent("t1", 61))
    _, queued = done(pool, message("t2", "t1", 62 + WITHIN.total_seconds()), 1_000)
    assert isinstance(queued, TicketQueued)
    assert (queued.queue, queued.by, queued.since) == ("mail", "conversation", None)


def test_what_was_sent_there_long_ago_is_forgotten() -> None:
    pool = given(*SETUP, call("t1", 1), sent("t1", 61), call("t2", 2_000), sent("t2", 2_061))
    assert list(pool.voicemails) == ["of t2"]


def test_a_message_without_a_call_that_was_sent_there_opens_a_ticket() -> None:
    _, queued = done(given(*SETUP), message("t1", "t1", 5), 5)
    assert isinstance(queued, TicketQueued)
    assert (queued.queue, queued.channel) == ("mail", "voicemail")


def test_whoever_leaves_a_message_instead_of_waiting_on_has_left_the_line() -> None:
    pool = given(*SETUP, call("t1", 1))
    left, *rest = done(pool, message("t2", "t1", 30), 31)
    assert left == abandoned("t1", 30, reason="voicemail", queue="mail")
    assert [event.event for event in rest] == ["ticket.opened", "ticket.queued"]


def test_an_agent_who_was_asked_just_then_is_free_for_the_message() -> None:
    pool = given(*SETUP, available("ann"), call("t1", 1), offered("t1", "ann", 2, queue="mail"))
    events = done(pool, message("t2", "t1", 30), 31)
    assert events[0] == abandoned("t1", 30, reason="voicemail", name="ann", queue="mail")
    assert events[-1] == offered("t2", "ann", 31, queue="mail")


def test_a_message_in_a_call_that_is_answered_changes_nothing() -> None:
    answered = [offered("t1", "ann", 2, queue="mail"), accepted("t1", "ann", 3, queue="mail")]
    assert done(given(*SETUP, available("ann"), call("t1", 1), answered), message("t2", "t1", 30), 31) == []


def test_a_second_message_belongs_to_the_ticket_of_the_first() -> None:
    pool = given(*SETUP, call("t1", 1), sent("t1", 61))
    done(pool, message("t2", "t1", 90), 95)
    assert done(pool, message("t3", "t1", 100), 105) == []


def test_only_callers_who_hold_the_line_can_be_sent_there() -> None:
    chat = opened("t1", 1, queue="mail", channel="chat", skills=())
    assert next_deadline(given(*SETUP, chat)) is None
    pool = given(*SETUP, call("t2", 1))
    evolve(pool, TicketCallbackRequested(ticket="t2", at=second(30), queue="mail", by="telephony"))
    assert next_deadline(pool) is None


def test_whoever_comes_when_too_many_wait_is_sent_there_at_once() -> None:
    pool = given(queue("messages"), queue("mail", Overflow(to="messages", over=0, voicemail=True)), call("t1", 1))
    events = done(pool, open_ticket("t2", happened=2, queue="mail"), 2)
    assert events[2:] == [sent("t2", 2, "length")]


def test_the_message_may_wait_in_the_same_queue_and_is_not_sent_round() -> None:
    pool = given(queue("mail", Overflow(to="mail", after_s=60, voicemail=True)), call("t1", 1))
    done(pool, FireTimers(), 61)
    done(pool, message("t2", "t1", 90), 95)
    assert (pool.tickets["t2"].queue, next_deadline(pool)) == ("mail", None)


@pytest.mark.parametrize(
    ("step", "refused"),
    [
        (Overflow(to="moon", after_s=5, voicemail=True), "unknown_queue"),
        (Overflow(to="mail", after_s=5), "overflow_loop"),
    ],
)
def test_messages_need_a_queue_that_is_there(step: Overflow, refused: str) -> None:
    settings = QueueSettings(name="Mail", overflow=(step,))
    assert word(when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)) == refused
