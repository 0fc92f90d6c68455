"""A colleague is asked, helps, and takes the ticket over, through the API."""

import asyncio

import httpx
import pytest

from tests.integration.live_streams import opened, server_sent_events
from tests.integration.routing.centre import Centre
from tests.integration.routing.test_annotating import talking

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def consult(client: httpx.AsyncClient, ticket: str, colleague: str) -> httpx.Response:
    return await client.post(f"/v1/tickets/{ticket}/consult", json={"agent": colleague})


async def test_a_colleague_hears_of_it_helps_and_takes_over_at_once(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    await centre.sign_in(centre.bob)
    async with centre.as_("agent", centre.ann) as ann, centre.as_("agent", centre.bob) as bob:
        async with opened(bob, f"/v1/agents/{centre.bob}/stream", None) as response, asyncio.timeout(20):
            events = server_sent_events(response.aiter_lines())
            await anext(events)
            asked = await consult(ann, ticket, centre.bob)
            assert (asked.status_code, asked.json()["agent"]) == (200, centre.ann), asked.text
            assert (asked.json()["consultation"]["agent"], asked.json()["consultation"]["state"]) == (
                centre.bob,
                "asked",
            )
            _, kind, data = await anext(events)
            assert (kind, data["owner"]) == ("ticket.consultation.asked", centre.ann)
        assert (await centre.agent(centre.bob))["consultations"] == [ticket]
        assert (await ann.post(f"/v1/tickets/{ticket}/consult/accept")).status_code == 409
        helping = await bob.post(f"/v1/tickets/{ticket}/consult/accept")
        assert helping.json()["consultation"]["state"] == "accepted", helping.text
        assert (await bob.post(f"/v1/tickets/{ticket}/tags", json={"add": ["helped"]})).status_code == 200
        passed = await ann.post(f"/v1/tickets/{ticket}/transfer", json={"agent": centre.bob})
    shown = passed.json()
    assert (shown["state"], shown["agent"], shown["consultation"]) == ("active", centre.bob, None), passed.text
    assert (await centre.agent(centre.ann))["tickets"] == []
    bob_now = await centre.agent(centre.bob)
    assert (bob_now["tickets"], bob_now["consultations"]) == ([ticket], [])
    assert (await centre.history(ticket))[-6:] == [
        f"ticket.consultation.accepted {centre.bob}",
        "ticket.tagged",
        f"ticket.consultation.ended {centre.bob}",
        f"ticket.transferred {centre.ann}",
        "ticket.queued",
        f"ticket.accepted {centre.bob}",
    ]


async def test_a_consultation_is_declined_or_ended_and_bad_questions_say_why(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    ticket = await talking(centre, centre.ann)
    async with centre.as_("agent", centre.ann) as ann, centre.as_("agent", centre.bob) as bob:
        away = await consult(ann, ticket, centre.bob)
        assert (away.status_code, away.json()["detail"]) == (
            409,
            f"{centre.bob} is offline. Ask somebody who is available.",
        )
        await centre.sign_in(centre.bob)
        assert (await consult(bob, ticket, centre.bob)).status_code == 409
        assert (await consult(ann, ticket, "nobody")).status_code == 404
        assert (await consult(ann, "nothing", centre.bob)).status_code == 404
        assert (await ann.post(f"/v1/tickets/{ticket}/consult", json={})).status_code == 422
        acting = {"agent": centre.bob}
        assert (await ann.post(f"/v1/tickets/{ticket}/consult/accept", json=acting)).status_code == 403
        await consult(ann, ticket, centre.bob)
        declined = await bob.post(f"/v1/tickets/{ticket}/consult/decline")
        assert (declined.status_code, declined.json()["consultation"]) == (200, None), declined.text
        await consult(ann, ticket, centre.bob)
        ended = await ann.post(f"/v1/tickets/{ticket}/consult/end")
        assert (ended.status_code, ended.json()["consultation"]) == (200, None), ended.text
    assert (await centre.agent(centre.bob))["consultations"] == []
