"""What people write on tickets, through the API."""

import pytest

from tests.integration.routing.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def talking(centre: Centre, agent: str, message: str = "m1") -> str:
    """A ticket that the agent has accepted."""
    await centre.customers.send(centre.customers.message(message, channel="chat"))
    (offered,) = await centre.wait_for(1, state="offered", agent=agent)
    return str((await centre.act(offered["id"], "accept", agent))["id"])


async def test_tags_are_shown_found_and_taken_away(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    async with centre.as_("agent", centre.ann) as ann:
        tagged = await ann.post(f"/v1/tickets/{ticket}/tags", json={"add": [" Refund", "late"]})
    assert (tagged.status_code, tagged.json()["tags"]) == (200, ["late", "refund"]), tagged.text
    assert [one["id"] for one in await centre.tickets(tag="REFUND")] == [ticket]
    gone = await centre.client.post(f"/v1/tickets/{ticket}/tags", json={"remove": ["refund"]})
    assert gone.json()["tags"] == ["late"]
    assert await centre.tickets(tag="refund") == []
    async with centre.as_("agent", centre.bob) as bob:
        refused = await bob.post(f"/v1/tickets/{ticket}/tags", json={"add": ["mine"]})
        assert (refused.status_code, refused.json()["detail"]) == (
            409,
            f"The ticket is active and not with {centre.bob}.",
        )
    assert (await centre.client.post(f"/v1/tickets/{ticket}/tags", json={})).status_code == 422
    assert (await centre.client.get("/v1/tickets", params={"tag": " "})).status_code == 422
    assert (await centre.client.post("/v1/tickets/nothing/tags", json={"add": ["x"]})).status_code == 404
    await centre.act(ticket, "resolve", centre.ann)
    closed = await centre.client.post(f"/v1/tickets/{ticket}/tags", json={"add": ["x"]})
    assert (closed.status_code, closed.json()["detail"]) == (
        409,
        f"{ticket} is resolved; what is closed stays as it is.",
    )
