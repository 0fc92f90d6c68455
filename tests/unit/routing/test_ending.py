"""A customer hangs up or leaves."""

from services.routing.domain.commands import EndContact, Ended
from tests.unit.routing.scenario import (
    abandoned,
    available,
    contact,
    declined,
    given,
    offered,
    opened,
    resolved,
    second,
    when,
    wrapping_up,
)


def hang_up(ticket: str, at: float) -> EndContact:
    return EndContact(conversation=f"of {ticket}", ended=Ended(at=second(at), reason="hung_up"))


def test_hanging_up_while_waiting_abandons_the_ticket() -> None:
    assert when(given(opened("t1", 1)), hang_up("t1", 9), at=9) == (abandoned("t1", 9),)


def test_hanging_up_during_an_offer_abandons_it_and_frees_the_agent_for_the_next() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), opened("t2", 2))
    assert when(pool, hang_up("t1", 9), at=9) == (abandoned("t1", 9, name="ann"), offered("t2", "ann", 9))


def test_hanging_up_after_acceptance_starts_the_wrap_up() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert when(pool, hang_up("t1", 9), at=9) == (wrapping_up("t1", "ann", 9),)


def test_hanging_up_during_the_wrap_up_changes_nothing() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), wrapping_up("t1", "ann", 5))
    assert when(pool, hang_up("t1", 9), at=9) == ()


def test_hanging_up_without_an_open_ticket_changes_nothing() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), resolved("t1", "ann", 5))
    assert when(pool, hang_up("t1", 9), at=9) == ()


def test_an_end_that_is_told_late_counts_from_when_it_was_but_not_before_what_happened_since() -> None:
    waiting = given(opened("t1", 1))
    declined_since = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1), declined("t1", "ann", 7))
    assert when(waiting, hang_up("t1", 5), at=60) == (abandoned("t1", 5),)
    assert when(declined_since, hang_up("t1", 5), at=60) == (abandoned("t1", 7),)
