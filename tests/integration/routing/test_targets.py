"""Targets through the API and the log: set on a queue, shown on tickets, warned of, breached, met, and escalated."""

import re

import pytest

from tests.eventually import eventually
from tests.integration.routing.centre import Centre, Json

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def configure(centre: Centre, **settings: object) -> None:
    """The queue that is not for calls gets these settings."""
    async with centre.as_("admin", "root") as admin:
        body = {"pool": centre.pool, "name": "The rest", "offer_timeout_s": 60, **settings}
        answer = await admin.put(f"/v1/queues/{centre.rest}", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json().items() >= settings.items()


async def targets(centre: Centre, ticket: str) -> dict[str, Json]:
    shown = (await centre.client.get(f"/v1/tickets/{ticket}")).json()
    return {target["target"]: target for target in shown["targets"]}


async def wait_for_state(centre: Centre, ticket: str, target: str, state: str) -> Json:
    async def reached() -> Json:
        one = (await targets(centre, ticket)).get(target, {})
        return one if one.get("state") == state else {}

    return await eventually(reached, what=f"{target} is {state}")


def counted(metrics: str, name: str) -> float:
    found = re.findall(rf'^{name}_total{{target="first_response"}} (\S+)$', metrics, re.MULTILINE)
    return sum(map(float, found))


async def test_a_target_is_warned_of_breached_and_escalated_and_a_late_answer_misses_it(centre: Centre) -> None:
    rule = {"target": "first_response", "at": "breached"}
    wanted = {"first_response_s": 2.0, "next_response_s": None, "resolution_s": 3600.0, "warn_percent": 50}
    await configure(centre, targets=wanted, escalate_on=[rule], escalate_to=centre.calls)
    before = (await centre.client.get("/metrics")).text
    await centre.customers.send(centre.customers.message("m1"))
    (ticket,) = await centre.wait_for(1, sla="warned")
    (ticket,) = await centre.wait_for(1, sla="breached")
    first = (await targets(centre, ticket["id"]))["first_response"]
    assert (first["state"], first["seconds"], first["queue"]) == ("breached", 2, centre.rest)
    (escalated,) = await centre.wait_for(1, queue=centre.calls)
    assert (escalated["id"], escalated["priority"]) == (ticket["id"], 3)
    history = (await centre.client.get(f"/v1/tickets/{ticket['id']}/history")).json()["items"]
    (event,) = [item["event"] for item in history if item["event"]["event"] == "ticket.escalated"]
    assert (event["by"], event["reason"]) == ("rule", "first_response breached")
    after = (await centre.client.get("/metrics")).text
    for name in ("hub_sla_warned", "hub_sla_breached"):
        assert counted(after, name) >= counted(before, name) + 1

    await centre.customers.send(centre.customers.reply("m1"))
    missed = await wait_for_state(centre, ticket["id"], "first_response", "missed")
    assert missed["late_s"] > 0
    assert await centre.tickets(sla="breached") == []
    assert "resolution" not in await targets(centre, ticket["id"]), "the queue for calls has no such target"


async def test_an_exchange_of_mails_is_followed_to_the_end(centre: Centre) -> None:
    hour = {"first_response_s": 3600.0, "next_response_s": 3600.0, "resolution_s": 36000.0, "warn_percent": 80}
    await configure(centre, targets=hour)
    customers = centre.customers
    await customers.send(customers.message("m1"), customers.reply("m1", automatic=True))
    (ticket,) = await centre.wait_for(1, state="waiting")
    name = ticket["id"]
    assert {target["target"]: target["state"] for target in ticket["targets"]} == {
        "first_response": "running",
        "resolution": "running",
    }
    await customers.send(customers.reply("m1", 2))
    first = await wait_for_state(centre, name, "first_response", "met")
    assert 3500 < first["left_s"] <= 3600
    await customers.send(customers.message("m1", 2))
    await wait_for_state(centre, name, "next_response", "running")
    await customers.send(customers.reply("m1", 3))
    await wait_for_state(centre, name, "next_response", "met")
    await centre.sign_in(centre.ann)
    await centre.act(name, "accept", centre.ann)
    async with centre.as_("agent", centre.ann) as ann:
        await ann.post(f"/v1/tickets/{name}/pending", json={"on": "third_party"})
        paused = (await targets(centre, name))["resolution"]
        assert (paused["state"], paused["due"]) == ("paused", None)
        await ann.post(f"/v1/tickets/{name}/resume")
        assert (await targets(centre, name))["resolution"]["due"] is not None
    await centre.act(name, "resolve", centre.ann)
    assert {name: one["state"] for name, one in (await targets(centre, name)).items()} == dict.fromkeys(
        ("first_response", "next_response", "resolution"), "met"
    )
    explained = (await centre.client.get(f"/v1/tickets/{name}/explain")).json()["items"]
    assert [offer["offer"]["agent"] for offer in explained] == [centre.ann]


@pytest.mark.parametrize(
    ("wrong", "status", "says"),
    [
        ({"targets": {"first_response_s": 0}}, 422, "body.targets.first_response_s"),
        ({"targets": {"resolution_s": 1e9}}, 422, "body.targets.resolution_s"),
        ({"targets": {"warn_percent": 0}}, 422, "body.targets.warn_percent"),
        ({"targets": {"warn_percent": 100}}, 422, "body.targets.warn_percent"),
        ({"targets": {"second_response_s": 5}}, 422, "body.targets.second_response_s"),
        ({"escalate_on": [{"target": "first_response", "at": "noon"}]}, 422, "body.escalate_on.0.at"),
        ({"escalate_on": [{"target": "resolution", "at": "warned"}]}, 409, "Set resolution_s in targets"),
    ],
)
async def test_what_cannot_be_a_target_is_refused(centre: Centre, wrong: Json, status: int, says: str) -> None:
    async with centre.as_("admin", "root") as admin:
        answer = await admin.put(f"/v1/queues/{centre.rest}", json={"pool": centre.pool, "name": "Rest", **wrong})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_word_for_tickets_that_need_somebody_is_refused(centre: Centre) -> None:
    assert (await centre.client.get("/v1/tickets", params={"sla": "late"})).status_code == 422
