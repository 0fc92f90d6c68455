"""Callers ask how long it will take, through the API."""

from itertools import count

import pytest

from services.routing.domain.waits import Waits
from services.routing.pool_states import PoolStates
from services.routing.store import Store
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.running_service import RunningService

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_caller_is_told_place_and_wait(servers: Servers, routing: RunningService, centre: Centre) -> None:
    customers = centre.customers
    await centre.sign_in(centre.ann)
    await customers.send(customers.call("c1"))
    (first,) = await centre.wait_for(1, state="offered")
    async with centre.as_("channel", "telephony") as telephony:

        async def asked(path: str) -> tuple[int, dict[str, object]]:
            answer = await telephony.get(f"/v1/{path}/wait")
            return answer.status_code, answer.json()

        _, offered = await asked(f"tickets/{first['id']}")
        assert (offered["position"], offered["basis"]) == (0, "offered")
        await centre.act(first["id"], "accept", centre.ann)
        status, over = await asked(f"tickets/{first['id']}")
        assert (status, over["detail"]) == (
            409,
            "The ticket is active; only one that waits or is offered has a wait to estimate.",
        )
        await customers.send(customers.call("c2"))
        (next_one,) = await centre.wait_for(1, state="waiting")
        await customers.send(customers.call("c3"))
        (ticket,) = {one["id"] for one in await centre.wait_for(2, state="waiting")} - {next_one["id"]}
        _, unknown = await asked(f"tickets/{ticket}")
        assert (unknown["position"], unknown["p50_s"], unknown["basis"]) == (2, None, "no_experience")
        await centre.act(first["id"], "resolve", centre.ann)
        (second,) = await centre.wait_for(1, state="offered")
        await centre.act(second["id"], "accept", centre.ann)
        _, known = await asked(f"tickets/{ticket}")
        assert (known["position"], known["agents"], known["places"], known["basis"]) == (1, 1, 1, "channel")
        assert isinstance(known["p50_s"], int)
        assert isinstance(known["p90_s"], int)
        assert known["p50_s"] <= known["p90_s"]
        status, queue = await asked(f"queues/{centre.calls}")
        assert (status, queue["waiting"], queue["channels"][0]["next"]["position"]) == (200, 1, 2)  # type: ignore[index]  # JSON
    async with connect(servers.mongo) as client:
        states = PoolStates(Store(database(client, routing.namespace, "routing")), lambda _: None)
        elsewhere = await states.of(centre.pool)
        assert Waits(elsewhere).of(elsewhere.tickets[ticket]).p50_s == known["p50_s"]
        await centre.act(second["id"], "resolve", centre.ann)
        await centre.act(ticket, "accept", centre.ann)
        assert (await states.of(centre.pool)).tickets[ticket].phase == "active"

    async def measured() -> float:
        text = (await centre.client.get("/metrics")).text
        name = f'hub_wait_error_seconds_bucket{{le="+Inf",queue="{centre.calls}"}} '
        return sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))

    calls = count(4)

    async def one_more_waited() -> bool:
        """Two estimates a second are made at most, so not every wait is measured."""
        nonlocal ticket
        await customers.send(customers.call(f"c{next(calls)}"))
        (last,) = await centre.wait_for(1, state="waiting")
        await centre.act(ticket, "resolve", centre.ann)
        await centre.act(last["id"], "accept", centre.ann)
        ticket = last["id"]
        return await measured() > 0

    await eventually(one_more_waited, what="a wait being measured")


@pytest.mark.parametrize(
    ("path", "role", "status", "says"),
    [
        ("tickets/nothing/wait", "channel", 404, "no ticket nothing"),
        ("queues/nothing/wait", "supervisor", 404, "no queue nothing"),
        ("queues/{calls}/wait", "ops", 403, "may not do this"),
    ],
)
async def test_what_cannot_be_told_says_why(centre: Centre, path: str, role: str, status: int, says: str) -> None:
    async with centre.as_(role, "somebody") as client:  # type: ignore[arg-type]  # roles of the table
        answer = await client.get(f"/v1/{path.format(calls=centre.calls)}")
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


async def test_a_visitor_who_waits_is_told_so(centre: Centre) -> None:
    tell = {"text": "Number {position}, {minutes} min.", "after_s": 5, "every_s": 30, "at_most": 1}
    chats = {"pool": centre.pool, "name": "Chats", "auto_accept": True, "tell_wait": tell}
    async with centre.as_("admin", "root") as admin:
        assert (await admin.put(f"/v1/queues/{centre.rest}", json=chats)).json()["tell_wait"] == tell
        wrong = await admin.put(f"/v1/queues/{centre.rest}", json={**chats, "tell_wait": {"text": "Dear {name}"}})
        assert (wrong.status_code, "{name} stands for nothing" in wrong.json()["detail"]) == (409, True)
        often = await admin.put(f"/v1/queues/{centre.rest}", json={**chats, "tell_wait": {**tell, "every_s": 1}})
        assert often.status_code == 422
    await centre.sign_in(centre.ann)
    customers = centre.customers
    await customers.send(*(customers.message(f"m{number}", channel="chat") for number in range(5)))
    first, *_ = await centre.wait_for(4, state="active")
    await centre.act(first["id"], "resolve", centre.ann)
    await centre.wait_for(4, state="active")
    await customers.send(customers.message("m6", channel="chat"))
    (waiting,) = await centre.wait_for(1, state="waiting")

    async def told() -> bool:
        return "ticket.wait.told" in await centre.history(waiting["id"])

    await eventually(told, what="the visitor being told")
