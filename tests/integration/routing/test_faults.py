"""What goes wrong: kills, poison, tokens and wrong requests."""

import pytest

from deploy.local.apply import SAMPLE
from deploy.local.configuration import read_documents
from shared.dead_letters import codec as dead_letters
from shared.publishing import Outgoing, Publisher
from shared.topics import DEAD_LETTERS, ROUTING_COMMANDS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.routing.centre import Centre
from tests.integration.routing.log import is_published, live_views, rebuilt_views, records
from tests.integration.running_service import RunningService

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_killed_service_resumes_exactly(servers: Servers, routing: RunningService, centre: Centre) -> None:
    customers = centre.customers
    await centre.sign_in(centre.ann)
    sent = await customers.send(*(customers.message(f"m{number}", channel="chat") for number in range(5)))
    await centre.wait_for(3, state="offered")
    (first, *_) = await centre.tickets(state="offered")
    await centre.act(first["id"], "accept", centre.ann)
    await customers.send(*(customers.message(f"n{number}", channel="chat") for number in range(20)))
    await routing.kill()
    await customers.send(*sent, customers.leave("n0"))
    await routing.start()

    await centre.wait_for(25)
    await centre.wait_for(1, state="abandoned")
    await centre.act(first["id"], "resolve", centre.ann)
    await eventually(lambda: is_published(servers, routing.namespace), what="everything decided being published")
    assert await live_views(servers, routing.namespace) == await rebuilt_views(servers, routing.namespace)


async def test_poison_is_dead_lettered_and_the_next_command_is_decided(
    servers: Servers, routing: RunningService, publisher: Publisher, centre: Centre
) -> None:
    poison = [b"{", b'{"id": "x"}', b'{"id":"x","pool":"p","at":"2026-11-21T10:00:00Z","command":{"do":"dance"}}']
    await publisher.publish(ROUTING_COMMANDS, [Outgoing(centre.pool, value) for value in poison])
    await centre.sign_in(centre.ann)
    group = f"{routing.namespace}.routing.decisions"

    async def buried() -> list[str]:
        letters = await records(servers, routing.namespace, DEAD_LETTERS, dead_letters)
        found = [letter.reason for letter in letters if letter.group == group]
        return found if len(found) >= len(poison) else []

    reasons = await eventually(buried, what="the dead letters")
    assert all(reason.startswith("No event model accepts the record") for reason in reasons)


async def test_an_interaction_without_a_queue_does_not_stop_the_next(centre: Centre) -> None:
    customers = centre.customers
    await customers.of("nowhere", "nowhere").send(customers.of("nowhere", "nowhere").message("m1"))
    await customers.send(customers.message("m2"))
    assert len(await centre.wait_for(1)) == 1


async def test_the_sample_configuration_can_be_applied_and_applied_again(routing: RunningService) -> None:
    documents = [document for document in read_documents(SAMPLE) if document.service == "routing"]
    async with routing.client("admin", "root") as admin:
        for _ in range(2):
            for document in documents:
                answer = await admin.put(document.path, json=document.fields)
                assert answer.status_code == 200, answer.text
                plain = {name: value for name, value in document.fields.items() if name not in ("rules", "channels")}
                assert set(answer.json().get("skills", ())) == set(plain.pop("skills", ()))
                assert {name: answer.json()[name] for name in plain} == plain
        agents_ = (await admin.get("/v1/agents", params={"pool": "main", "limit": 5})).json()
        assert (len(agents_["items"]), agents_["next"]) == (5, "agent-5")
        rest = (await admin.get("/v1/agents", params={"pool": "main", "cursor": agents_["next"]})).json()
        assert [agent["id"] for agent in rest["items"]] == ["agent-6", "agent-7", "agent-8"]


@pytest.mark.parametrize(
    ("method", "path", "body", "role", "status", "says"),
    [
        ("GET", "/v1/tickets", None, None, 401, "bearer token"),
        ("GET", "/v1/tickets", None, "ops", 403, "may not do this"),
        ("GET", "/v1/agents", None, "agent", 403, "may not do this"),
        ("GET", "/v1/agents/{bob}", None, "agent", 403, "only itself"),
        ("GET", "/v1/agents/{bob}/stream", None, "agent", 403, "only as itself"),
        ("PUT", "/v1/agents/{bob}/status", {"status": "available"}, "agent", 403, "only as itself"),
        ("POST", "/v1/tickets/t/accept", {"agent": "{bob}"}, "agent", 403, "only as itself"),
        ("PUT", "/v1/pools/other", {"name": "Other"}, "supervisor", 403, "may not do this"),
        ("GET", "/v1/tickets/nothing", None, "agent", 404, "no ticket nothing"),
        ("POST", "/v1/tickets/nothing/accept", None, "agent", 404, "no ticket nothing"),
        ("PUT", "/v1/agents/nobody/status", {"status": "available"}, "supervisor", 404, "no agent nobody"),
        ("PUT", "/v1/agents/{ann}/status", {"status": "asleep"}, "agent", 422, "not valid"),
        ("GET", "/v1/tickets?cursor=xyz", None, "agent", 422, "cursor"),
        ("PUT", "/v1/queues/q", {"pool": "nowhere", "name": "Q"}, "admin", 409, "no pool nowhere"),
        ("PUT", "/v1/queues/{calls}", {"pool": "elsewhere", "name": "Q"}, "admin", 409, "cannot move"),
        ("PUT", "/v1/agents/new", {"pool": "{pool}", "name": "N", "skills": ["?"]}, "admin", 409, "no skill ?"),
        ("PUT", "/v1/agents/new", {"pool": "{pool}", "name": "N", "queues": ["?"]}, "admin", 409, "no queue ?"),
        ("PUT", "/v1/queues/{calls}", {"pool": "{pool}", "name": "Q", "colour": "red"}, "admin", 422, "not valid"),
        ("PUT", "/v1/pools/_skills", {"name": "Skills"}, "admin", 422, "not valid"),
    ],
)
async def test_what_cannot_be_done_is_said(
    centre: Centre, method: str, path: str, body: dict[str, object] | None, role: str | None, status: int, says: str
) -> None:
    names = {name: getattr(centre, name) for name in ("ann", "bob", "pool", "calls")}

    def named(value: object) -> object:
        return value.format_map(names) if isinstance(value, str) else value

    client = centre.as_("agent" if role is None else role, centre.ann)  # type: ignore[arg-type]  # roles of the table
    if role is None:
        del client.headers["Authorization"]
    async with client:
        fields = None if body is None else {name: named(value) for name, value in body.items()}
        answer = await client.request(method, path.format_map(names), json=fields)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
