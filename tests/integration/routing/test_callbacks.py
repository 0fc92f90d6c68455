"""Callers hang up and are called back, through the API and by what they press."""

import pytest

from tests.integration.routing.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_caller_hangs_up_keeps_the_place_and_is_called_back(centre: Centre) -> None:
    customers = centre.customers
    await customers.send(customers.call("c1"))
    (first,) = await centre.wait_for(1, state="waiting")
    await customers.send(customers.call("c2"))
    await centre.wait_for(2, state="waiting")
    async with centre.as_("channel", "telephony") as telephony:
        asked = await telephony.post(f"/v1/tickets/{first['id']}/callback")
        assert (asked.status_code, asked.json()["state"]) == (200, "waiting"), asked.text
        since = asked.json()["callback"]["since"]
        await customers.send(customers.hang_up("c1"), customers.hang_up("c2"))
        await centre.wait_for(1, state="abandoned")
        await centre.sign_in(centre.ann)
        (offered,) = await centre.wait_for(1, state="offered", agent=centre.ann)
        assert (offered["id"], offered["callback"]["since"]) == (first["id"], since)
        await centre.act(first["id"], "accept", centre.ann)
        late = await telephony.post(f"/v1/tickets/{first['id']}/callback")
        assert (late.status_code, "The ticket is active" in late.json()["detail"]) == (409, True), late.text
        await centre.act(first["id"], "resolve", centre.ann)
        over = await telephony.post(f"/v1/tickets/{first['id']}/callback")
        assert (over.status_code, over.json()["detail"]) == (
            409,
            "The ticket is resolved already, so nobody would call back.",
        )
        assert (await telephony.post("/v1/tickets/nothing/callback")).status_code == 404
    async with centre.as_("ops", "ops") as ops:
        assert (await ops.post(f"/v1/tickets/{first['id']}/callback")).status_code == 403
    assert await centre.history(first["id"]) == [
        "ticket.opened",
        "ticket.queued",
        "ticket.callback.requested",
        f"ticket.offered {centre.ann}",
        f"ticket.accepted {centre.ann}",
        f"ticket.resolved {centre.ann}",
    ]


async def test_a_caller_who_pressed_for_it_keeps_the_place_and_whoever_gets_it_is_to_call(centre: Centre) -> None:
    customers = centre.customers
    await customers.send(customers.call("c1"))
    await centre.wait_for(1, state="waiting")
    await customers.send(customers.wish("c1"), customers.wish("c1"), customers.hang_up("c1"), customers.wish("nobody"))
    await customers.send(customers.call("c2"))
    await centre.wait_for(2, state="waiting")
    await centre.sign_in(centre.ann)
    (offered,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    assert offered["callback"] is not None
    history = (await centre.client.get(f"/v1/tickets/{offered['id']}/history")).json()["items"]
    events = [one["event"] for one in history]
    assert [one["event"] for one in events] == [
        "ticket.opened",
        "ticket.queued",
        "ticket.callback.requested",
        "ticket.offered",
    ]
    assert (events[2]["by"], events[3]["call_back"]) == ("caller", True)
