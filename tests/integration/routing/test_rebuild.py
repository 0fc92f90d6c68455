"""`hub rebuild routing`: the views built anew beside the live ones, switched to, gone back from, and deleted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.routing.store import Store
from services.routing.views import VIEWS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.live import stream
from tests.integration.routing.rebuilds import Hub, Traffic, centre_of, running_hub
from tests.integration.running_service import RunningService
from tests.pool_lives import maker, resolved, setup, waiting

TICKETS = 2_500


@pytest.fixture
async def hub(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[Hub]:
    async with running_hub(servers, namespace, tmp_path) as running:
        yield running


async def test_what_is_built_anew_equals_what_was_live_though_work_goes_on(hub: Hub) -> None:
    await hub.routing.start()
    async with centre_of(hub) as centre, hub.routing.client("admin", "root") as admin:
        hours = {"time_zone": "Europe/Berlin", "week": {"monday": ["09:00-17:00"]}}
        calendar = {"pool": centre.pool, "name": "Office", **hours}
        assert (await admin.put("/v1/calendars/office", json=calendar)).status_code == 200
        async with Traffic.on(centre) as traffic:
            await traffic.further()
            code, says = await hub.run("--no-switch")
            await traffic.further()
        assert (code, "Both are the same." in says) == (0, True), says

    same = await hub.settled(1, 2)
    assert {view for view, _ in same} == set(VIEWS), "every view has something to compare"
    assert (await hub.generations()).current == 1
    assert traffic.wrong == []


async def test_a_switch_and_the_way_back_interrupt_nobody(hub: Hub) -> None:
    await hub.routing.start()
    async with centre_of(hub) as centre, Traffic.on(centre) as traffic, stream(centre.client, centre.ann) as live:
        for arguments in ((), ("--rollback",), ("--rollback",), ("--finish",)):
            code, says = await hub.run(*arguments)
            assert code == 0, says
            await traffic.further()
            await live.next("ticket.resolved")
        async with stream(centre.client, centre.bob) as again:
            await again.next("snapshot")
        assert traffic.wrong == []

    assert (await hub.generations()).kept == (2,)
    await hub.settled(2)
    assert await hub.contents(1) == {}, "the earlier views are deleted"
    assert await Store(hub.own).log.followed(f"routing/{centre.pool}", "views") == 0


async def test_two_processes_switch_both_and_one_goes_on_alone(hub: Hub) -> None:
    one = hub.routing
    other = RunningService("routing", one.servers, one.namespace, one.directory)
    await one.start()
    await other.start()
    try:
        async with centre_of(hub) as first, centre_of(hub) as second:
            async with Traffic.on(first) as here, Traffic.on(second) as there:
                code, says = await hub.run()
                assert code == 0, says
                await hub.view(1, "agents").update_many({}, {"$set": {"name": "Of the earlier views"}})
                for process in (one, other):
                    async with process.client("supervisor") as client:
                        shown = (await client.get("/v1/agents")).json()["items"]
                    assert {agent["name"] for agent in shown} == {"Ann", "Bob"}
                await here.further()
                await there.further()
                assert here.wrong + there.wrong == []
            await other.kill()
            async with Traffic.on(first) as here, Traffic.on(second) as there:
                await here.further(1)
                await there.further(1)
        await hub.settled(2)
    finally:
        await other.kill()


async def test_a_kill_in_the_middle_of_building_leaves_the_live_views_alone(hub: Hub) -> None:
    await _fill(hub)
    await hub.routing.start()
    live = await hub.settled(1)
    building = asyncio.create_task(hub.run("--no-switch"))
    new = hub.view(2, "tickets")
    await eventually(new.find_one, within=60, what="the new views having something")

    await hub.routing.kill()
    assert await new.count_documents({}) < 2 * TICKETS, "the kill came after the rebuild"
    assert await hub.contents(1) == live
    await hub.routing.start()

    code, says = await building
    assert code == 0, says
    assert await hub.settled(1, 2) == live


async def test_differences_stop_the_switch_until_they_are_accepted(hub: Hub) -> None:
    await _fill(hub, 100)
    await hub.routing.start()
    await hub.settled(1)
    await hub.view(1, "agents").update_one({"_id": "a7"}, {"$set": {"name": "Somebody else"}})
    await hub.view(1, "tickets").delete_one({"_id": "t-00000007"})

    code, says = await hub.run()

    assert (code, "agents a7 differs in name" in says, "tickets: 199 documents, and 200 in" in says) == (1, True, True)
    assert (await hub.generations()).current == 1
    code, says = await hub.run("--accept-differences")
    assert code == 0, says
    assert (await hub.generations()).current == 2


async def test_what_fails_in_new_views_stops_them_alone_until_they_are_tried_again(hub: Hub) -> None:
    await _fill(hub, 10)
    await hub.routing.start()
    await hub.view(2, "tickets").insert_one({"_id": "t-00000007", "of": "no decision"})

    code, says = await hub.run()

    assert (code, "Generation 2 stands still: KeyError" in says) == (1, True), says
    async with hub.routing.client("agent") as client:
        assert (await client.get("/v1/tickets/t-00000007")).json()["state"] == "resolved"
    await hub.view(2, "tickets").delete_one({"_id": "t-00000007"})
    code, says = await hub.run()
    assert code == 0, says
    await hub.settled(1, 2)


async def _fill(hub: Hub, tickets: int = TICKETS) -> None:
    """A log with so many tickets, that were there before the service is; as many others wait."""
    store = Store(hub.own)
    await store.create_indexes()
    full = maker(store, "full")
    await full.start()
    await full.decide(setup("full"))
    for start in range(0, tickets, 150):
        numbers = range(start, min(start + 150, tickets))
        await full.decide(resolved("full", numbers))
        await full.decide(waiting("full", numbers))
    await full.stop()
