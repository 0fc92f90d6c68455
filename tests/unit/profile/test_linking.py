"""Who is one person: given decisions, when something is said, then decisions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.profile.domain.claims import Limits
from services.profile.domain.commands import (
    CustomerCommand,
    DeclareShared,
    ForbidLink,
    LinkIdentities,
    SplitIdentities,
    WithdrawClaims,
)
from services.profile.domain.known import Known
from services.profile.domain.linking import STREAM, Linking
from shared.contracts.customers import (
    CustomerEvent,
    IdentifierShared,
    IdentityLinked,
    IdentitySplit,
    LinkForbidden,
    LinkRefused,
    LinkSuggested,
    Side,
)
from shared.contracts.envelope import event_id
from shared.decider import Decision

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LINKING = Linking(Limits(shared_from=2, most=4, most_of_kind={"phone": 2}))
EMAIL, PHONE = Side(kind="email", standing="strong"), Side(kind="phone", standing="strong")
CRM, LOGIN = Side(kind="crm", standing="unique"), Side(kind="login", standing="unique")
ROLE, NAME = Side(kind="email", standing="shared"), Side(kind="name", standing="weak")
NULL = Side(kind="email", standing="blocked")
SIDES = {"a": EMAIL, "b": EMAIL, "c": EMAIL, "d": EMAIL, "p": PHONE, "q": PHONE, "r": PHONE, "crm1": CRM, "crm2": CRM}
SIDES |= {"login": LOGIN, "info@": ROLE, "ann": NAME, "null": NULL}


def claim(first: str, second: str, minute: int = 0, score: float | None = None) -> LinkIdentities:
    return LinkIdentities(
        id=name(first, second),
        first=first,
        second=second,
        of=SIDES[first],
        of_second=SIDES[second],
        evidence="verified_login",
        cause="event-1",
        at=AT + timedelta(minutes=minute),
        score=score,
    )


def name(first: str, second: str) -> str:
    return event_id("/tests", f"{first} {second}")


def given(*commands: CustomerCommand) -> Known:
    state = LINKING.initial(STREAM)
    for command in commands:
        state = told(state, LINKING.decide(state, command).events)
    return state


def told(state: Known, events: Sequence[CustomerEvent]) -> Known:
    for event in events:
        state = LINKING.evolve(state, event)
    return state


def outcome(state: Known, command: LinkIdentities) -> str | None:
    """What becomes of a claim by itself: `linked`, or the reason of its refusal."""
    match LINKING.decide(state, command):
        case Decision(events=(IdentityLinked(),), refused=None):
            return "linked"
        case Decision(events=(LinkRefused(reason=reason),)):
            return reason
    return None


def test_two_strangers_become_one_customer_named_by_the_first() -> None:
    decision = LINKING.decide(given(), claim("a", "p"))
    assert [type(event) for event in decision.events] == [IdentityLinked]
    assert told(given(), decision.events).members("p") == ("a", "p")


def test_a_decision_carries_its_evidence() -> None:
    (event,) = LINKING.decide(given(), claim("a", "p")).events
    assert isinstance(event, IdentityLinked)
    assert (event.claim, event.evidence, event.cause) == (name("a", "p"), "verified_login", "event-1")
    assert (event.of, event.of_also, event.claimed) == (EMAIL, PHONE, AT)


def test_a_customer_keeps_the_name_of_its_oldest_identity() -> None:
    assert given(claim("a", "b", 1), claim("c", "d", 2), claim("d", "b", 3)).members("d") == ("a", "b", "c", "d")


def test_late_evidence_leads_to_the_same_customer_as_evidence_in_its_order() -> None:
    in_order = given(claim("c", "d", 1), claim("a", "b", 2), claim("b", "c", 3))
    late = given(claim("b", "c", 3), claim("a", "b", 2), claim("c", "d", 1))
    assert late.members("a") == in_order.members("a") == ("c", "d", "a", "b")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [("a", "a", "same_identity"), ("a", "null", "blocked"), ("a", "ann", "weak"), ("a", "info@", "shared")],
)
def test_what_tells_nothing_of_a_person_links_nothing(first: str, second: str, reason: str) -> None:
    assert outcome(given(), claim(first, second)) == reason


def test_what_is_linked_already_is_refused_but_not_to_whoever_asked() -> None:
    decision = LINKING.decide(given(claim("a", "b"), claim("b", "c")), claim("c", "a", 1))
    assert decision.refused is None
    assert [event.reason for event in decision.events if isinstance(event, LinkRefused)] == ["already_linked"]


def test_a_customer_has_one_unique_identity_of_a_kind() -> None:
    state = given(claim("crm1", "a"), claim("crm2", "b"), claim("login", "a"))
    assert outcome(state, claim("a", "b", 1)) == "unique_clash"


def test_an_address_of_two_crm_ids_is_shared_and_links_neither() -> None:
    before = given(claim("crm1", "a"), claim("a", "p"))
    events = LINKING.decide(before, claim("crm2", "a", 1)).events
    assert IdentifierShared(identity="a", at=AT + timedelta(minutes=1)) in events
    state = told(before, events)
    assert state.customers == {}
    assert outcome(state, claim("a", "q", 2)) == "shared"


def test_a_customer_does_not_grow_beyond_its_limits() -> None:
    assert outcome(given(claim("a", "b"), claim("b", "c"), claim("c", "d")), claim("d", "p", 1)) == "limit"
    assert outcome(given(claim("a", "p"), claim("a", "q")), claim("a", "r", 1)) == "limit"


def test_a_suggestion_links_nothing() -> None:
    decision = LINKING.decide(given(), claim("a", "b", score=0.9))
    assert [type(event) for event in decision.events] == [LinkSuggested]
    assert told(given(), decision.events).customers == {}


def test_a_link_that_is_taken_back_leaves_what_would_be_without_it() -> None:
    wrong = claim("a", "p", 2)
    with_it = given(claim("crm1", "a", 1), wrong, claim("crm2", "p", 3), claim("p", "q", 4))
    assert with_it.members("crm2") == ("crm2",)
    (split, *_) = events = LINKING.decide(with_it, withdraw(wrong)).events
    assert split == IdentitySplit(identity="a", at=AT, split=("p", "q"), withdrawn=(wrong.id,), by="bob")
    state = told(with_it, events)
    assert {*state.customers.values()} == {("crm1", "a"), ("crm2", "p", "q")}


def withdraw(*claims: LinkIdentities) -> WithdrawClaims:
    return WithdrawClaims(
        id=event_id("/tests", "back"), at=AT, identity="a", claims=tuple(one.id for one in claims), by="bob"
    )


def test_a_link_is_taken_back_once() -> None:
    state = given(claim("a", "b"))
    assert LINKING.decide(state, withdraw(claim("c", "d"))).refused == "no_such_link"
    assert LINKING.decide(given(claim("a", "b"), withdraw(claim("a", "b"))), withdraw(claim("a", "b"))).refused


def split(*identities: str, apart: bool = True) -> SplitIdentities:
    return SplitIdentities(id=event_id("/tests", "split"), at=AT, identities=identities, by="bob", apart=apart)


def test_identities_that_were_split_stay_apart() -> None:
    before = given(claim("a", "b", 1), claim("b", "p", 2), claim("p", "q", 3))
    decision = LINKING.decide(before, split("p", "q"))
    assert LinkForbidden(identity="p", also="a", at=AT, by="bob") in decision.events
    state = told(before, decision.events)
    assert {*state.customers.values()} == {("a", "b"), ("p", "q")}
    assert outcome(state, claim("b", "q", 9)) == "forbidden_pair"


def test_identities_may_be_split_and_linked_anew() -> None:
    state = given(claim("a", "b"), claim("b", "p"), split("p", apart=False))
    assert state.members("p") == ("p",)
    assert outcome(state, claim("a", "p", 9)) == "linked"


@pytest.mark.parametrize(
    ("identities", "reason"), [("p", "not_linked"), ("ab", "nothing_left"), ("ac", "other_customer")]
)
def test_a_split_has_to_part_something(identities: str, reason: str) -> None:
    state = given(claim("a", "b"), claim("c", "d"))
    assert LINKING.decide(state, split(*identities)).refused == reason


def apart(first: str, second: str, *, allow: bool = False) -> ForbidLink:
    return ForbidLink(id=event_id("/tests", "apart"), at=AT, first=first, second=second, by="bob", allow=allow)


def test_what_must_stay_apart_is_parted_at_once_and_may_be_joined_when_allowed() -> None:
    chain = given(claim("a", "b", 1), claim("b", "c", 2))
    parted = told(chain, LINKING.decide(chain, apart("a", "c")).events)
    assert {*parted.customers.values()} == {("a", "b")}
    joined = told(parted, LINKING.decide(parted, apart("c", "a", allow=True)).events)
    assert joined.members("c") == ("a", "b", "c")


def test_an_identity_is_not_kept_apart_from_itself() -> None:
    assert LINKING.decide(given(), apart("a", "a")).refused == "same_identity"


def test_an_identity_that_somebody_declares_shared_links_nobody_until_that_is_taken_back() -> None:
    chain = given(claim("a", "b", 1), claim("b", "c", 2))
    shared = DeclareShared(id=event_id("/tests", "shared"), at=AT, identity="b", by="bob")
    state = told(chain, LINKING.decide(chain, shared).events)
    assert state.customers == {}
    owned = DeclareShared(id=event_id("/tests", "owned"), at=AT, identity="b", by="bob", owned=True)
    assert told(state, LINKING.decide(state, owned).events).members("c") == ("a", "b", "c")


def test_evidence_that_was_checked_comes_before_what_was_typed() -> None:
    typed, checked = claim("crm1", "p", 1), claim("crm2", "p", 2)
    typed_first = given(claim("crm1", "a"), claim("a", "p", 1), replace(claim("crm2", "q", 2), sure=True))
    state = told(typed_first, LINKING.decide(typed_first, replace(claim("p", "q", 3), sure=True)).events)
    assert {*state.customers.values()} == {("crm1", "a"), ("crm2", "q", "p")}
    assert typed.at < checked.at


def test_a_claim_between_two_shared_identities_is_refused_though_it_makes_one_seem_shared_twice() -> None:
    declared = [DeclareShared(id=event_id("/tests", one), at=AT, identity=one, by="bob") for one in ("a", "crm2")]
    state = given(claim("crm1", "a"), *declared)
    assert LINKING.decide(state, claim("a", "crm2", 1)).refused == "shared"


def test_saying_the_same_again_decides_nothing() -> None:
    state = given(claim("a", "b"), apart("c", "d"), DeclareShared(id=name("x", "y"), at=AT, identity="p", by="bob"))
    assert LINKING.decide(state, claim("a", "b")).events == ()
    assert LINKING.decide(state, apart("d", "c")).events == ()
    assert LINKING.decide(state, DeclareShared(id=name("x", "z"), at=AT, identity="p", by="eve")).events == ()


def test_events_from_before_claims_had_names_are_folded_too() -> None:
    state = told(given(), [IdentityLinked(identity="a", also="b", at=AT, evidence="agent", cause="event-1")])
    assert state.members("b") == ("a", "b")
    assert event_id("/identifications/event-1", "b") in state.claims
