"""Two routing processes share the pools, and one carries on for the other."""

from contextlib import AsyncExitStack

import pytest

from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.live import stream
from tests.integration.running_service import RunningService

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def partitions(replica: RunningService) -> set[int]:
    """Which partitions of the commands a replica has."""
    async with replica.client("ops", "ops") as client:
        report = (await client.get("/readyz")).json()
    return set(report["consumers"][f"{replica.namespace}.routing.decisions"]["partitions"])


async def test_a_second_process_takes_half_and_gives_it_back_when_it_dies(
    servers: Servers, routing: RunningService, centre: Centre
) -> None:
    second = RunningService("routing", servers, routing.namespace, routing.directory)
    async with AsyncExitStack() as ending:
        ending.push_async_callback(second.kill)
        await second.start()

        async def shared() -> bool:
            both = (await partitions(routing), await partitions(second))
            return all(both) and len(both[0] | both[1]) == 8 and not both[0] & both[1]

        await eventually(shared, what="each process having its own partitions")
        centres = [await ending.enter_async_context(Centre.found(second, centre.customers)) for _ in range(3)]
        for one in (centre, *centres):
            async with one.seen_from(routing if one in centres else second) as elsewhere:
                await accept_a_call(one, elsewhere)
    for one in (centre, *centres):
        async with one.seen_from(routing) as survivor:
            await resolve_it(survivor)


async def accept_a_call(centre: Centre, elsewhere: Centre) -> None:
    """One process is told of the agent; the other streams the offer and is told the answer."""
    async with stream(elsewhere.client, centre.ann) as live:
        await centre.sign_in(centre.ann)
        await centre.customers.send(centre.customers.call("c1"))
        _, offer = await live.next("ticket.offered")
        assert (await elsewhere.act(offer["ticket"], "accept", centre.ann))["state"] == "active"


async def resolve_it(centre: Centre) -> None:
    (active,) = await centre.wait_for(1, state="active")

    async def resolved() -> bool:
        answer = await centre.try_to(active["id"], "resolve", centre.ann)
        return answer.status_code in (200, 409)  # 504 while nobody decides, 409 when an earlier try was decided

    await eventually(resolved, within=60, what="the survivor deciding")
    assert (await centre.history(active["id"])).count(f"ticket.resolved {centre.ann}") == 1
