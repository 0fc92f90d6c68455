"""Agents come, pause and go."""

from services.routing.domain.commands import SetStatus
from shared.contracts.agents import AgentSignedOut
from tests.unit.routing.scenario import (
    agent,
    available,
    contact,
    declined,
    given,
    offered,
    opened,
    second,
    signed_in,
    status,
    when,
    word,
)


def test_the_first_status_signs_in_and_brings_what_waits() -> None:
    pool = given(agent("ann"), opened("t1", 1))
    events = when(pool, SetStatus(agent="ann", status="available"), at=5)
    assert events == (signed_in("ann", 5), status("ann", "available", 5), offered("t1", "ann", 5))


def test_the_same_status_again_changes_nothing() -> None:
    assert when(given(available("ann")), SetStatus(agent="ann", status="available"), at=5) == ()


def test_another_reason_is_a_change() -> None:
    pool = given(available("ann"), status("ann", "break", 1, reason="lunch"))
    events = when(pool, SetStatus(agent="ann", status="break", reason="meeting"), at=5)
    assert events == (status("ann", "break", 5, reason="meeting"),)


def test_going_offline_signs_out_and_declines_what_is_on_offer() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    events = when(pool, SetStatus(agent="ann", status="offline"), at=5)
    assert events == (
        status("ann", "offline", 5),
        AgentSignedOut(agent="ann", at=second(5)),
        declined("t1", "ann", 5),
    )


def test_going_offline_with_a_contact_in_hand_is_refused() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert word(when(pool, SetStatus(agent="ann", status="offline"), at=5)) == "open_contacts"


def test_a_break_with_a_contact_in_hand_is_fine() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    assert when(pool, SetStatus(agent="ann", status="break"), at=5) == (status("ann", "break", 5),)


def test_an_agent_nobody_configured_cannot_sign_in() -> None:
    assert word(when(given(), SetStatus(agent="eve", status="available"), at=5)) == "unknown_agent"
