"""POST and DELETE /v1/tickets/{id}/monitor."""

import pytest

from tests.integration.routing.centre import Centre, Json

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def taken(centre: Centre) -> Json:
    """A chat that Ann has."""
    await centre.sign_in(centre.ann)
    await centre.customers.send(centre.customers.message("m 1&2", channel="chat"))
    (ticket,) = await centre.wait_for(1, state="offered")
    return await centre.act(ticket["id"], "accept", centre.ann)


async def test_a_supervisor_monitors_a_conversation_and_it_is_on_record(centre: Centre) -> None:
    ticket = await taken(centre)
    path = f"/v1/tickets/{ticket['id']}/monitor"
    explained = (await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")).json()

    answer = await centre.client.post(path)

    assert answer.status_code == 200, answer.text
    assert answer.json()["ticket"]["id"] == ticket["id"]
    assert (await centre.client.post(path)).status_code == 200, "a second time is no other"
    for _ in range(2):
        assert (await centre.client.delete(path)).status_code == 204
    assert (await centre.history(ticket["id"]))[-2:] == ["ticket.monitored", "ticket.monitoring.ended"]
    assert (await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")).json() == explained
    after = (await centre.client.get(f"/v1/tickets/{ticket['id']}")).json()
    assert after == ticket, "nothing of the ticket has changed"


async def test_the_answer_names_where_profile_shows_the_conversation(centre: Centre) -> None:
    ticket = await taken(centre)
    answer = await centre.client.post(f"/v1/tickets/{ticket['id']}/monitor")
    told = answer.json()
    assert told["stream"].startswith(f"/v1/customers/{ticket['customer']}/stream?conversation=")
    assert told["timeline"].startswith(f"/v1/customers/{ticket['customer']}/timeline?conversation=")


async def test_agents_do_not_monitor(centre: Centre) -> None:
    ticket = await taken(centre)
    async with centre.as_("agent", centre.bob) as bob:
        for ask in (bob.post, bob.delete):
            assert (await ask(f"/v1/tickets/{ticket['id']}/monitor")).status_code == 403


async def test_what_is_closed_or_unknown_cannot_be_monitored(centre: Centre) -> None:
    ticket = await taken(centre)
    await centre.act(ticket["id"], "resolve", centre.ann)
    answer = await centre.client.post(f"/v1/tickets/{ticket['id']}/monitor")
    assert answer.status_code == 409, answer.text
    assert ticket["id"] in answer.json()["detail"]
    assert (await centre.client.delete(f"/v1/tickets/{ticket['id']}/monitor")).status_code == 204
    assert (await centre.client.post("/v1/tickets/nothing/monitor")).status_code == 404
