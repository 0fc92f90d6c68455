"""Who is one person: given decisions, when a claim, then decisions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.profile.domain.customers import LIMIT
from services.profile.domain.linking import STREAM, Known, LinkIdentities, Linking
from shared.contracts.customers import CustomerEvent, IdentityLinked, LinkRefused
from shared.contracts.envelope import event_id
from shared.decider import Decision

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
A, B, C, D = (letter * 32 for letter in "abcd")


def claim(first: str, second: str) -> LinkIdentities:
    return LinkIdentities(
        id=event_id("/tests", first + second), first=first, second=second, evidence="agent", cause="event-1", at=AT
    )


def linked(first: str, second: str) -> IdentityLinked:
    return IdentityLinked(identity=first, also=second, at=AT, evidence="agent", cause="event-1")


def refused(first: str, second: str, reason: str) -> LinkRefused:
    return LinkRefused(identity=first, also=second, at=AT, evidence="agent", cause="event-1", reason=reason)


def given(events: Sequence[CustomerEvent]) -> Known:
    state = Linking().initial(STREAM)
    for event in events:
        state = Linking().evolve(state, event)
    return state


def when(state: Known, command: LinkIdentities) -> Decision[CustomerEvent]:
    return Linking().decide(state, command)


def test_two_strangers_become_one_customer_named_by_the_first() -> None:
    decision = when(given([]), claim(A, B))
    assert decision.events == (linked(A, B),)
    assert decision.refused is None
    assert decision.result == {"customer": f"cus_{A}"}


def test_a_third_identity_joins_the_customer_that_is_there() -> None:
    decision = when(given([linked(A, B)]), claim(C, B))
    assert decision.events == (linked(C, B),)
    assert decision.result == {"customer": f"cus_{A}"}


def test_two_customers_become_the_older_one_whichever_is_named_first() -> None:
    decision = when(given([linked(A, B), linked(C, D)]), claim(D, B))
    assert decision.events == (linked(D, B),)
    assert decision.result == {"customer": f"cus_{A}"}


def test_what_is_linked_already_is_refused_but_not_to_whoever_asked() -> None:
    decision = when(given([linked(A, B), linked(B, C)]), claim(C, A))
    assert decision.events == (refused(C, A, "already_linked"),)
    assert decision.refused is None
    assert decision.result == {"customer": f"cus_{A}"}


def test_an_identity_is_not_linked_to_itself() -> None:
    decision = when(given([linked(A, B)]), claim(A, A))
    assert decision.events == (refused(A, A, "same_identity"),)
    assert decision.refused == "same_identity"


def test_a_customer_does_not_grow_beyond_the_limit() -> None:
    crowd = [linked(A, f"{number:032}") for number in range(LIMIT - 1)]
    decision = when(given(crowd), claim(A, B))
    assert decision.events == (refused(A, B, "limit"),)
    assert decision.refused == "limit"
    assert when(given(crowd[1:]), claim(A, B)).events == (linked(A, B),)


def test_two_customers_are_not_merged_beyond_the_limit() -> None:
    half = LIMIT // 2 + 1
    crowds = [linked(one, f"{one[0]}{number:031}") for one in (A, B) for number in range(half - 1)]
    assert when(given(crowds), claim(A, B)).refused == "limit"


def test_a_refusal_changes_nothing() -> None:
    assert given([linked(A, B), refused(A, C, "limit")]) == given([linked(A, B)])
