"""Tickets are passed on, escalated, taken over and prioritised."""

import pytest

from services.routing.domain.commands import (
    AcceptTicket,
    EscalateTicket,
    FireTimers,
    PersonCommand,
    PrioritiseTicket,
    ResolveTicket,
    SetStatus,
    TakeTicket,
    TransferTicket,
)
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.domain.refusals import Refused
from shared.contracts.agents import AgentSignedOut
from shared.contracts.tickets import (
    TicketAccepted,
    TicketEscalated,
    TicketOffered,
    TicketPrioritised,
    TicketQueued,
    TicketTransferred,
)
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    contact,
    done,
    given,
    offered,
    opened,
    second,
    status,
    when,
    word,
)


def test_a_ticket_passed_on_to_a_queue_waits_there_anew_and_asks_what_that_queue_asks() -> None:
    pool = given(available("ann"), available("bob", at=1, skills=()), contact("t1", "ann", 2))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", queue="mail", reason="An invoice"), at=30)
    assert events[0] == TicketTransferred(
        ticket="t1", at=second(30), queue="sales", agent="ann", by="ann", reason="An invoice"
    )
    assert isinstance(events[1], TicketQueued)
    assert (events[1].queue, events[1].needs, events[1].by) == ("mail", {}, "transfer")
    assert events[2] == offered("t1", "bob", 30, queue="mail")


def test_whoever_passes_a_ticket_on_is_not_asked_for_it_at_once_but_gets_the_next() -> None:
    pool = given(available("ann"), contact("t1", "ann", 2), opened("t2", 3, queue="mail", skills=()))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", queue="mail"), at=30)
    assert [(event.ticket, event.agent) for event in events if isinstance(event, TicketOffered)] == [("t2", "ann")]


def test_a_ticket_passed_on_to_an_agent_waits_for_that_agent_whatever_skill_it_asks() -> None:
    pool = given(available("ann"), available("bob", at=1, skills=()), available("cem", at=1), contact("t1", "ann", 2))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", to="bob"), at=30)
    assert isinstance(events[1], TicketQueued)
    assert (events[1].kept_for, events[1].kept_until) == ("bob", second(150))
    assert events[2] == offered("t1", "bob", 30)


def test_an_agent_who_has_no_room_is_waited_for_and_then_the_queue_sees_to_it() -> None:
    pool = given(available("ann"), available("bob", at=1), contact("t1", "ann", 2), contact("t2", "bob", 3))
    events = done(pool, TransferTicket(ticket="t1", by="ann", agent="ann", to="bob"), at=30)
    assert not any(isinstance(event, TicketOffered) for event in events)
    later = when(pool, FireTimers(), at=150)
    assert not isinstance(later, Refused)
    assert offered("t1", "ann", 150) in later


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (TransferTicket(ticket="t1", by="ann", agent="ann"), "nowhere"),
        (TransferTicket(ticket="t1", by="ann", agent="ann", queue="moon"), "unknown_queue"),
        (TransferTicket(ticket="t1", by="ann", agent="ann", to="eve"), "unknown_agent"),
        (TransferTicket(ticket="t1", by="ann", agent="ann", to="dan"), "away"),
        (TransferTicket(ticket="t1", by="ann", agent="ann", to="ann"), "stays_put"),
        (TransferTicket(ticket="t2", by="sue", queue="sales"), "stays_put"),
        (TransferTicket(ticket="t1", by="bob", agent="bob", queue="mail"), "not_theirs"),
        (TransferTicket(ticket="t9", by="sue", queue="mail"), "not_open"),
        (TakeTicket(ticket="t1", by="sue", agent="eve"), "unknown_agent"),
        (TakeTicket(ticket="t1", by="sue", agent="dan"), "away"),
        (TakeTicket(ticket="t2", by="sue", agent="ann"), "no_room"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(command: PersonCommand, why: str) -> None:
    pool = given(
        available("ann"),
        available("bob", at=1),
        available("dan", at=1),
        status("dan", "offline", 1),
        contact("t1", "ann", 2),
        contact("t0", "bob", 2),
        opened("t2", 3),
    )
    assert word(when(pool, command, at=30)) == why


def test_an_agent_can_only_pass_on_what_it_has_accepted_but_a_supervisor_anything() -> None:
    pool = given(available("ann"), opened("t1", 2), offered("t1", "ann", 2))
    assert word(when(pool, TransferTicket(ticket="t1", by="ann", agent="ann", queue="mail"), at=3)) == "wrong_phase"
    events = done(pool, TransferTicket(ticket="t1", by="sue", queue="mail"), at=3)
    assert isinstance(events[0], TicketTransferred)
    assert (events[0].agent, events[0].by) == ("ann", "sue")
    assert word(when(pool, AcceptTicket(ticket="t1", agent="ann"), at=4)) == "not_theirs"


def test_an_escalation_goes_up_in_priority_and_to_the_queue_that_sees_to_it() -> None:
    angry = QueueConfigured(pool="main", queue="boss", at=EIGHT, settings=QueueSettings(name="Boss"))
    sales = QueueSettings(name="Sales", skills={"sales": 1}, escalate_to="boss")
    pool = given(
        angry,
        QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=sales),
        available("ann"),
        available("bob", at=1, skills=()),
        contact("t1", "ann", 2),
    )
    events = done(pool, EscalateTicket(ticket="t1", by="ann", agent="ann", reason="Threatens to leave"), at=30)
    assert events[0] == TicketEscalated(
        ticket="t1", at=second(30), queue="sales", agent="ann", by="ann", priority=3, reason="Threatens to leave"
    )
    assert events[-1] == offered("t1", "bob", 30, queue="boss")
    assert pool.tickets["t1"].priority == 3


