"""From a sealed event in Kafka to what an agent sees."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.mongo import connect, database
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, call, conversation_id, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_message_shows_with_its_content_and_facts(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    taken = MOMENT + timedelta(seconds=2)
    await interactions.publish(message("m-1", ann.email, "Where is my parcel?", name="Ann Example", recorded=taken))
    [shown] = await entries(agent, ann.email, 1)
    assert shown["type"] == "hub.message.received.v1"
    assert shown["time"] == "2026-11-21T10:00:00Z"
    assert shown["recordedtime"] == "2026-11-21T10:00:02Z"
    assert (shown["channel"], shown["direction"]) == ("email", "inbound")
    assert shown["conversation"] == conversation_id("first")
    assert shown["identity"] == ann.email
    assert shown["content"]["text"] == "Where is my parcel?"
    assert shown["facts"] == {"address": "support@shop.example", "message": "m-1"}


async def test_an_identity_is_found_however_it_is_written(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email), call("c-1", ann.phone))
    await entries(agent, ann.email, 1)
    await entries(agent, ann.phone, 1)
    assert len(await entries(agent, ann.email.removeprefix("email:").upper(), 1)) == 1
    assert len(await entries(agent, "email:" + ann.email.removeprefix("email:").title(), 1)) == 1
    assert len(await entries(agent, f"+49 (151) {ann.phone[-8:-4]} {ann.phone[-4:]}", 1)) == 1
    unencoded_plus = await agent.get(f"/v1/timeline?identity={ann.phone}")
    assert len(unencoded_plus.json()["timeline"]["items"]) == 1


async def test_a_stranger_pops_up_with_the_id_they_will_have(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    before = (await agent.get("/v1/timeline", params={"identity": ann.email})).json()
    assert before["customer"]["known"] is False
    assert before["customer"]["identities"][0]["identity"] == ann.email
    assert before["timeline"]["items"] == []
    assert before["timeline"]["next"] is None
    assert (await agent.get(f"/v1/customers/{before['customer']['id']}")).status_code == 404
    await interactions.publish(message("m-1", ann.email))
    await entries(agent, ann.email, 1)
    after = (await agent.get("/v1/timeline", params={"identity": ann.email})).json()
    assert after["customer"]["known"] is True
    assert after["customer"]["id"] == before["customer"]["id"]


async def test_an_event_that_comes_twice_shows_once(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    twice = message("m-1", ann.email)
    await interactions.publish(twice, twice, message("m-2", ann.email))
    await interactions.publish(twice, message("m-3", ann.email))
    shown = await entries(agent, ann.email, 3)
    assert len(shown) == 3


async def test_pages_hold_still_while_entries_arrive(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    same = MOMENT + timedelta(minutes=1)
    await interactions.publish(*(message(f"m-{number}", ann.email, str(number), at=same) for number in range(7)))
    await entries(agent, ann.email, 7)
    customer = (await agent.get("/v1/timeline", params={"identity": ann.email})).json()["customer"]["id"]
    seen: list[str] = []
    before: str | None = None
    for page in range(4):
        asked = {"limit": 2} | ({"before": before} if before else {})
        answer = (await agent.get(f"/v1/customers/{customer}/timeline", params=asked)).json()
        seen += [entry["id"] for entry in answer["items"]]
        before = answer["next"]
        await interactions.publish(message(f"late-{page}", ann.email, at=same + timedelta(seconds=page + 1)))
        await entries(agent, ann.email, 8 + page)
    assert before is None
    assert len(seen) == len(set(seen)) == 7


async def test_a_timeline_is_filtered_by_channel_type_and_time(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    later = MOMENT + timedelta(hours=1)
    await interactions.publish(
        message("m-1", ann.email), message("m-2", ann.email, channel="chat", at=later), call("c-1", ann.email, at=later)
    )
    await entries(agent, ann.email, 3)

    async def kinds(**asked: str | list[str]) -> list[str]:
        answer = await agent.get("/v1/timeline", params={"identity": ann.email, **asked})
        assert answer.status_code == 200, answer.text
        return sorted(entry["channel"] for entry in answer.json()["timeline"]["items"])

    assert await kinds(channel="email") == ["email"]
    assert await kinds(channel=["chat", "phone"]) == ["chat", "phone"]
    assert await kinds(type="hub.call.started.v1") == ["phone"]
    assert await kinds(**{"from": later.isoformat()}) == ["chat", "phone"]
    assert await kinds(to=later.isoformat()) == ["email"]


async def test_a_wrong_question_is_told_what_is_wrong(agent: httpx.AsyncClient, ann: Person) -> None:
    for asked in (
        {"identity": ann.email, "colour": "red"},
        {"identity": ann.email, "limit": "0"},
        {"identity": ann.email, "limit": "201"},
        {"identity": ann.email, "channel": "Not A Channel"},
        {"identity": ann.email, "type": "hub.message.eaten.v1"},
        {"identity": ann.email, "from": "yesterday"},
        {"identity": ann.email, "to": "2026-11-21T10:00:00"},
        {"identity": ann.email, "before": "not-a-cursor"},
        {"identity": "phone:12"},
        {"identity": "email:nobody"},
        {},
    ):
        answer = await agent.get("/v1/timeline", params=asked)
        assert answer.status_code == 422, asked
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await agent.get("/v1/customers/cus_nobody/timeline")).status_code == 404


async def test_only_those_who_serve_customers_may_look(profile: RunningService, ann: Person) -> None:
    async with httpx.AsyncClient(base_url=profile.url) as nobody:
        assert (await nobody.get("/v1/timeline", params={"identity": ann.email})).status_code == 401
    for role, status in (("channel", 403), ("ops", 403), ("supervisor", 200), ("admin", 200)):
        async with profile.client(role, "ann") as client:  # type: ignore[arg-type]  # the literals above are roles
            assert (await client.get("/v1/timeline", params={"identity": ann.email})).status_code == status


async def test_a_poisoned_record_is_dead_lettered_and_the_next_one_shows(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    key = conversation_id("first")
    await interactions.publish_raw(key, b'{"type": "hub.message.received.v1"}')
    await interactions.publish_raw(key, b"\x00\xff not JSON")
    await interactions.publish(message("m-1", ann.email))
    await entries(agent, ann.email, 1)
    figures = (await agent.get("/metrics")).text
    dead = [line for line in figures.splitlines() if line.startswith("hub_records_dead_total")]
    assert sum(float(line.split()[-1]) for line in dead) == 2.0


async def test_every_look_is_written_down(agent: httpx.AsyncClient, profile: RunningService, ann: Person) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    customer = (await agent.get("/v1/timeline", params={"identity": ann.email})).json()["customer"]["id"]
    async with connect(profile.servers.mongo) as client:
        looks = await database(client, profile.namespace, "profile")["looks"].find({"customers": customer}).to_list()
    assert [(look["who"], look["role"], look["what"], look["customers"]) for look in looks] == [
        ("ann", "agent", "GET /v1/timeline", [customer])
    ]
    assert looks[0]["at"] > began
