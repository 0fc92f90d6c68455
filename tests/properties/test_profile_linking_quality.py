"""Whoever the people are and in whatever order their claims arrive, nobody is linked with somebody else on sound
evidence, and everything that it supports is linked."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.people import Resolution
from tests.people.contacts import Heard, heard
from tests.people.deciding import decide_all
from tests.people.judging import judge, pairs, sides, sound_claims, true_claims

_SEEDS = st.integers(min_value=0, max_value=10_000)


def _world(seed: int) -> Heard:
    return heard(seed, size=60)


@given(seed=_SEEDS)
@settings(max_examples=40, deadline=None)
def test_sound_evidence_links_all_that_it_supports_and_nothing_else(seed: int) -> None:
    world = _world(seed)
    judged = judge(world, sound_claims(world))
    assert judged.linked > 0
    assert (judged.precision, judged.recall, judged.strangers) == (1.0, 1.0, 0)


@given(seed=_SEEDS, order=st.integers(min_value=0, max_value=10_000))
@settings(max_examples=40, deadline=None)
def test_neither_the_order_nor_repetitions_matter(seed: int, order: int) -> None:
    world, random = _world(seed), Random(order)
    expected = decide_all(world.claims)
    arrived = [*world.claims, *random.sample(world.claims, k=10)]
    random.shuffle(arrived)
    decided = decide_all(arrived)
    assert set(decided.members) == set(expected.members)
    assert _linking(decided) == _linking(expected)


def _linking(resolution: Resolution) -> set[str]:
    return {claim for claim, word in resolution.outcome.items() if word == "linked"}


@given(seed=_SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_wrong_claim_changes_nothing_for_customers_it_does_not_reach(seed: int) -> None:
    """What a partner's number spoils is confined to those who are connected with it, whatever the rules say of it."""
    world = _world(seed)
    spoilt = {identity for claim in world.claims if claim.id in world.wrong for identity in sides(claim)}
    reached = _reached(world, spoilt)
    with_wrong, without = (
        {pair for pair in pairs(decide_all(claims).partition) if not reached & set(pair)}
        for claims in (world.claims, true_claims(world))
    )
    assert with_wrong == without


def _reached(world: Heard, spoilt: set[str]) -> set[str]:
    """All identities that any path of claims connects with these."""
    reached, grew = set(spoilt), True
    while grew:
        before = len(reached)
        for claim in world.claims:
            if reached & set(sides(claim)):
                reached.update(sides(claim))
        grew = len(reached) > before
    return reached
