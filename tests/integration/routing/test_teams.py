"""Supervisors group agents by teams, find them and their tickets, and pass a team's work on."""

import pytest

from tests.integration.routing.centre import Centre, Json

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def join(centre: Centre, agent: str, team: str | None) -> None:
    async with centre.as_("admin", "root") as admin:
        wanted = {"pool": centre.pool, "name": agent, "skills": ["sales"], "team": team}
        answer = await admin.put(f"/v1/agents/{agent}", json=wanted)
        assert (answer.status_code, answer.json().get("team")) == (200, team), answer.text


async def both_at_work(centre: Centre) -> tuple[str, str]:
    """A ticket that Ann has, of the team east, and one that Bob has, who is in none."""
    await join(centre, centre.ann, f"east-{centre.pool}")
    await centre.sign_in(centre.ann, centre.bob)
    await centre.customers.send(centre.customers.message("m1", channel="chat"))
    await centre.customers.send(centre.customers.message("m2", channel="chat"))
    offered = {ticket["agent"]: ticket["id"] for ticket in await centre.wait_for(2, state="offered")}
    for agent, ticket in offered.items():
        await centre.act(ticket, "accept", agent)
    return offered[centre.ann], offered[centre.bob]


async def test_agents_and_tickets_are_found_by_team(centre: Centre) -> None:
    of_ann, _ = await both_at_work(centre)
    east = f"east-{centre.pool}"
    found = (await centre.client.get("/v1/agents", params={"team": east})).json()
    assert [agent["id"] for agent in found["items"]] == [centre.ann]
    assert [ticket["id"] for ticket in await centre.tickets(team=east)] == [of_ann]
    assert await centre.tickets(team=east, agent=centre.bob) == []
    assert await centre.tickets(team=f"west-{centre.pool}") == []


async def test_the_live_view_has_a_row_for_each_team(centre: Centre) -> None:
    await both_at_work(centre)
    told = (await centre.client.get(f"/v1/pools/{centre.pool}/live")).json()
    presence = {"available": 1, "busy": 0, "away": 0}
    in_hand = {"offered": 0, "active": 1, "held": 0, "wrapup": 0}
    assert told["teams"] == [{"id": f"east-{centre.pool}", "members": 1, "agents": presence, **in_hand}]


async def test_all_that_a_team_has_is_passed_on_at_once(centre: Centre) -> None:
    of_ann, of_bob = await both_at_work(centre)
    wanted: Json = {"team": f"east-{centre.pool}", "queue": centre.calls}
    answer = await centre.client.post("/v1/tickets/transfer", json=wanted)
    assert [one["id"] for one in answer.json()["items"]] == [of_ann]
    assert [ticket["id"] for ticket in await centre.tickets(queue=centre.calls)] == [of_ann]
    assert [ticket["id"] for ticket in await centre.tickets(agent=centre.bob, state="active")] == [of_bob]


@pytest.mark.parametrize("which", [{}, {"team": "east", "tickets": ["t1"]}])
async def test_which_tickets_are_passed_on_is_said_in_one_way(centre: Centre, which: Json) -> None:
    answer = await centre.client.post("/v1/tickets/transfer", json={"queue": centre.calls, **which})
    assert answer.status_code == 422
    assert "which tickets, or of which team" in answer.text


async def test_a_team_that_nobody_is_in_has_nothing_to_pass_on(centre: Centre) -> None:
    answer = await centre.client.post("/v1/tickets/transfer", json={"queue": centre.calls, "team": "nobody"})
    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]
