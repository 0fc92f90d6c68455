"""Complaints through the API, Kafka and MongoDB."""

from typing import Any

import httpx
import pytest

from services.routing.complaint_store import OPEN_STAGES, course_of
from services.routing.domain.complaint_progress import cohort
from services.routing.domain.complaint_sums import summed
from shared.contracts.codec import tickets
from shared.contracts.tickets_complaints import Complained
from shared.topics import TICKETS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre, Json
from tests.integration.routing.log import live_views, rebuilt_views, records

pytestmark = pytest.mark.asyncio(loop_scope="package")

SETTINGS: dict[str, Any] = {
    "acknowledge_s": 3_600,
    "answer_s": 86_400,
    "object_s": 86_400,
    "causes": ["delivery", "billing"],
    "remedies": ["refund", "excuse"],
}
TOLD = {"cause": "delivery", "remedy": "refund"}


async def configure(centre: Centre, **changed: float) -> None:
    """The queue for the rest has deadlines and lists for complaints."""
    body = {"pool": centre.pool, "name": "The rest", "offer_timeout_s": 60}
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(f"/v1/queues/{centre.rest}", json={**body, "complaints": {**SETTINGS, **changed}})
    assert answer.status_code == 200, answer.text
    assert answer.json()["complaints"]["causes"] == SETTINGS["causes"]


async def taken(centre: Centre, conversation: str = "c1") -> str:
    """An email that Ann has."""
    before = len(await centre.tickets())
    await centre.customers.send(centre.customers.message(conversation, channel="email"))
    await centre.wait_for(before + 1)
    (ticket, *_) = await centre.wait_for(1, state="offered")
    await centre.act(ticket["id"], "accept", ticket["agent"])
    found: str = ticket["id"]
    return found


async def step(
    client: httpx.AsyncClient, ticket: str, action: str | None = None, body: Json | None = None
) -> httpx.Response:
    """The answer to what is to be done with a complaint."""
    path = f"/v1/tickets/{ticket}/complaint"
    return await client.post(f"{path}/{action}" if action else path, json=body)


async def test_a_complaint_goes_its_course_and_everything_tells_the_same_of_it(
    centre: Centre, servers: Servers
) -> None:
    await configure(centre)
    await centre.sign_in(centre.ann)
    ticket = await taken(centre)
    async with centre.as_("agent", centre.ann) as ann:
        raised = await step(ann, ticket)
        assert raised.status_code == 200, raised.text
        assert (raised.json()["stage"], raised.json()["owner"]) == ("received", centre.ann)
        assert (await centre.tickets(kind="complaint"))[0]["id"] == ticket
        await centre.act(ticket, "resolve", centre.ann)
        for action, body, stage in (
            ("acknowledge", None, "acknowledged"),
            ("investigate", None, "investigating"),
            ("assess", {"cause": "billing"}, "investigating"),
            ("answer", TOLD, "answered"),
            ("reopen", {"reason": "Nothing came"}, "investigating"),
            ("assign", {"agent": centre.bob}, "investigating"),
        ):
            answer = await step(ann, ticket, action, body)
            assert (answer.status_code, answer.json().get("stage")) == (200, stage), answer.text
        refused = await step(ann, ticket, "answer", TOLD)
        assert refused.status_code == 409, "it belongs to Bob now"
        assert centre.bob in refused.json()["detail"]
    async with centre.as_("agent", centre.bob) as bob:
        for _ in range(2):
            assert (await step(bob, ticket, "answer", TOLD)).status_code == 200
        for _ in range(2):
            accepted = await step(bob, ticket, "accept")
            assert accepted.status_code == 200, accepted.text
    shown = (await centre.client.get(f"/v1/tickets/{ticket}/complaint")).json()
    assert shown == accepted.json()
    assert (shown["stage"], shown["reopened"], shown["cause"], shown["by"]) == ("accepted", 1, "delivery", centre.bob)
    decided = [name.split()[0] for name in await centre.history(ticket) if ".complaint." in name]
    assert decided[0] == "ticket.complaint.received"
    assert decided[-1] == "ticket.complaint.accepted"

    async def published() -> list[str]:
        found = await records(servers, centre.routing.namespace, TICKETS, tickets)
        mine = {
            one.id: one.data.event for one in found if isinstance(one.data, Complained) and one.data.ticket == ticket
        }
        return list(mine.values()) if len(mine) >= len(decided) else []

    assert await eventually(published, what="the course in Kafka") == decided


