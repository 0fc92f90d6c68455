"""Tickets are passed on, wait, come back and are taken over, through the API."""

import pytest

from tests.integration.routing.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def talking(centre: Centre, agent: str, message: str = "m1") -> str:
    """A ticket that the agent has accepted."""
    await centre.customers.send(centre.customers.message(message, channel="chat"))
    (offered,) = await centre.wait_for(1, state="offered", agent=agent)
    return str((await centre.act(offered["id"], "accept", agent))["id"])


async def test_a_chat_is_passed_on_parked_and_resolved(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    await centre.sign_in(centre.bob)
    async with centre.as_("agent", centre.ann) as ann:
        passed = await ann.post(f"/v1/tickets/{ticket}/transfer", json={"agent": centre.bob, "reason": "Knows more"})
    assert (passed.status_code, passed.json()["agent"]) == (200, centre.bob), passed.text
    await centre.act(ticket, "accept", centre.bob)
    async with centre.as_("agent", centre.bob) as bob:
        parked = await bob.post(f"/v1/tickets/{ticket}/pending", json={"on": "third_party"})
        assert (parked.json()["state"], parked.json()["pending_on"]) == ("pending", "third_party")
        assert (await centre.agent(centre.bob))["tickets"] == []
        assert (await bob.post(f"/v1/tickets/{ticket}/resume")).json()["state"] == "active"
        assert (await bob.post(f"/v1/tickets/{ticket}/resolve")).json()["state"] == "resolved"
    assert await centre.history(ticket) == [
        "ticket.opened",
        "ticket.queued",
        f"ticket.offered {centre.ann}",
        f"ticket.accepted {centre.ann}",
        f"ticket.transferred {centre.ann}",
        "ticket.queued",
        f"ticket.offered {centre.bob}",
        f"ticket.accepted {centre.bob}",
        f"ticket.pended {centre.bob}",
        "ticket.queued",
        f"ticket.accepted {centre.bob}",
        f"ticket.resolved {centre.bob}",
    ]


async def test_supervisors_do_what_agents_may_not(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    await centre.sign_in(centre.bob)
    async with centre.as_("agent", centre.bob) as bob:
        assert (await bob.post(f"/v1/tickets/{ticket}/transfer", json={"queue": centre.calls})).status_code == 409
        assert (await bob.post(f"/v1/tickets/{ticket}/take")).status_code == 403
        assert (await bob.put(f"/v1/tickets/{ticket}/priority", json={"priority": 1})).status_code == 403
    urgent = await centre.client.put(f"/v1/tickets/{ticket}/priority", json={"priority": 1})
    assert urgent.json()["priority"] == 1
    taken = await centre.client.post(f"/v1/tickets/{ticket}/take", json={"agent": centre.bob})
    assert (taken.json()["state"], taken.json()["agent"]) == ("active", centre.bob), taken.text
    assert (await centre.agent(centre.ann))["tickets"] == []
    assert (await centre.agent(centre.bob))["tickets"] == [ticket]


async def test_many_are_passed_on_at_once_and_what_cannot_be_says_why(centre: Centre) -> None:
    customers = centre.customers
    await customers.send(customers.message("m1", channel="chat"), customers.message("m2", channel="chat"))
    waiting = [ticket["id"] for ticket in await centre.wait_for(2, state="waiting")]
    answer = await centre.client.post(
        "/v1/tickets/transfer", json={"tickets": [*waiting, "nothing"], "queue": centre.calls}
    )
    assert [(item["state"], item["problem"]) for item in answer.json()["items"]] == [
        ("waiting", None),
        ("waiting", None),
        (None, "There is no ticket nothing."),
    ]
    assert {ticket["queue"] for ticket in await centre.wait_for(2, state="waiting")} == {centre.calls}


async def test_somebody_whose_machine_died_is_signed_out_and_the_customer_goes_to_another(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    await centre.sign_in(centre.bob)
    async with centre.as_("agent", centre.ann) as ann:
        wish = {"status": "offline", "force": True}
        assert (await ann.put(f"/v1/agents/{centre.ann}/status", json=wish)).status_code == 403
    assert (await centre.client.put(f"/v1/agents/{centre.ann}/status", json={"status": "offline"})).status_code == 409
    gone = await centre.client.put(f"/v1/agents/{centre.ann}/status", json={"status": "offline", "force": True})
    assert (gone.json()["status"], gone.json()["tickets"]) == ("offline", []), gone.text
    (offered,) = await centre.wait_for(1, state="offered", agent=centre.bob)
    assert offered["id"] == ticket
