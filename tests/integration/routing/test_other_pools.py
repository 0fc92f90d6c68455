"""Contacts go on to another pool, through the API, whatever is killed in between."""

import pytest

from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.log import is_published, live_views, rebuilt_views
from tests.integration.running_service import RunningService

pytestmark = pytest.mark.asyncio(loop_scope="package")
CONTACTS = 12


async def send_on(centre: Centre, step: dict[str, object]) -> tuple[int, str]:
    """Has the centre's queue send its contacts on; the answer's status and detail."""
    queue = {"pool": centre.pool, "name": "The rest", "overflow": [step]}
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(f"/v1/queues/{centre.rest}", json=queue)
    return answer.status_code, answer.json().get("detail", "")


async def test_contacts_go_on_in_another_pool_though_the_service_is_killed(
    servers: Servers, routing: RunningService, centre: Centre
) -> None:
    async with Centre.found(routing, centre.customers) as other:
        assert (await send_on(centre, {"to": other.rest, "pool": other.pool, "after_s": 1}))[0] == 200
        customers = centre.customers
        names = [f"m{number}" for number in range(CONTACTS)]
        await customers.send(*(customers.message(name, channel="chat") for name in names))
        await centre.wait_for(1, state="closed")
        await routing.kill()
        await customers.send(customers.leave("m0"))
        await routing.start()

        gone = await centre.wait_for(CONTACTS, state="closed")
        assert {ticket["reason"] for ticket in gone} == {"moved"}
        left = await other.wait_for(1, state="abandoned")
        waiting = await other.wait_for(CONTACTS - 1, state="waiting")
        assert {ticket["id"] for ticket in (*left, *waiting)} == {ticket["moved_to"] for ticket in gone}
        await other.sign_in(other.ann)
        offered = (await other.wait_for(1, state="offered", agent=other.ann))[0]
        await other.act(offered["id"], "accept", other.ann)
        await customers.send(*(customers.leave(name) for name in names))
        await other.wait_for(1, state="wrapup")
        await other.act(offered["id"], "resolve", other.ann)
        await other.wait_for(CONTACTS - 1, state="abandoned")
    await eventually(lambda: is_published(servers, routing.namespace), what="everything decided being published")
    assert await live_views(servers, routing.namespace) == await rebuilt_views(servers, routing.namespace)


async def test_what_other_pools_cannot_take_is_refused(routing: RunningService, centre: Centre) -> None:
    async with Centre.found(routing, centre.customers) as other:
        there = {"to": other.rest, "pool": other.pool, "after_s": 5}
        for step, says in (
            ({**there, "to": "moon"}, "has no queue moon"),
            ({**there, "pool": "moon"}, f"The pool moon has no queue {other.rest}"),
            ({**there, "to": centre.calls}, f"has no queue {centre.calls}"),
            ({**there, "voicemail": True}, "Messages on voicemail wait in the pool of their call"),
            ({**there, "to": centre.calls, "pool": centre.pool}, "A step names another pool only"),
        ):
            status, detail = await send_on(centre, step)
            assert (status, says in detail) == (409, True), detail
        assert (await send_on(centre, there))[0] == 200
        status, detail = await send_on(other, {"to": centre.rest, "pool": centre.pool, "over": 3})
        assert (status, f"{centre.rest} → {other.rest}" in detail) == (409, True), detail
