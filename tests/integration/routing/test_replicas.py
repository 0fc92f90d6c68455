"""Two routing processes share the pools, and one carries on for the other."""

from pathlib import Path

import pytest

from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.running_routing import RunningRouting, stream

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def partitions(replica: RunningRouting) -> set[int]:
    """Which partitions of the commands a replica has."""
    async with replica.client("ops", "ops") as client:
        report = (await client.get("/readyz")).json()
    return set(report["consumers"][f"{replica.namespace}.routing.decisions"]["partitions"])


async def test_a_second_process_takes_half_and_gives_it_back_when_it_dies(
    servers: Servers, routing: RunningRouting, centre: Centre, tmp_path: Path
) -> None:
    second = RunningRouting(servers, routing.namespace, tmp_path, key=routing.key)
    await second.start()
    try:

        async def shared() -> bool:
            both = (await partitions(routing), await partitions(second))
            return all(both) and len(both[0] | both[1]) == 8 and not both[0] & both[1]

        await eventually(shared, what="each process having its own partitions")
        centres = [centre, *[await Centre.found(second, centre.customers) for _ in range(3)]]
        for one in centres:
            asked_elsewhere = one.seen_from(routing if one is not centre else second)
            async with stream(asked_elsewhere.client, one.ann) as live:
                await one.sign_in(one.ann)
                await one.customers.send(one.customers.call("c1"))
                _, offer = await live.next("ticket.offered")
                assert (await asked_elsewhere.act(offer["ticket"], "accept", one.ann))["state"] == "active"
            await asked_elsewhere.client.aclose()
    finally:
        await second.kill()
    for one in centres:
        survivor = one.seen_from(routing)
        (active,) = await survivor.wait_for(1, state="active")

        async def resolved(survivor: Centre = survivor, ticket: str = active["id"], agent: str = one.ann) -> bool:
            answer = await survivor.try_to(ticket, "resolve", agent)
            return answer.status_code in (200, 409)  # 504 while nobody decides, 409 when an earlier try was decided

        await eventually(resolved, within=60, what="the survivor deciding")
        assert (await survivor.history(active["id"])).count(f"ticket.resolved {one.ann}") == 1
        await survivor.client.aclose()