def test_a_supervisor_takes_over_and_the_other_agent_gets_the_next() -> None:
    pool = given(
        available("ann"), contact("t1", "ann", 2), opened("t2", 3), available("sue", at=1), status("sue", "busy", 4)
    )
    events = done(pool, TakeTicket(ticket="t1", by="sue", agent="sue"), at=30)
    assert events[0] == TicketTransferred(ticket="t1", at=second(30), queue="sales", agent="ann", by="sue", to="sue")
    assert events[2] == TicketAccepted(ticket="t1", at=second(30), queue="sales", agent="sue", by="sue", units=8)
    assert events[3] == offered("t2", "ann", 30)
    assert when(pool, TakeTicket(ticket="t1", by="sue", agent="sue"), at=31) == ()


def test_a_ticket_that_waits_can_be_given_to_an_agent_without_asking() -> None:
    pool = given(opened("t1", 2), available("ann", skills=()))
    assert done(pool, TakeTicket(ticket="t1", by="sue", agent="ann"), at=9) == [
        TicketAccepted(ticket="t1", at=second(9), queue="sales", agent="ann", by="sue", units=8)
    ]


def test_a_priority_changes_who_is_next() -> None:
    pool = given(available("ann"), contact("t0", "ann", 1), opened("t1", 2), opened("t2", 3))
    assert done(pool, PrioritiseTicket(ticket="t2", by="sue", priority=1), at=5) == [
        TicketPrioritised(ticket="t2", at=second(5), priority=1, by="sue")
    ]
    events = when(pool, ResolveTicket(ticket="t0", agent="ann"), at=9)
    assert not isinstance(events, Refused)
    assert events[-1] == offered("t2", "ann", 9)
    assert when(pool, PrioritiseTicket(ticket="t2", by="sue", priority=1), at=6) == ()


def test_a_supervisor_signs_somebody_out_and_what_they_had_goes_to_others() -> None:
    pool = given(
        available("ann"),
        contact("t1", "ann", 2, channel="chat"),
        *contact("t2", "ann", 3, channel="chat"),
        available("bob", at=4),
    )
    assert word(when(pool, SetStatus(agent="ann", status="offline", by="sue"), at=9)) == "open_contacts"
    events = done(pool, SetStatus(agent="ann", status="offline", by="sue", force=True), at=9)
    assert AgentSignedOut(agent="ann", at=second(9)) in events
    assert [event for event in events if isinstance(event, TicketOffered)] == [
        offered("t1", "bob", 9),
        offered("t2", "bob", 9),
    ]
    assert pool.agents["ann"].hand == {}
    assert when(pool, AcceptTicket(ticket="t1", agent="bob"), at=10) == (accepted("t1", "bob", 10, units=2),)
