"""What agents do with offers and tickets, and what is refused."""

import pytest

from services.routing.domain.commands import (
    AcceptTicket,
    DeclineTicket,
    FireTimers,
    HoldTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    StartWrapup,
    TicketCommand,
)
from services.routing.domain.events import TicketRoundBegan
from shared.contracts.tickets import TicketHeld, TicketResumed
from tests.unit.routing.scenario import (
    accepted,
    available,
    contact,
    declined,
    expired,
    given,
    offered,
    opened,
    resolved,
    second,
    status,
    when,
    word,
    wrapping_up,
)


def test_the_agent_who_is_asked_accepts() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    assert when(pool, AcceptTicket(ticket="t1", agent="ann"), at=4) == (accepted("t1", "ann", 4),)


def test_accepting_twice_is_accepting_once() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert when(pool, AcceptTicket(ticket="t1", agent="ann"), at=4) == ()


def test_declining_twice_is_declining_once() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), declined("t1", "ann", 2))
    assert when(pool, DeclineTicket(ticket="t1", agent="ann"), at=4) == ()


def test_accepting_what_went_on_to_another_is_refused() -> None:
    pool = given(
        available("ann"),
        available("bob"),
        opened("t1", 1),
        offered("t1", "ann", 1),
        expired("t1", "ann", 21),
        offered("t1", "bob", 21),
        accepted("t1", "bob", 22),
    )
    assert word(when(pool, AcceptTicket(ticket="t1", agent="ann"), at=23)) == "not_theirs"


def test_accepting_what_is_offered_to_another_is_refused() -> None:
    pool = given(available("ann"), available("bob"), opened("t1", 1), offered("t1", "ann", 1))
    assert word(when(pool, AcceptTicket(ticket="t1", agent="bob"), at=4)) == "not_theirs"


def test_a_declined_ticket_goes_to_the_next_agent() -> None:
    pool = given(available("ann"), available("bob", at=1), opened("t1", 2), offered("t1", "ann", 2))
    events = when(pool, DeclineTicket(ticket="t1", agent="ann"), at=4)
    assert events == (declined("t1", "ann", 4), offered("t1", "bob", 4))


def test_a_declined_ticket_waits_when_nobody_else_is_free_and_whoever_declined_gets_another() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), opened("t2", 2))
    events = when(pool, DeclineTicket(ticket="t1", agent="ann"), at=4)
    assert events == (declined("t1", "ann", 4), offered("t2", "ann", 4))


def test_a_ticket_is_not_offered_again_to_whoever_declined_it_in_this_round() -> None:
    pool = given(
        available("ann"),
        opened("t1", 1),
        offered("t1", "ann", 1),
        opened("t2", 2),
        declined("t1", "ann", 4),
        offered("t2", "ann", 4),
        accepted("t2", "ann", 5),
    )
    assert when(pool, ResolveTicket(ticket="t2", agent="ann"), at=9) == (resolved("t2", "ann", 9),)


def test_after_the_time_of_one_offer_a_new_round_asks_everybody_again() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), declined("t1", "ann", 4))
    assert when(pool, FireTimers(), at=23.9) == ()
    assert when(pool, FireTimers(), at=24) == (
        TicketRoundBegan(ticket="t1", at=second(24)),
        offered("t1", "ann", 24),
    )


def test_whoever_comes_back_after_a_break_may_be_asked_again_at_once() -> None:
    pool = given(
        available("ann"), opened("t1", 1), offered("t1", "ann", 1), declined("t1", "ann", 4), status("ann", "break", 5)
    )
    events = when(pool, SetStatus(agent="ann", status="available"), at=6)
    assert events == (status("ann", "available", 6), offered("t1", "ann", 6))


def test_having_been_away_counts_later_too_when_there_is_room() -> None:
    pool = given(
        available("ann"),
        opened("t1", 1),
        offered("t1", "ann", 1),
        declined("t1", "ann", 2),
        opened("t2", 3),
        offered("t2", "ann", 3),
        accepted("t2", "ann", 4),
        status("ann", "break", 5),
        status("ann", "available", 6),
    )
    events = when(pool, ResolveTicket(ticket="t2", agent="ann"), at=9)
    assert events == (resolved("t2", "ann", 9), offered("t1", "ann", 9))


def test_an_agent_who_lets_an_offer_expire_is_not_responding_and_it_goes_to_the_next() -> None:
    pool = given(available("ann"), available("bob", at=1), opened("t1", 2), offered("t1", "ann", 2))
    assert when(pool, FireTimers(), at=21) == ()
    assert when(pool, FireTimers(), at=22) == (
        expired("t1", "ann", 22),
        status("ann", "not_responding", 22),
        offered("t1", "bob", 22),
    )


def test_several_unanswered_offers_are_told_of_an_agent_once() -> None:
    pool = given(
        available("ann"),
        *(event for n in (1, 2) for event in (opened(f"t{n}", 1, channel="chat"), offered(f"t{n}", "ann", 1))),
    )
    assert when(pool, FireTimers(), at=30) == (
        expired("t1", "ann", 30),
        status("ann", "not_responding", 30),
        expired("t2", "ann", 30),
    )


def test_an_answer_that_comes_before_the_timer_counts_even_after_the_deadline() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    assert when(pool, AcceptTicket(ticket="t1", agent="ann"), at=22) == (accepted("t1", "ann", 22),)


def test_hold_resume_wrap_up_and_resolve_in_turn() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    held = TicketHeld(ticket="t1", at=second(2), queue="sales", agent="ann")
    resumed = TicketResumed(ticket="t1", at=second(3), queue="sales", agent="ann")
    wrapup = wrapping_up("t1", "ann", 4, reason="agent")
    assert when(pool, HoldTicket(ticket="t1", agent="ann"), at=2) == (held,)
    pool = given(available("ann"), contact("t1", "ann", 1), held)
    assert when(pool, ResumeTicket(ticket="t1", agent="ann"), at=3) == (resumed,)
    pool = given(available("ann"), contact("t1", "ann", 1), held, resumed)
    assert when(pool, StartWrapup(ticket="t1", agent="ann"), at=4) == (wrapup,)
    pool = given(available("ann"), contact("t1", "ann", 1), held, resumed, wrapup)
    assert when(pool, ResolveTicket(ticket="t1", agent="ann"), at=5) == (resolved("t1", "ann", 5),)


@pytest.mark.parametrize(
    "command",
    [
        HoldTicket(ticket="t1", agent="ann"),
        ResumeTicket(ticket="t1", agent="ann"),
        StartWrapup(ticket="t1", agent="ann"),
        ResolveTicket(ticket="t1", agent="ann"),
    ],
)
def test_a_ticket_that_is_only_offered_cannot_be_worked_on(command: TicketCommand) -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    assert word(when(pool, command, at=2)) == "wrong_phase"


def test_a_ticket_that_is_resolved_is_no_longer_open() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 2))
    assert word(when(pool, ResolveTicket(ticket="t1", agent="ann"), at=3)) == "not_open"


def test_an_agent_nobody_configured_is_refused() -> None:
    assert word(when(given(opened("t1", 1)), AcceptTicket(ticket="t1", agent="eve"), at=3)) == "unknown_agent"


def test_an_action_before_the_tickets_last_event_gets_that_events_time() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 10))
    assert when(pool, AcceptTicket(ticket="t1", agent="ann"), at=8, now=12) == (accepted("t1", "ann", 10),)
