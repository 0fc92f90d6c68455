"""Whoever may see the end of a number only does not get all of it from the search either."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.conftest import Servers
from tests.integration.profile.conftest import Person, running_profile
from tests.integration.profile.customers import ingested, popped
from tests.integration.profile.searches import asked
from tests.integration.running_service import RunningService
from tests.sealed_events import call, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def masking(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningService]:
    """A profile service whose agents see no whole phone numbers."""
    async with running_profile(servers, tmp_path_factory.mktemp("masking"), "{masked: {agent: [phone]}}") as running:
        yield running


async def test_a_masked_number_is_found_and_stays_masked(masking: RunningService, ann: Person) -> None:
    async with (
        ingested(masking) as interactions,
        masking.client("agent", "bob") as bob,
        masking.client("supervisor", "sue") as sue,
    ):
        await interactions.publish(message("m-1", ann.email), call("c-1", ann.phone))
        await interactions.publish(identified("i-1", ann.email, [ann.phone]))
        await popped(sue, ann.email, entries=2, identities=2)
        digits = ann.phone[-6:]
        [hit] = (await asked(bob, digits))["items"]
        assert (hit["matched"]["value"], hit["matched"]["highlights"]) == (f"phone:•••{digits[-3:]}", [])
        assert [one["identity"] for one in hit["identities"]] == [ann.email, f"phone:•••{digits[-3:]}"]
        [by_mail] = (await asked(bob, ann.email))["items"]
        assert by_mail["matched"]["value"] == ann.email
        [whole] = (await asked(sue, digits))["items"]
        assert (whole["matched"]["value"], whole["identities"][1]["identity"]) == (ann.phone, ann.phone)
        assert whole["matched"]["highlights"]
