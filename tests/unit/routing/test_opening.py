"""A customer comes: what opens a ticket, where it waits, and when it counts from."""

from dataclasses import replace

from services.routing.domain.commands import Ended
from services.routing.domain.evolve import evolve
from shared.contracts.tickets import TicketOpened
from tests.unit.routing.scenario import (
    abandoned,
    available,
    contact,
    given,
    offered,
    open_ticket,
    opened,
    resolved,
    second,
    when,
    word,
)


def test_a_call_opens_a_ticket_that_waits_when_nobody_is_there() -> None:
    pool = given()
    assert when(pool, open_ticket("t1", happened=10), at=10) == tuple(opened("t1", 10))


def test_a_call_is_offered_at_once_to_an_available_agent() -> None:
    pool = given(available("ann"))
    assert when(pool, open_ticket("t1", happened=10), at=10) == (*opened("t1", 10), offered("t1", "ann", 10))


def test_a_conversation_with_an_open_ticket_gets_no_second_one() -> None:
    pool = given(opened("t1", 10))
    assert when(pool, open_ticket("t2", happened=11, conversation="of t1"), at=11) == ()


def test_a_conversation_whose_ticket_is_resolved_gets_a_new_one() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 5))
    command = open_ticket("t2", happened=9, conversation="of t1", channel="chat")
    events = when(pool, command, at=9)
    assert isinstance(events, tuple)
    assert [event.event for event in events] == ["ticket.opened", "ticket.queued", "ticket.offered"]


def test_the_wait_counts_from_when_the_customer_came_and_the_offer_from_now() -> None:
    pool = given(available("ann"))
    events = when(pool, open_ticket("t1", happened=10), at=70, now=71)
    assert events == (*opened("t1", 10), offered("t1", "ann", 71))


def test_a_customer_from_the_future_comes_now() -> None:
    assert when(given(), open_ticket("t1", happened=500), at=10) == tuple(opened("t1", 10))


def test_a_call_whose_end_arrived_first_is_opened_and_abandoned_in_one_decision() -> None:
    pool = given(available("ann"))
    command = open_ticket("t1", happened=10, ended=Ended(at=second(14), reason="hung_up"))
    assert when(pool, command, at=20) == (*opened("t1", 10), abandoned("t1", 14))


def test_a_hint_asks_for_a_skill_that_somebody_has_and_drops_one_that_nobody_has() -> None:
    pool = given(available("ann"), available("bob", at=1, skills=("sales", "german")))
    events = when(pool, open_ticket("t1", happened=10, skills=("german", "klingon")), at=10)
    assert events == (*opened("t1", 10, skills=("german", "sales")), offered("t1", "bob", 10))


def test_a_ticket_says_what_was_known_of_the_customer_and_the_pool_keeps_it() -> None:
    known = {"customer": "cus_1", "segment": "gold", "account_manager": "ann", "last_agent": "bob"}
    pool = given()
    events = when(pool, replace(open_ticket("t1", happened=10), **known), at=10)  # type: ignore[arg-type]  # names alone
    first, second_ = opened("t1", 10)
    assert isinstance(first, TicketOpened)
    assert events == (replace(first, **known), second_)  # type: ignore[arg-type]  # as above
    for event in (replace(first, **known), second_):  # type: ignore[arg-type]  # as above
        evolve(pool, event)
    ticket = pool.tickets["t1"]
    assert (ticket.customer, ticket.account_manager, ticket.last_agent) == ("cus_1", "ann", "bob")


def test_an_unknown_queue_is_refused() -> None:
    assert word(when(given(), open_ticket("t1", happened=1, queue="nowhere"), at=1)) == "unknown_queue"
