"""Tickets are linked and merged, through the API."""

from dataclasses import replace

import httpx
import pytest

from tests.integration.routing.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def waiting(centre: Centre, *names: str) -> list[str]:
    """A ticket that waits for each of these customers."""
    found: list[str] = []
    for number, name in enumerate(names, start=1):
        await centre.customers.send(centre.customers.message(name))
        tickets = await centre.wait_for(number, state="waiting")
        found.append(next(one["id"] for one in tickets if one["id"] not in found))
    return found


async def merge(client: httpx.AsyncClient, ticket: str, into: str, *, force: bool = False) -> httpx.Response:
    return await client.post(f"/v1/tickets/{ticket}/merge", json={"into": into, "force": force})


async def test_links_are_seen_from_both_sides(centre: Centre) -> None:
    first, other = await waiting(centre, "m1", "m2")
    linked = await centre.client.post(f"/v1/tickets/{first}/links", json={"to": other, "relation": "caused_by"})
    assert (linked.status_code, linked.json()["links"]) == (200, [{"ticket": other, "relation": "caused_by"}])
    there = (await centre.client.get(f"/v1/tickets/{other}/links")).json()["items"]
    assert there == [{"ticket": first, "relation": "causes"}]
    gone = await centre.client.delete(f"/v1/tickets/{first}/links/{other}")
    assert gone.json()["links"] == []
    assert (await centre.client.get(f"/v1/tickets/{other}/links")).json()["items"] == []
    assert (await centre.client.post(f"/v1/tickets/{first}/links", json={"to": "nothing"})).status_code == 404
    assert (await centre.client.post(f"/v1/tickets/{first}/links", json={"to": first})).status_code == 409
    odd = await centre.client.post(f"/v1/tickets/{first}/links", json={"to": other, "relation": "friends"})
    assert odd.status_code == 422
    async with centre.as_("agent", centre.ann) as ann:
        assert (await ann.post(f"/v1/tickets/{first}/links", json={"to": other})).status_code == 409


async def test_a_merge_closes_one_ticket_and_what_is_said_there_wakes_the_other(centre: Centre) -> None:
    gone, stays = await waiting(centre, "m1", "m2")
    refused = await merge(centre.client, gone, stays)
    assert (refused.status_code, "of another customer" in refused.json()["detail"]) == (409, True), refused.text
    async with centre.as_("agent", centre.ann) as ann:
        assert (await merge(ann, gone, stays, force=True)).status_code == 403
    done = await merge(centre.client, gone, stays, force=True)
    assert (done.status_code, done.json()["state"], done.json()["merged_into"]) == (200, "merged", stays), done.text
    assert (await centre.tickets(state="waiting"))[0]["merged"] == [gone]
    assert [one["id"] for one in await centre.tickets(state="merged")] == [gone]

    await centre.sign_in(centre.ann)
    await centre.wait_for(1, state="offered", agent=centre.ann)
    await centre.act(stays, "accept", centre.ann)
    parked = await centre.client.post(f"/v1/tickets/{stays}/pending", json={"agent": centre.ann, "on": "customer"})
    assert parked.json()["state"] == "pending"
    await centre.customers.send(centre.customers.message("m1", 2))
    (woken,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    assert woken["id"] == stays
    assert len(await centre.tickets()) == 2


async def test_what_cannot_be_merged_says_why(centre: Centre) -> None:
    first, other = await waiting(centre, "m1", "m2")
    assert (await merge(centre.client, first, "nothing")).status_code == 404
    same = await merge(centre.client, first, first)
    assert (same.status_code, same.json()["detail"]) == (409, f"{first} is this very ticket. Name another one.")
    async with Centre.found(centre.routing, centre.customers) as elsewhere:
        (far,) = await waiting(elsewhere, "m1")
        refused = await merge(centre.client, first, far, force=True)
        assert (refused.status_code, f"in pool {elsewhere.pool}" in refused.json()["detail"]) == (409, True)
    assert (await merge(centre.client, first, other, force=True)).status_code == 200
    again = await merge(centre.client, first, other, force=True)
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"{first} is part of {other}; what is closed stays as it is.",
    )
    into_it = await merge(centre.client, other, first, force=True)
    assert (into_it.status_code, into_it.json()["detail"]) == (
        409,
        f"{first} is part of {other}; what is closed stays as it is.",
    )


async def test_an_agent_merges_its_own_ticket_into_another_of_the_same_customer(centre: Centre) -> None:
    customers = centre.customers
    (stays,) = await waiting(centre, "m1")
    identity = (await centre.tickets())[0]["identity"]
    await centre.sign_in(centre.ann)
    await centre.act(stays, "accept", centre.ann)
    other = customers.message("m2")
    await customers.send(replace(other, data=replace(other.data, identity=identity)))
    (offered,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    async with centre.as_("agent", centre.ann) as ann:
        assert (await merge(ann, offered["id"], stays)).status_code == 409
        await centre.act(offered["id"], "accept", centre.ann)
        done = await merge(ann, offered["id"], stays)
    assert (done.status_code, done.json()["merged_into"]) == (200, stays), done.text
    assert (await centre.agent(centre.ann))["tickets"] == [stays]
    assert (await centre.history(offered["id"]))[-1] == f"ticket.merged {centre.ann}"