async def test_complaints_are_found_and_counted_as_a_fold_of_the_log_counts_them(
    centre: Centre, servers: Servers
) -> None:
    await configure(centre)
    await centre.sign_in(centre.ann, centre.bob)
    names = [await taken(centre, f"c{number}") for number in range(4)]
    for name in names:
        assert (await step(centre.client, name)).status_code == 200
    await step(centre.client, names[0], "acknowledge")
    await step(centre.client, names[1], "answer", TOLD)
    await step(centre.client, names[2], "revoke", {"reason": "A question"})
    await step(centre.client, names[1], "accept")

    async def ids(**match: str) -> list[str]:
        answer = await centre.client.get("/v1/complaints", params={"pool": centre.pool, **match})
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert set(await ids()) == set(names)
    assert await ids(stage="acknowledged") == [names[0]]
    assert await ids(cause="delivery") == [names[1]]
    assert await ids(overdue="true") == []
    assert len(await ids(overdue="false")) == 4
    owner = (await centre.client.get(f"/v1/tickets/{names[3]}/complaint")).json()["owner"]
    assert names[3] in await ids(owner=owner)
    page = (await centre.client.get("/v1/complaints", params={"pool": centre.pool, "limit": 3})).json()
    rest = await ids(cursor=page["next"])
    assert {one["id"] for one in page["items"]} | set(rest) == set(names)
    assert len(rest) == 1

    answer = await centre.client.get("/v1/complaints/progress", params={"pool": centre.pool})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    folded = await rebuilt_views(servers, centre.routing.namespace)
    assert folded == await live_views(servers, centre.routing.namespace)
    mine = [one for (view, _), one in folded.items() if view == "complaints" and one["pool"] == centre.pool]
    of_log = cohort(summed([course_of(one) for one in mine]))
    figures = told["cohort"]
    assert (figures["received"], figures["accepted"], figures["revoked"]) == (3, 1, 1)
    assert (of_log.received, of_log.accepted, of_log.revoked) == (3, 1, 1)
    assert figures["medians"]["answered_s"] == of_log.medians.answered_s
    assert [one["total"] for one in figures["causes"]] == [one.total for one in of_log.causes]
    going_on = [one["stage"] for one in mine if one["stage"] in OPEN_STAGES]
    assert [one["total"] for one in told["stages"]] == [going_on.count(stage) for stage in OPEN_STAGES] == [1, 1, 0, 0]
    assert told["stages"][0]["ages"]["under_1_day"] == 1
    past = {"pool": centre.pool, "to": "2026-01-01T00:00:00Z"}
    assert (await centre.client.get("/v1/complaints/progress", params=past)).json()["cohort"]["received"] == 0


async def test_deadlines_pass_and_silence_counts_while_nobody_does_anything(centre: Centre) -> None:
    await configure(centre, acknowledge_s=1, answer_s=2, object_s=1)
    await centre.sign_in(centre.ann)
    ticket = await taken(centre)
    assert (await step(centre.client, ticket)).status_code == 200

    async def late() -> Json | None:
        found: Json = (await centre.client.get(f"/v1/tickets/{ticket}/complaint")).json()
        return found if found["overdue"] == ["acknowledge", "answer"] else None

    await eventually(late, what="both deadlines")
    overdue = (await centre.client.get("/v1/complaints", params={"pool": centre.pool, "overdue": "true"})).json()
    assert [one["id"] for one in overdue["items"]] == [ticket]
    answered = await step(centre.client, ticket, "answer", TOLD)
    assert (answered.json()["overdue"], answered.json()["late"]) == ([], ["acknowledge", "answer"])

    async def accepted() -> Json | None:
        found: Json = (await centre.client.get(f"/v1/tickets/{ticket}/complaint")).json()
        return found if found["stage"] == "accepted" else None

    silent = await eventually(accepted, what="acceptance by silence")
    assert silent is not None
    assert silent["by"] is None


async def test_what_cannot_be_is_refused_with_what_to_do(centre: Centre) -> None:
    await configure(centre)
    await centre.sign_in(centre.ann)
    ticket = await taken(centre)
    client = centre.client
    assert (await client.get(f"/v1/tickets/{ticket}/complaint")).status_code == 404
    assert (await step(client, "nothing")).status_code == 404
    none = await step(client, ticket, "acknowledge")
    assert (none.status_code, f"POST /v1/tickets/{ticket}/complaint" in none.json()["detail"]) == (409, True)
    await step(client, ticket)
    for action, body, code, word in (
        ("investigate", None, 409, "acknowledged"),
        ("accept", None, 409, "answered"),
        ("assess", {"cause": "bad luck"}, 409, "delivery, billing"),
        ("answer", {"cause": "delivery"}, 409, "remedy"),
        ("assess", {}, 422, "cause"),
        ("assign", {"agent": "nobody"}, 404, "nobody"),
        ("revoke", {}, 422, "reason"),
    ):
        answer = await step(client, ticket, action, body)
        assert (answer.status_code, word in answer.text) == (code, True), answer.text
    async with centre.as_("agent", centre.bob) as bob:
        assert (await step(bob, ticket, "acknowledge")).status_code == 409
        assert (await bob.get("/v1/complaints/progress", params={"pool": centre.pool})).status_code == 403
    for params, code in (
        ({"pool": "no-such-pool"}, 404),
        ({}, 422),
        ({"pool": centre.pool, "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422),
        ({"pool": centre.pool, "from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422),
        ({"pool": centre.pool, "from": "yesterday"}, 422),
    ):
        answer = await client.get("/v1/complaints/progress", params=params)
        assert answer.status_code == code, answer.text
    assert (await client.get("/v1/complaints", params={"cursor": "x"})).status_code == 422
    assert (await client.get("/v1/complaints", params={"stage": "angry"})).status_code == 422
    async with centre.as_("admin", "root") as admin:
        queue = {"pool": centre.pool, "name": "The rest", "complaints": {"answer_s": -1}}
        assert (await admin.put(f"/v1/queues/{centre.rest}", json=queue)).status_code == 422
