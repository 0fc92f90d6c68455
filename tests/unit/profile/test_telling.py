"""What others are told of customers: given decisions, when something is said, then who is told what."""

from collections.abc import Mapping
from datetime import timedelta

from services.profile.domain.commands import (
    ChangeCustomer,
    CustomerCommand,
    DescribeCustomer,
    EraseCustomer,
    Part,
    SplitIdentities,
    TellKnown,
)
from services.profile.domain.facts import facts_in
from services.profile.domain.known import Known
from shared.contracts.customers import CustomerEvent, CustomerKnown
from shared.contracts.envelope import event_id
from tests.unit.profile.test_linking import AT, LINKING, claim, given, told

GOLD, SILVER = {"segment": "gold"}, {"segment": "silver"}


def stated(
    identity: str, attributes: Mapping[str, str | None], minute: int = 0, recorded: int | None = None
) -> DescribeCustomer:
    name = event_id("/descriptions", f"{identity} {attributes} {minute}")
    facts = facts_in(attributes)
    assert facts is not None
    at = AT + timedelta(minutes=minute)
    taken_in = AT + timedelta(minutes=minute if recorded is None else recorded)
    return DescribeCustomer(id=name, at=at, recorded=taken_in, identity=identity, cause=name, facts=facts)


def split(identity: str) -> SplitIdentities:
    return SplitIdentities(id=event_id("/splits", identity), at=AT, identities=(identity,), by="ann")


def erased(*identities: str, minute: int = 5) -> EraseCustomer:
    at = AT + timedelta(minutes=minute)
    return EraseCustomer(id=event_id("/erasures", str(at)), at=at, identities=identities, by="ann")


def all_told(state: Known) -> tuple[Known, dict[str, CustomerKnown]]:
    """Everything of which it was not told yet, and the state after that."""
    known: dict[str, CustomerKnown] = {}
    while state.untold:
        events = LINKING.decide(state, TellKnown(at=AT)).events
        known |= {event.identity: event for event in events if isinstance(event, CustomerKnown)}
        state = told(state, events)
    return state, known


def after(*commands: CustomerCommand) -> Known:
    """The state when all was told."""
    return all_told(given(*commands))[0]


def when(state: Known, command: CustomerCommand) -> dict[str, CustomerKnown]:
    """What is told when that is said."""
    return all_told(told(state, LINKING.decide(state, command).events))[1]


def known(identity: str, customer: str, **facts: str) -> dict[str, CustomerKnown]:
    return {identity: CustomerKnown(identity=identity, at=AT, customer=f"cus_{customer}", **facts)}  # type: ignore[arg-type]  # only facts


def test_a_link_is_told_of_the_identity_that_belongs_to_another_customer_now() -> None:
    assert when(after(), claim("a", "b")) == known("b", "a")
    assert when(after(claim("a", "b")), claim("b", "c", 1)) == known("c", "a")


def test_facts_are_told_of_every_identity_of_the_customer() -> None:
    facts = {"segment": "gold", "account_manager": "agent-7", "language": "de-AT"}
    assert when(after(claim("a", "b")), stated("b", facts)) == known("a", "a", **facts) | known("b", "a", **facts)


def test_a_link_makes_the_facts_those_of_both_and_a_split_takes_them_apart() -> None:
    state = after(stated("a", GOLD), stated("b", {"language": "de"}))
    both = {"segment": "gold", "language": "de"}
    assert when(state, claim("a", "b")) == known("a", "a", **both) | known("b", "a", **both)
    linked = after(stated("a", GOLD), stated("b", {"language": "de"}), claim("a", "b"))
    assert when(linked, split("b")) == known("a", "a", segment="gold") | known("b", "b", language="de")


def test_the_last_statement_holds_whatever_the_order_and_an_older_or_repeated_one_tells_nothing() -> None:
    assert when(after(stated("a", SILVER)), stated("a", GOLD, 1)) == known("a", "a", segment="gold")
    state = after(stated("a", GOLD, 1))
    assert when(state, stated("a", SILVER)) == {}
    assert when(state, stated("a", GOLD, 1)) == {}
    assert when(state, stated("a", GOLD, 2)) == {}
    assert when(after(stated("a", GOLD, 2), stated("a", GOLD)), stated("a", SILVER, 1)) == {}


def test_a_fact_that_is_taken_back_is_told_no_more() -> None:
    assert when(after(stated("a", GOLD)), stated("a", {"segment": None}, 1)) == known("a", "a")


def test_what_may_not_stand_in_the_clear_is_told_no_more() -> None:
    for word in ("ann@shop.example", "+49151123456", "Owes us money; see her mail!", "x" * 65, "", "gold\n"):
        assert when(after(stated("a", GOLD)), stated("a", {"segment": word}, 1)) == known("a", "a"), word
    for word in ("gold", "Key accounts", "Größe M", "B2B/retail", "7"):
        assert when(after(), stated("a", {"segment": word})) == known("a", "a", segment=word)
    names = {"account_manager": "Ann of Sales", "language": "German"}
    assert when(after(stated("a", GOLD | names)), stated("a", {"language": "de"}, 1)) == known(
        "a", "a", segment="gold", language="de"
    )


def test_what_somebody_changes_is_told_like_an_identification() -> None:
    parts = (Part(identity="a", content="sealed", facts=facts_in(GOLD)), Part(identity="b", content="sealed"))
    changed = ChangeCustomer(id=event_id("/changes", "1"), at=AT, by="ann", parts=parts)
    assert when(after(), changed) == known("a", "a", segment="gold")


def test_an_erasure_is_told_and_nothing_from_before_it_comes_back() -> None:
    linked = (claim("a", "b"), stated("b", GOLD))
    assert when(after(*linked), erased("a", "b")) == known("a", "a") | known("b", "b")
    gone = after(*linked, erased("a", "b"))
    for late in (stated("b", SILVER, 4), stated("b", SILVER, 5), stated("b", SILVER, 9, recorded=5)):
        decided = LINKING.decide(gone, late)
        assert (decided.events, decided.refused) == ((), "erased")
    assert when(gone, stated("b", SILVER, 6)) == known("b", "b", segment="silver")


def test_what_somebody_was_changing_when_they_were_erased_is_not_told() -> None:
    part = Part(identity="a", content="sealed", facts=facts_in(GOLD))
    changed = ChangeCustomer(id=event_id("/changes", "1"), at=AT + timedelta(minutes=5), by="ann", parts=(part,))
    assert when(after(erased("a")), changed) == {}


def test_a_great_many_are_told_in_several_decisions() -> None:
    state = LINKING.initial("identities")
    events: list[CustomerEvent] = []
    for number in range(2_001):
        events += LINKING.decide(state, stated(f"identity {number}", GOLD)).events
    state = told(state, events)
    assert len(LINKING.decide(state, TellKnown(at=AT)).events) == 2_000
    assert len(all_told(state)[1]) == 2_001
