"""Storms of claims, from all partitions at once, with kills in between: the end is always what the calculation says."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from shared.contracts.customers import customer_id
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.profile.customers import ingested
from tests.integration.profile.storms import (
    EndState,
    Said,
    Storm,
    chained,
    chosen_random,
    contended,
    end_state,
    shown,
    told_customers,
)
from tests.integration.running_service import RunningService
from tests.oracle.people import LINKED, Resolution

_CHAINED = 10_000


@pytest.fixture
async def own_profile(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    """A profile process that this test may kill, in a namespace of its own."""
    running = RunningService("profile", servers, namespace, tmp_path)
    await running.start()
    yield running
    await running.stop()


async def test_claims_that_contend_for_the_same_customers_end_as_calculated_whatever_was_killed(
    own_profile: RunningService,
) -> None:
    chance = chosen_random()
    said = contended(chance, 1_200)
    arriving = said + chance.sample(said, 400)
    chance.shuffle(arriving)
    async with ingested(own_profile) as interactions:
        storm = Storm(interactions)
        for part in (arriving[:500], arriving[500:1_000]):
            await storm.publish(part)
            await shown(own_profile, chance.randrange(storm.claims))  # the kill may come at any moment of the work
            await own_profile.kill()
            await own_profile.begin()
        await storm.publish(arriving[1_000:])
        await own_profile.ready()
        expected = storm.calculated()
        found = await end_state(own_profile, len(said))
    _assert_as_calculated(found, expected)
    await _assert_shown(own_profile, expected)
    await _assert_told(own_profile, expected)


async def test_a_storm_of_claims_that_chain_ends_as_calculated(own_profile: RunningService) -> None:
    chance, said = chosen_random(), chained(_CHAINED)
    chance.shuffle(said)
    async with ingested(own_profile) as interactions:
        storm = Storm(interactions)
        await storm.publish(said)
        await shown(own_profile, chance.randrange(_CHAINED // 2))
        await own_profile.kill()
        await own_profile.begin()
        await own_profile.ready()
        expected = storm.calculated()
        found = await end_state(own_profile, len(said))
    _assert_as_calculated(found, expected)
    await _assert_told(own_profile, expected)
    assert max(len(members) for members in found.members) == 100


async def test_a_mailbox_that_everybody_names_ends_as_calculated(own_profile: RunningService) -> None:
    """A fifth of all claims name a role mailbox, a fifth an address that turns out to be many people's."""
    chance = chosen_random()
    said = [_naming(number, chance.randrange(5)) for number in range(2_000)]
    chance.shuffle(said)
    async with ingested(own_profile) as interactions:
        storm = Storm(interactions)
        await storm.publish(said)
        expected = storm.calculated()
        found = await end_state(own_profile, len(said))
        turned_out = interactions.hashed(_TURNS_OUT)
    _assert_as_calculated(found, expected)
    assert not any(turned_out in members for members in found.members)


_TURNS_OUT = "email:the.family@shop.example"


def _naming(number: int, which: int) -> Said:
    named = {0: "email:info@shop.example", 1: _TURNS_OUT}.get(which, f"phone:+4915140{number:05}")
    own = f"crm:C-{number}" if number % 3 == 0 else f"telegram:{number}"
    return Said(name=f"h-{number}", first=named, second=own, minute=number)


def _assert_as_calculated(found: EndState, expected: Resolution) -> None:
    """The same customers, the same claims that link, an outcome for every claim, and nothing dead-lettered."""
    assert found.dead == 0
    assert found.outcomes.keys() == expected.outcome.keys()
    assert found.told == found.outcomes
    assert _linked(found.outcomes) == _linked(expected.outcome)
    assert _joined(found.members) == _joined(expected.members)
    assert found.members <= set(expected.members), "a lone one that was linked for a while is alone again"


def _joined(members: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {customer for customer in members if len(customer) > 1}


def _linked(outcomes: dict[str, str]) -> set[str]:
    return {claim for claim, outcome in outcomes.items() if outcome == LINKED}


async def _assert_told(profile: RunningService, expected: Resolution) -> None:
    """Whoever keeps the newest of each identity knows its customer; of the others nothing was told, or that again."""

    async def is_told() -> bool:
        told = await told_customers(profile)
        return {one: told.get(one, customer_id(one)) for one in expected.customer_of} == expected.customer_of

    await eventually(is_told, within=150, what="every identity's customer being told")


async def _assert_shown(profile: RunningService, expected: Resolution) -> None:
    """What an agent is shown of each customer, by the id of any of its identities."""
    async with profile.client("agent", "ann") as agent:
        for members in expected.members:
            page = await agent.get(f"/v1/customers/{customer_id(members[-1])}")
            assert page.status_code == 200, page.text
            shown = page.json()
            assert shown["id"] == customer_id(members[0])
            assert len(shown["identities"]) == len(members)
