"""A caller who is called back keeps the place in the queue without holding the line."""

from dataclasses import replace

import pytest

from services.routing.domain.commands import EndContact, Ended, SetStatus
from services.routing.domain.commands_relief import HearCallbackWish, RequestCallback
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from shared.contracts.tickets import TicketOffered, TicketReopened, TicketResolved
from shared.contracts.tickets_relief import TicketCallbackRequested
from tests.unit.routing.scenario import (
    abandoned,
    accepted,
    available,
    contact,
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

CALL_BACK = RequestCallback(ticket="t1", by="telephony")


def requested(at: float) -> Event:
    return TicketCallbackRequested(ticket="t1", at=second(at), queue="sales", by="telephony")


def hang_up(at: float) -> EndContact:
    return EndContact(conversation="of t1", ended=Ended(at=second(at), reason="hung_up"))


def test_the_caller_may_hang_up_and_keeps_the_place() -> None:
    pool = given(opened("t1", 1), opened("t2", 2))
    before = pool.tickets["t1"].order()
    assert when(pool, CALL_BACK, at=5) == (requested(5),)
    evolve(pool, requested(5))
    assert pool.tickets["t1"].callback == second(5)
    assert when(pool, hang_up(6), at=6) == ()
    assert pool.tickets["t1"].order() == before < pool.tickets["t2"].order()


def test_without_it_hanging_up_abandons() -> None:
    pool = given(opened("t1", 1))
    assert when(pool, hang_up(6), at=6) == (abandoned("t1", 6),)


def test_an_agent_who_is_asked_just_then_stays_asked() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), requested(2))
    assert when(pool, hang_up(3), at=3) == ()


def wish(at: float) -> HearCallbackWish:
    return HearCallbackWish(conversation="of t1", wished=second(at))


def test_a_caller_who_wishes_it_keeps_the_place() -> None:
    pool = given(opened("t1", 1), opened("t2", 2))
    kept = TicketCallbackRequested(ticket="t1", at=second(5), queue="sales", by="caller")
    assert when(pool, wish(5), at=6) == (kept,)
    evolve(pool, kept)
    assert when(pool, wish(7), at=8) == (), "wishing twice is wishing once"
    assert when(pool, hang_up(9), at=9) == ()


def test_whoever_gets_it_is_told_to_call() -> None:
    def offer(*wished: Event) -> TicketOffered:
        pool = given(available("ann"), status("ann", "break", 0), opened("t1", 1), *wished)
        events = when(pool, SetStatus(agent="ann", status="available"), at=5)
        assert not isinstance(events, Refused)
        (offer,) = (event for event in events if isinstance(event, TicketOffered))
        return offer

    assert offer(requested(2)) == replace(offer(), call_back=True)
    assert offer().call_back is None


def test_a_wish_without_a_contact_that_waits_means_nothing() -> None:
    assert when(given(), wish(5), at=6) == ()
    talking = given(available("ann"), contact("t1", "ann", 1))
    assert when(talking, wish(5), at=6) == ()
    over = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 5))
    assert when(over, wish(6), at=7) == ()


def test_asking_twice_is_asking_once() -> None:
    assert when(given(opened("t1", 1), requested(2)), CALL_BACK, at=3) == ()


def test_a_hang_up_from_before_the_acceptance_does_not_end_the_call_back() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), requested(2), accepted("t1", "ann", 5))
    assert when(pool, hang_up(4), at=6) == ()
    assert when(pool, hang_up(5), at=6) == ()


def test_whoever_held_the_line_all_the_same_ends_the_contact_by_hanging_up() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), requested(2), accepted("t1", "ann", 5))
    assert when(pool, hang_up(50), at=50) == (wrapping_up("t1", "ann", 50),)


@pytest.mark.parametrize("further", [[], [wrapping_up("t1", "ann", 5)]], ids=["while they talk", "in the wrap-up"])
def test_once_an_agent_has_it_it_is_too_late(further: list[Event]) -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), further)
    refused = when(pool, CALL_BACK, at=9)
    assert word(refused) == "wrong_phase"
    assert isinstance(refused, Refused)
    assert "needs one that is waiting or offered" in refused.detail


def test_nobody_is_called_back_about_a_ticket_that_is_over() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 5))
    assert word(when(pool, CALL_BACK, at=9)) == "not_open"


def test_what_is_reopened_is_no_call_back_any_more() -> None:
    done = TicketResolved(ticket="t1", at=second(9), queue="sales", agent="ann", reopen_until=second(99))
    pool = given(
        available("ann"), opened("t1", 1), offered("t1", "ann", 1), requested(2), accepted("t1", "ann", 5), done
    )
    evolve(pool, TicketReopened(ticket="t1", at=second(20), queue="sales", by="sue"))
    assert pool.tickets["t1"].callback is None
