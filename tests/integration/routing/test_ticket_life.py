"""The life of a ticket through the public API, on real servers."""

import asyncio

import pytest

from tests.integration.routing.centre import Centre
from tests.integration.routing.live import stream

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_call_is_offered_accepted_held_resumed_wrapped_up_and_resolved(centre: Centre) -> None:
    async with centre.as_("agent", centre.ann) as ann, stream(ann, centre.ann) as live:
        _, snapshot = await live.next("snapshot")
        assert (snapshot["agent"]["status"], snapshot["tickets"]) == ("offline", [])
        await ann.put(f"/v1/agents/{centre.ann}/status", json={"status": "available"})
        await live.next("agent.status.changed")
        await centre.customers.send(centre.customers.call("c1"))
        _, offer = await live.next("ticket.offered")
        states = []
        for action in ("accept", "hold", "resume", "wrap-up", "resolve"):
            answer = await ann.post(f"/v1/tickets/{offer['ticket']}/{action}")
            assert answer.status_code == 200, answer.text
            states.append(answer.json()["state"])
        assert states == ["active", "held", "active", "wrapup", "resolved"]
        await live.next("ticket.resolved")
    assert await centre.history(offer["ticket"]) == [
        "ticket.opened",
        "ticket.queued",
        f"ticket.offered {centre.ann}",
        f"ticket.accepted {centre.ann}",
        f"ticket.held {centre.ann}",
        f"ticket.resumed {centre.ann}",
        f"ticket.wrapup.started {centre.ann}",
        f"ticket.resolved {centre.ann}",
    ]
    assert (await centre.agent(centre.ann))["tickets"] == []
    again = await centre.try_to(offer["ticket"], "resolve", centre.ann)
    assert (again.status_code, again.json()["state"]) == (200, "resolved"), "a double click is no error"
    refused = await centre.try_to(offer["ticket"], "hold", centre.ann)
    assert refused.status_code == 409
    assert "The ticket is resolved" in refused.json()["detail"]


async def test_an_offer_nobody_answers_goes_to_the_next_agent_and_the_first_is_not_responding(centre: Centre) -> None:
    async with stream(centre.client, centre.bob) as live:
        await centre.sign_in(centre.ann, centre.bob)
        await centre.customers.send(centre.customers.call("c1"))
        _, offer = await live.next("ticket.offered")
    assert await centre.history(offer["ticket"]) == [
        "ticket.opened",
        "ticket.queued",
        f"ticket.offered {centre.ann}",
        f"ticket.expired {centre.ann}",
        f"ticket.offered {centre.bob}",
    ]
    ann = await centre.agent(centre.ann)
    assert (ann["status"], ann["tickets"]) == ("not_responding", [])
    assert (await centre.try_to(offer["ticket"], "accept", centre.ann)).status_code == 409


async def test_a_declined_offer_goes_to_the_next_agent_and_two_accepts_make_one(centre: Centre) -> None:
    await centre.sign_in(centre.ann, centre.bob)
    await centre.customers.send(centre.customers.message("m1", channel="chat"))
    (offered,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    declined = await centre.act(offered["id"], "decline", centre.ann)
    assert (declined["state"], declined["agent"]) == ("offered", centre.bob)

    answers = await asyncio.gather(*(centre.try_to(offered["id"], "accept", centre.bob) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 200]
    assert (await centre.history(offered["id"])).count(f"ticket.accepted {centre.bob}") == 1


async def test_customers_who_hang_up_or_leave_abandon_their_tickets(centre: Centre) -> None:
    customers = centre.customers
    await customers.send(customers.call("c1"), customers.message("m1", channel="chat"))
    await centre.wait_for(2, state="waiting")
    await customers.send(customers.hang_up("c1"), customers.leave("m1"))
    abandoned = await centre.wait_for(2, state="abandoned")
    assert {ticket["channel"]: ticket["reason"] for ticket in abandoned} == {"phone": "hung_up", "chat": "left"}


async def test_a_call_that_ends_while_it_is_offered_frees_the_agent(centre: Centre) -> None:
    customers = centre.customers
    await centre.sign_in(centre.ann)
    await customers.send(customers.message("m1", channel="chat"))
    (offered,) = await centre.wait_for(1, state="offered")
    await customers.send(customers.leave("m1"))
    await centre.wait_for(1, state="abandoned")
    assert (await centre.history(offered["id"]))[-1] == f"ticket.abandoned {centre.ann}"
    assert (await centre.agent(centre.ann))["tickets"] == []


async def test_a_caller_who_hangs_up_after_acceptance_leaves_the_agent_to_the_wrap_up(centre: Centre) -> None:
    status = f"/v1/agents/{centre.ann}/status"
    await centre.sign_in(centre.ann)
    await centre.customers.send(centre.customers.call("c1"))
    (offered,) = await centre.wait_for(1, state="offered")
    await centre.act(offered["id"], "accept", centre.ann)
    refused = await centre.client.put(status, json={"status": "offline"})
    assert refused.status_code == 409
    assert "1 contact" in refused.json()["detail"]
    await centre.customers.send(centre.customers.hang_up("c1"))
    (wrapup,) = await centre.wait_for(1, state="wrapup")
    assert wrapup["reason"] == "hung_up"
    await centre.act(offered["id"], "resolve", centre.ann)
    assert (await centre.client.put(status, json={"status": "offline"})).json()["status"] == "offline"


async def test_a_call_whose_end_comes_first_is_counted_and_never_offered(centre: Centre) -> None:
    customers = centre.customers
    begin, end = customers.call("c1"), customers.hang_up("c1")
    await centre.sign_in(centre.ann)
    await customers.send(end, begin, begin, end)
    (abandoned,) = await centre.wait_for(1, state="abandoned")
    assert await centre.history(abandoned["id"]) == ["ticket.opened", "ticket.queued", "ticket.abandoned"]


async def test_repeated_events_and_further_messages_open_no_second_ticket(centre: Centre) -> None:
    customers = centre.customers
    first, second = customers.message("m1", 1), customers.message("m1", 2)
    await customers.send(first, first, second, first)
    await centre.wait_for(1)
    await customers.send(second, first, customers.message("m2"))
    found = await centre.wait_for(2)
    assert len({ticket["conversation"] for ticket in found}) == len(found) == 2


async def test_whoever_comes_back_to_the_stream_gets_what_it_missed(centre: Centre) -> None:
    async with stream(centre.client, centre.ann) as live:
        last, _ = await live.next("snapshot")
    await centre.sign_in(centre.ann)
    await centre.customers.send(centre.customers.message("m1"))
    (offered,) = await centre.wait_for(1, state="offered")
    async with stream(centre.client, centre.ann, last) as live:
        signed_in, _ = await live.next("agent.signed_in")
        _, offer = await live.next("ticket.offered")
        assert offer["ticket"] == offered["id"]
    async with stream(centre.client, centre.ann, signed_in) as live:
        changed, _ = await live.next("agent.status.changed")
        assert changed.split(".")[0] == signed_in.split(".")[0], "one decision, resumed in its middle"
