"""The profile service is killed, and told to end, while it has something to do."""

from datetime import timedelta

import httpx
import pytest

from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries, popped, stream
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_killed_service_carries_on_where_it_was(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    await interactions.publish(*(message(f"m-{number}", ann.email) for number in range(50)))
    await entries(agent, ann.email, 1)
    await profile.kill()
    await interactions.publish(*(message(f"m-{number}", ann.email) for number in range(40, 100)))
    await profile.start()
    assert len(await entries(agent, ann.email, 100)) == 100


async def test_links_outlive_a_kill(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    await interactions.publish(identified("i-1", ann.email, [ann.phone]))
    before = await popped(agent, ann.email, identities=2)
    await profile.kill()
    await interactions.publish(identified("i-2", ann.phone, [ann.visitor], at=MOMENT + timedelta(minutes=1)))
    await profile.start()
    merged = await popped(agent, ann.visitor, identities=3)
    assert merged["customer"]["id"] == before["customer"]["id"]


async def test_open_streams_do_not_keep_the_service_from_ending(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    async with stream(agent, customer) as live:
        await live.connected()
        code = await profile.stop()
        await live.ends()
    assert code == 0
