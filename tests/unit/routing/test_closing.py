"""Tickets wait for somebody outside, are resolved under a code, come back, and are closed."""

from services.routing.domain.commands import (
    CloseTicket,
    Command,
    FireTimers,
    PendTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    StartWrapup,
)
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets import (
    TicketAccepted,
    TicketClosed,
    TicketPended,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketWrapupStarted,
)
from tests.unit.routing.scenario import (
    EIGHT,
    available,
    contact,
    done,
    given,
    offered,
    open_ticket,
    opened,
    resolved,
    second,
    when,
    word,
)

MAIL = QueueSettings(name="Mail", reopen_s=3_600.0, wrapup_s=60.0, wrapup_codes=("sold", "lost"))


def mail(*events: Event | list[Event]) -> Pool:
    return given(QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=MAIL), *events)


def reply(at: float) -> Command:
    return open_ticket("t9", happened=at, channel="email", queue="mail", conversation="of t1")


def with_ann() -> Pool:
    return mail(available("ann"), available("bob", at=9), contact("t1", "ann", 1, channel="email", queue="mail"))


def test_a_pending_ticket_takes_no_room_and_the_agent_gets_the_next() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), opened("t2", 2))
    events = done(pool, PendTicket(ticket="t1", agent="ann", on="third_party"), at=9)
    assert events == [
        TicketPended(ticket="t1", at=second(9), queue="sales", agent="ann", on="third_party"),
        offered("t2", "ann", 9),
    ]
    assert when(pool, PendTicket(ticket="t1", agent="ann", on="third_party"), at=10) == ()


def test_the_customers_answer_brings_it_back_to_the_same_agent() -> None:
    pool = with_ann()
    done(pool, PendTicket(ticket="t1", agent="ann", on="customer"), at=9)
    queued, offer = done(pool, reply(30), at=30)
    assert isinstance(queued, TicketQueued)
    assert (queued.ticket, queued.by, queued.kept_for) == ("t1", "pending", "ann")
    assert offer == offered("t1", "ann", 30, queue="mail")


def test_the_customers_answer_does_not_bring_back_what_waits_for_somebody_else() -> None:
    pool = with_ann()
    done(pool, PendTicket(ticket="t1", agent="ann", on="third_party"), at=9)
    assert when(pool, reply(30), at=30) == ()


def test_the_time_brings_it_back() -> None:
    pool = with_ann()
    done(pool, PendTicket(ticket="t1", agent="ann", on="third_party", until=second(100)), at=9)
    assert next_deadline(pool) == second(100)
    assert done(pool, FireTimers(), at=100)[-1] == offered("t1", "ann", 100, queue="mail")


def test_somebody_else_gets_it_when_the_agent_has_gone() -> None:
    pool = with_ann()
    done(pool, PendTicket(ticket="t1", agent="ann", on="customer"), at=9)
    done(pool, SetStatus(agent="ann", status="offline"), at=10)
    assert done(pool, reply(30), at=30)[-1] == offered("t1", "bob", 30, queue="mail")


def test_the_agent_goes_on_with_it_without_being_asked() -> None:
    pool = with_ann()
    done(pool, PendTicket(ticket="t1", agent="ann", on="customer"), at=9)
    queued, taken = done(pool, ResumeTicket(ticket="t1", agent="ann"), at=30)
    assert isinstance(queued, TicketQueued)
    assert taken == TicketAccepted(ticket="t1", at=second(30), queue="mail", agent="ann", units=1)


def test_nobody_goes_on_without_room() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    done(pool, PendTicket(ticket="t1", agent="ann", on="customer"), at=9)
    for event in contact("t2", "ann", 10):
        evolve(pool, event)
    assert word(when(pool, ResumeTicket(ticket="t1", agent="ann"), at=30)) == "no_room"


