"""Suggestions: given decisions, when two are found alike or something else is said, then what agents are asked."""

from dataclasses import replace
from itertools import permutations

import pytest

from services.profile.domain.claims import suggestion_id
from services.profile.domain.commands import CustomerCommand, DeclareShared, EraseCustomer, LinkIdentities
from services.profile.domain.known import Known
from shared.contracts.customers import CustomerErased, CustomerEvent, LinkRefused, LinkSuggested
from shared.contracts.envelope import event_id
from tests.unit.profile.test_linking import AT, LINKING, apart, claim, given, split, told, withdraw


def alike(first: str, second: str, score: float = 0.9, cause: str = "event-1") -> LinkIdentities:
    evidence = "similar_name_and_postcode"
    found = replace(claim(first, second, score=score), evidence=evidence, cause=cause)
    return replace(found, id=event_id(f"/tests/{cause}", f"{first} {second}"))


def shared(identity: str, *, owned: bool = False) -> DeclareShared:
    return DeclareShared(id=event_id("/tests", f"shared {owned}"), at=AT, identity=identity, by="bob", owned=owned)


def erased(*identities: str) -> EraseCustomer:
    return EraseCustomer(id=event_id("/tests", "erased"), at=AT, identities=identities, by="bob")


def asked(state: Known) -> set[tuple[str, str]]:
    """The pairs that agents are asked about."""
    return {state.claims[one].identities for one, outcome in state.outcomes.items() if outcome == "suggested"}


def outcome(state: Known, first: str, second: str) -> str:
    return state.outcomes[suggestion_id(first, second)]


def suggestions(events: tuple[CustomerEvent, ...]) -> list[LinkSuggested]:
    return [event for event in events if isinstance(event, LinkSuggested)]


def test_two_who_are_alike_are_suggested_and_never_linked() -> None:
    state = given(alike("a", "b"), claim("c", "d", 1), claim("a", "p", 2))
    assert asked(state) == {("a", "b")}
    assert {*state.customers.values()} == {("c", "d"), ("a", "p")}


def test_there_is_one_suggestion_for_two_whichever_is_named_first() -> None:
    assert suggestion_id("a", "b") == suggestion_id("b", "a") != suggestion_id("a", "c")
    state = given(alike("a", "b"))
    assert LINKING.decide(state, alike("b", "a", cause="event-2")).events == ()


def test_a_suggestion_comes_again_when_its_score_changes() -> None:
    decision = LINKING.decide(given(alike("a", "b", 0.7)), alike("a", "b", 0.95, cause="event-2"))
    (event,) = suggestions(decision.events)
    assert (event.claim, event.score) == (suggestion_id("a", "b"), 0.95)


def test_a_suggestion_whose_ground_is_gone_is_taken_back_and_may_come_again() -> None:
    state = given(alike("a", "b"), alike("a", "b", 0.0, cause="event-2"))
    assert outcome(state, "a", "b") == "unlike"
    assert outcome(told(state, LINKING.decide(state, alike("a", "b", 0.8, "event-3")).events), "a", "b") == "suggested"


@pytest.mark.parametrize(
    ("before", "first", "second", "reason"),
    [
        ([], "a", "null", "blocked"),
        ([], "a", "ann", "weak"),
        ([], "a", "info@", "shared"),
        ([], "crm1", "crm2", "unique_clash"),
        ([claim("a", "c", 1), claim("c", "b", 2)], "a", "b", "already_linked"),
        ([claim("crm1", "a", 1), claim("crm2", "b", 2)], "a", "b", "unique_clash"),
        ([claim("a", "c", 1), apart("c", "b")], "a", "b", "forbidden_pair"),
        ([claim("a", "p", 1), claim("b", "q", 2), claim("q", "c", 3)], "a", "b", "limit"),
        ([shared("b")], "a", "b", "shared"),
    ],
)
def test_what_the_rules_would_refuse_is_not_suggested(
    before: list[CustomerCommand], first: str, second: str, reason: str
) -> None:
    decision = LINKING.decide(given(*before), alike(first, second))
    (event,) = decision.events
    assert isinstance(event, LinkRefused)
    assert (event.reason, event.score, decision.refused) == (reason, 0.9, reason)


def test_a_refused_suggestion_links_nobody_later() -> None:
    state = given(apart("a", "b"), alike("a", "b"))
    allowed = LINKING.decide(state, apart("a", "b", allow=True))
    state = told(state, allowed.events)
    assert len(suggestions(allowed.events)) == 1
    assert state.customers == {}
    state = told(state, LINKING.decide(state, claim("a", "p", 5)).events)
    assert {*state.customers.values()} == {("a", "p")}


def test_who_is_merged_needs_no_suggestion_until_that_is_taken_back() -> None:
    accepted = claim("a", "b", 3)
    state = given(claim("a", "p", 1), alike("b", "p"), accepted)
    assert outcome(state, "b", "p") == "already_linked"
    state = told(state, LINKING.decide(state, withdraw(accepted)).events)
    assert outcome(state, "b", "p") == "suggested"


def test_who_was_split_stays_apart_and_is_not_suggested() -> None:
    state = given(alike("a", "b"), claim("a", "b", 1), split("b"))
    assert (asked(state), state.customers) == (set(), {})
    assert outcome(given(alike("a", "b"), claim("a", "b", 1), split("b", apart=False)), "a", "b") == "suggested"


def test_an_address_that_is_declared_shared_is_suggested_no_more_until_it_is_owned() -> None:
    state = given(alike("a", "b"), shared("b"))
    assert outcome(state, "a", "b") == "shared"
    assert asked(told(state, LINKING.decide(state, shared("b", owned=True)).events)) == {("a", "b")}


def test_two_who_turn_out_to_have_a_crm_id_each_are_suggested_no_more() -> None:
    assert outcome(given(alike("a", "b"), claim("crm1", "a", 1), claim("crm2", "b", 2)), "a", "b") == "unique_clash"


def test_what_is_asked_does_not_depend_on_the_order() -> None:
    commands: list[CustomerCommand] = [
        alike("a", "b"),
        claim("a", "c", 1),
        claim("b", "d", 2),
        apart("c", "p"),
        alike("d", "p", 0.7),
    ]
    both = frozenset({("a", "b"), ("d", "p")})
    assert {frozenset(asked(given(*order))) for order in permutations(commands)} == {both}
    merging: list[CustomerCommand] = [alike("a", "b"), claim("a", "c", 1), claim("c", "b", 2), alike("b", "p", 0.7)]
    assert {frozenset(asked(given(*order))) for order in permutations(merging)} == {frozenset({("b", "p")})}


def test_the_suggestions_of_somebody_who_is_erased_are_gone() -> None:
    before = given(claim("a", "p", 1), alike("b", "p"), alike("a", "crm1"), alike("b", "c"))
    (event,) = LINKING.decide(before, erased("a", "p")).events
    assert isinstance(event, CustomerErased)
    assert {suggestion_id("b", "p"), suggestion_id("a", "crm1")} <= set(event.withdrawn)
    state = told(before, [event])
    assert (asked(state), outcome(state, "b", "p")) == ({("b", "c")}, "withdrawn")
    assert asked(told(state, LINKING.decide(state, alike("b", "p", cause="event-9")).events)) >= {("b", "p")}


def test_a_suggestion_is_no_link_that_could_be_withdrawn() -> None:
    state = given(alike("a", "b"))
    back = replace(withdraw(claim("a", "b")), claims=(suggestion_id("a", "b"),))
    assert LINKING.decide(state, back).refused == "no_such_link"
