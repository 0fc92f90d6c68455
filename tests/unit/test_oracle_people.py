"""The judge of identity linking, held against cases that were worked out by hand from the rule."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tests.oracle.people import Claim, Limits, Resolution, Side, Statements, resolve

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

_KINDS = {"c": "crm", "l": "login", "m": "email", "p": "phone", "w": "webchat", "n": "name"}
_STANDINGS = {"c": "unique", "l": "unique", "n": "weak"}


def side(identity: str, standing: str = "") -> Side:
    """An identity's kind is its first letter: m1 is an address, c1 a CRM id."""
    kind = _KINDS[identity[0]]
    return Side(identity=identity, kind=kind, standing=standing or _STANDINGS.get(identity[0], "strong"))


def claims(*pairs: str) -> tuple[Claim, ...]:
    """`m1 c1` said in the first minute, the next pair in the second, and so on; named 1, 2, …."""

    def made() -> Iterator[Claim]:
        for number, pair in enumerate(pairs, 1):
            first, second = (side(*identity.split(":")) for identity in pair.split())
            at = AT + timedelta(minutes=number)
            yield Claim(id=str(number), first=first, second=second, evidence="import", at=at)

    return tuple(made())


def resolved(*pairs: str, limits: Limits | None = None) -> Resolution:
    return resolve(Statements(claims=claims(*pairs)), limits or Limits())


def test_a_chain_of_claims_is_one_customer_named_by_its_first_mention() -> None:
    resolution = resolved("w1 m1", "p1 c1", "m1 p1")
    assert resolution.members == (("w1", "m1", "p1", "c1"),)
    assert set(resolution.outcome.values()) == {"linked"}
    assert resolution.customer_of["c1"] == "cus_w1"


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        (("m1 m1",), "same_identity"),
        (("m1:blocked p1",), "blocked"),
        (("n1 m1:blocked",), "blocked"),
        (("m1 n1",), "weak"),
        (("n1 m1:shared",), "weak"),
        (("m1:shared p1",), "shared"),
        (("m1 p1", "p1 w1", "w1 m1"), "already_linked"),
        (("c1 p1", "c2 m1", "p1 m1"), "unique_clash"),
        (("c1 c2",), "unique_clash"),
    ],
)
def test_the_first_reason_that_applies_is_told(pairs: tuple[str, ...], word: str) -> None:
    assert resolved(*pairs).outcome[str(len(pairs))] == word


def test_unique_identities_of_different_kinds_go_together() -> None:
    assert resolved("c1 m1", "l1 m1").linked == {frozenset({"c1", "l1", "m1"})}


def test_a_second_unique_one_beside_an_address_takes_its_earlier_link_back() -> None:
    resolution = resolved("c1 m1", "c1 p1", "c2 m1")
    assert resolution.outcome == {"1": "shared", "2": "linked", "3": "shared"}
    assert resolution.members == (("c1", "p1"), ("c2",), ("m1",))


def test_unique_ones_of_different_kinds_do_not_make_an_address_shared() -> None:
    assert resolved("c1 m1", "l1 m1").outcome == {"1": "linked", "2": "linked"}


def test_so_many_unique_ones_as_the_limit_says_make_it_shared() -> None:
    three = Limits(k=3)
    assert resolved("c1 m1", "c2 m1", limits=three).outcome == {"1": "linked", "2": "unique_clash"}
    assert set(resolved("c1 m1", "c2 m1", "c3 m1", limits=three).outcome.values()) == {"shared"}


def test_a_unique_one_is_never_shared_by_the_unique_ones_beside_it() -> None:
    assert resolved("c1 l1", "c1 l2").outcome == {"1": "linked", "2": "unique_clash"}


def test_what_an_agent_declared_shared_is_shared() -> None:
    resolution = resolve(Statements(claims=claims("m1 p1", "p1 w1"), shared=frozenset({"m1"})), Limits())
    assert resolution.outcome == {"1": "shared", "2": "linked"}


def test_the_standing_of_the_last_claim_counts_for_all_of_them() -> None:
    assert set(resolved("m1 p1", "m1:blocked w1").outcome.values()) == {"blocked"}
    assert resolved("m1:blocked p1", "m1 w1").linked == {frozenset({"m1", "p1", "w1"})}


def test_a_withdrawn_claim_was_never_said() -> None:
    said = claims("c1 m1", "c2 m1:shared", "m1 p1")
    resolution = resolve(Statements(claims=said, withdrawn=frozenset({"2"})), Limits())
    assert resolution.outcome == {"1": "linked", "2": "withdrawn", "3": "linked"}
    assert resolution.members == (("c1", "m1", "p1"), ("c2",))


def test_a_forbidden_pair_is_kept_apart_along_every_path() -> None:
    forbidden = frozenset({frozenset({"m1", "p1"})})
    resolution = resolve(Statements(claims=claims("m1 w1", "w1 p1", "p1 w2"), forbidden=forbidden), Limits())
    assert resolution.outcome == {"1": "linked", "2": "forbidden_pair", "3": "linked"}


def test_a_forbidden_pair_of_unique_ones_clashes_first() -> None:
    forbidden = frozenset({frozenset({"c1", "c2"})})
    resolution = resolve(Statements(claims=claims("c1 c2"), forbidden=forbidden), Limits())
    assert resolution.outcome == {"1": "unique_clash"}


def test_a_customer_has_no_more_identities_than_the_limit() -> None:
    resolution = resolved("m1 m2", "m3 m4", "m2 m3", "m2 p1", limits=Limits(most=3))
    assert resolution.outcome == {"1": "linked", "2": "linked", "3": "limit", "4": "linked"}


def test_a_kind_has_a_limit_of_its_own() -> None:
    resolution = resolved("m1 m2", "m2 m3", "m2 p1", limits=Limits(most_of_kind={"email": 2}))
    assert resolution.outcome == {"1": "linked", "2": "limit", "3": "linked"}


def test_suggestive_evidence_is_never_walked() -> None:
    similar = Claim(id="1", first=side("m1"), second=side("m2"), evidence="similar_name_and_postcode", at=AT)
    resolution = resolve(Statements(claims=(similar,)), Limits())
    assert resolution.outcome == {"1": "suggested"}
    assert resolution.members == (("m1",), ("m2",))


def test_claims_of_one_moment_are_walked_in_the_order_of_their_ids() -> None:
    said = [
        Claim(id="b", first=side("c2"), second=side("w1"), evidence="import", at=AT),
        Claim(id="a", first=side("p1"), second=side("c1"), evidence="import", at=AT),
        Claim(id="c", first=side("w1"), second=side("p1"), evidence="import", at=AT),
    ]
    resolution = resolve(Statements(claims=tuple(said)), Limits())
    assert resolution.outcome == {"a": "linked", "b": "linked", "c": "unique_clash"}
    assert resolution.members == (("p1", "c1"), ("c2", "w1"))


def test_neither_the_order_of_arrival_nor_a_repetition_matters() -> None:
    said = claims("c1 m1", "m1 w1", "c2 p1", "w1 p1", "c3 m1")
    expected = resolve(Statements(claims=said), Limits())
    for arrived in permutations(said):
        assert resolve(Statements(claims=(*arrived, *arrived[:2])), Limits()) == expected