def test_a_time_that_is_over_is_refused() -> None:
    assert word(when(with_ann(), PendTicket(ticket="t1", agent="ann", on="customer", until=second(5)), at=9)) == (
        "in_the_past"
    )


def test_a_queue_with_codes_wants_one_of_them() -> None:
    pool = with_ann()
    assert word(when(pool, ResolveTicket(ticket="t1", agent="ann"), at=9)) == "no_code"
    assert word(when(pool, ResolveTicket(ticket="t1", agent="ann", code="stolen"), at=9)) == "no_code"
    assert done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9) == [
        TicketResolved(ticket="t1", at=second(9), queue="mail", agent="ann", code="sold", reopen_until=second(3609))
    ]


def test_paperwork_that_takes_too_long_counts_as_done() -> None:
    pool = with_ann()
    (started,) = done(pool, StartWrapup(ticket="t1", agent="ann"), at=9)
    assert isinstance(started, TicketWrapupStarted)
    assert started.until == next_deadline(pool) == second(69)
    (over,) = done(pool, FireTimers(), at=69)
    assert isinstance(over, TicketResolved)
    assert (over.agent, over.reason, over.code) == ("ann", "wrapup_limit", None)
    assert pool.agents["ann"].hand == {}


def test_whoever_is_found_not_to_respond_gets_nothing_when_their_paperwork_is_over_too() -> None:
    pool = mail(
        available("ann", limits={"email": 2}),
        contact("t1", "ann", 1, channel="email", queue="mail"),
        opened("t2", 50, channel="email", queue="mail", skills=()),
        offered("t2", "ann", 50, queue="mail"),
        opened("t3", 51, channel="email", queue="mail", skills=()),
    )
    done(pool, StartWrapup(ticket="t1", agent="ann"), at=10)
    assert [event.event for event in done(pool, FireTimers(), at=70)] == [
        "ticket.resolved",
        "ticket.expired",
        "agent.status.changed",
    ]


def test_a_reply_reopens_a_resolved_ticket_for_the_agent_who_had_it() -> None:
    pool = with_ann()
    done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9)
    events = done(pool, reply(30), at=30)
    assert events[0] == TicketReopened(ticket="t1", at=second(30), queue="mail", by="customer")
    assert events[2] == offered("t1", "ann", 30, queue="mail")


def test_a_message_from_before_the_resolution_does_not_reopen() -> None:
    pool = with_ann()
    done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9)
    assert when(pool, reply(8), at=30) == ()


def test_after_its_time_a_ticket_is_closed_and_a_reply_opens_another() -> None:
    pool = with_ann()
    done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9)
    assert done(pool, FireTimers(), at=3609) == [TicketClosed(ticket="t1", at=second(3609), queue="mail")]
    events = done(pool, reply(4000), at=4000)
    assert events[0].event == "ticket.opened"


def test_people_reopen_and_close() -> None:
    pool = with_ann()
    done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9)
    assert done(pool, ReopenTicket(ticket="t1", by="bob"), at=10)[0] == TicketReopened(
        ticket="t1", at=second(10), queue="mail", by="bob"
    )
    assert when(pool, ReopenTicket(ticket="t1", by="bob"), at=11) == ()
    assert word(when(pool, CloseTicket(ticket="t1", by="sue"), at=11)) == "wrong_phase"
    pool = with_ann()
    done(pool, ResolveTicket(ticket="t1", agent="ann", code="sold"), at=9)
    assert done(pool, CloseTicket(ticket="t1", by="sue"), at=10) == [
        TicketClosed(ticket="t1", at=second(10), queue="mail", by="sue")
    ]


def test_where_nothing_comes_back_a_resolved_ticket_is_closed_at_once() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert done(pool, ResolveTicket(ticket="t1", agent="ann"), at=9) == [resolved("t1", "ann", 9)]
    assert pool.tickets == {}
    assert word(when(pool, ReopenTicket(ticket="t1", by="ann"), at=10)) == "not_open"
