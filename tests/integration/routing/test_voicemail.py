"""Callers are sent to voicemail, and an agent gets what they left, through the API."""

import pytest

from tests.integration.routing.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_caller_is_sent_to_voicemail_and_the_message_finds_an_agent(centre: Centre) -> None:
    customers = centre.customers
    step = {"to": centre.rest, "after_s": 1, "voicemail": True}
    async with centre.as_("admin", "root") as admin:
        calls = {"pool": centre.pool, "name": "Calls", "skills": ["sales"], "overflow": [step]}
        set_up = await admin.put(f"/v1/queues/{centre.calls}", json=calls)
        assert (set_up.status_code, set_up.json()["overflow"][0]["voicemail"]) == (200, True), set_up.text
        nowhere = await admin.put(f"/v1/queues/{centre.calls}", json={**calls, "overflow": [{**step, "to": "moon"}]})
        assert (nowhere.status_code, "no queue moon" in nowhere.json()["detail"]) == (409, True)
    await customers.send(customers.call("c1"))
    (call,) = await centre.wait_for(1, state="closed")
    assert call["reason"] == "voicemail"
    assert await centre.history(call["id"]) == ["ticket.opened", "ticket.queued", "ticket.overflowed"]
    await customers.send(customers.hang_up("c1"), customers.voicemail("c1"))
    (message,) = await centre.wait_for(1, state="waiting")
    assert (message["channel"], message["queue"], message["identity"]) == ("voicemail", centre.rest, call["identity"])
    await centre.sign_in(centre.ann)
    (offered,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    assert offered["id"] == message["id"]
    await centre.act(message["id"], "accept", centre.ann)
    assert (await centre.act(message["id"], "resolve", centre.ann))["state"] == "resolved"
