"""Merging and splitting by somebody's word: afterwards all is as if a link that was taken back had never been."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.auth import Role, now_utc
from shared.mongo import connect, database
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, popped, stream
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import MOMENT, call, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def seen(agent: httpx.AsyncClient, interactions: Ingested, *identities: str) -> list[str]:
    """Lets these people be heard of; the ids of their customers."""
    for identity in identities:
        await interactions.publish(message(f"m-{identity}", identity, channel="chat", conversation=identity))
    return [(await popped(agent, identity, entries=1))["customer"]["id"] for identity in identities]


async def post(agent: httpx.AsyncClient, path: str, status: int = 200, **body: Any) -> Json:  # noqa: ANN401 (any JSON)
    answer = await agent.post(f"/v1/customers/{path}", json=body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def identities(customer: Json) -> list[str]:
    return [one["identity"] for one in customer["identities"]]


async def test_an_agent_merges_two_customers_and_takes_it_back(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    mail, phone = await seen(agent, interactions, ann.email, ann.phone)
    before = [(await agent.get(f"/v1/customers/{one}/timeline")).json() for one in (mail, phone)]
    merged = await post(agent, f"{mail}/merge", customer=phone)
    assert (merged["id"], identities(merged)) == (mail, [ann.email, ann.phone])
    assert len((await agent.get(f"/v1/customers/{phone}/timeline")).json()["items"]) == 2
    (link,) = (await agent.get(f"/v1/customers/{mail}/links")).json()["items"]
    assert (link["outcome"], link["evidence"], link["by"]) == ("linked", "agent", "ann")
    assert link["identities"] == [ann.email, ann.phone]
    parted = await post(agent, f"{mail}/split", links=[link["id"]], reason="two sisters")
    assert identities(parted["customer"]) == [ann.email]
    assert [identities(one) for one in parted["others"]] == [[ann.phone]]
    assert [(await agent.get(f"/v1/customers/{one}/timeline")).json() for one in (mail, phone)] == before
    (link,) = (await agent.get(f"/v1/customers/{phone}/links")).json()["items"]
    assert (link["outcome"], link["withdrawn"]["by"], link["withdrawn"]["reason"]) == (
        "withdrawn",
        "ann",
        "two sisters",
    )


async def test_an_identity_that_is_split_stays_apart_whatever_is_claimed(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    mail, phone = await seen(agent, interactions, ann.email, ann.phone)
    await interactions.publish(identified("i-1", ann.email, [ann.phone]))
    await popped(agent, ann.phone, identities=2)
    await post(agent, f"{mail}/split", identities=[ann.phone.removeprefix("phone:")])
    await interactions.publish(identified("i-2", ann.phone, [ann.email], at=MOMENT + timedelta(minutes=1)))
    await popped(agent, ann.phone, entries=2)
    refusal = await post(agent, f"{mail}/merge", 409, identity=ann.phone)
    assert "stay apart" in refusal["detail"]
    assert (await agent.get(f"/v1/customers/{mail}")).json()["id"] == mail
    answer = await agent.delete(f"/v1/customers/{phone}/apart/{mail}")
    assert (answer.status_code, answer.json()["apart"]) == (200, False)
    joined = await popped(agent, ann.phone, identities=2)
    assert set(identities(joined["customer"])) == {ann.email, ann.phone}


async def looks(profile: RunningService, *customers: str) -> list[str]:
    """What the audit log says was asked of these customers together."""
    async with connect(profile.servers.mongo) as client:
        found = database(client, profile.namespace, "profile")["looks"].find({"customers": {"$all": list(customers)}})
        return [look["what"] async for look in found]


async def test_two_customers_are_kept_apart_beforehand(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    mail, phone = await seen(agent, interactions, ann.email, ann.phone)
    assert (await agent.put(f"/v1/customers/{mail}/apart/{phone}")).json()["apart"] is True
    assert "stay apart" in (await post(agent, f"{phone}/merge", 409, customer=mail))["detail"]
    assert (await agent.put(f"/v1/customers/{mail}/apart/{mail}")).status_code == 422
    assert f"PUT /v1/customers/{mail}/apart/{phone}" in await looks(profile, mail, phone)


async def test_a_shared_address_links_nobody_until_it_is_one_persons_again(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    mail, _, visitor = await seen(agent, interactions, ann.email, ann.phone, ann.visitor)
    await interactions.publish(identified("i-1", ann.email, [ann.phone, ann.visitor]))
    await popped(agent, ann.email, identities=3)
    shared = await agent.put(f"/v1/customers/{mail}/shared/{ann.email}")
    assert identities(shared.json()) == [ann.email]
    assert identities((await popped(agent, ann.phone, entries=1))["customer"]) == [ann.phone]
    assert "shared" in (await post(agent, f"{visitor}/merge", 409, identity=ann.email))["detail"]
    assert (await agent.put(f"/v1/customers/{mail}/shared/{ann.phone}")).status_code == 404
    assert f"PUT /v1/customers/{mail}/shared/{ann.email}" in await looks(profile, mail)
    owned = await agent.delete(f"/v1/customers/{mail}/shared/{ann.email}")
    assert set(identities(owned.json())) == {ann.email, ann.phone, ann.visitor}


async def test_an_address_of_two_crm_ids_is_nobodys(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    one, other = f"crm:{ann.surname}-1", f"crm:{ann.surname}-2"
    await seen(agent, interactions, ann.email, one, other)
    await interactions.publish(identified("i-1", one, [ann.email]))
    await popped(agent, one, identities=2)
    await interactions.publish(identified("i-2", other, [ann.email], at=MOMENT + timedelta(minutes=1)))

    async def outcomes() -> bool:
        customer = (await popped(agent, ann.email))["customer"]["id"]
        links = (await agent.get(f"/v1/customers/{customer}/links")).json()["items"]
        return [link["outcome"] for link in links] == ["shared", "shared"]

    await eventually(outcomes, what="both links being refused")
    assert identities((await popped(agent, one))["customer"]) == [one]


async def test_the_past_shows_who_was_one_person_then(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    mail, phone = await seen(agent, interactions, ann.email, ann.phone)
    apart = now_utc()
    await post(agent, f"{mail}/merge", customer=phone)
    together = now_utc()
    await post(agent, f"{mail}/split", identities=[ann.phone])

    async def shown(as_of: datetime) -> int:
        answer = await agent.get(f"/v1/customers/{mail}/timeline", params={"as_of": as_of.isoformat()})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert [await shown(moment) for moment in (apart, together, now_utc())] == [1, 2, 1]


async def test_a_listener_hears_of_a_split(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    mail, _ = await seen(agent, interactions, ann.email, ann.phone)
    await interactions.publish(identified("i-1", ann.email, [ann.phone]))
    await popped(agent, ann.email, identities=2, entries=3)
    async with stream(agent, mail) as live:
        await live.connected()
        await post(agent, f"{mail}/split", identities=[ann.phone])
        _, kind, customer = await live.next()
        assert (kind, identities(customer)) == ("customer", [ann.email])
        await interactions.publish(call("c-9", ann.phone), message("m-9", ann.email, "Mine"))
        _, kind, entry = await live.next()
        assert (kind, entry["content"]["text"]) == ("entry", "Mine")


async def test_what_cannot_be_done_is_told(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    mail, phone = await seen(agent, interactions, ann.email, ann.phone)
    for what, status, body in (
        ("merge", 422, {"customer": mail}),
        ("merge", 422, {"identity": ann.email}),
        ("merge", 422, {"identity": "email:nobody"}),
        ("merge", 422, {}),
        ("merge", 422, {"customer": phone, "identity": ann.phone}),
        ("merge", 404, {"identity": f"email:x{ann.surname}@shop.example"}),
        ("merge", 404, {"customer": "cus_nobody"}),
        ("split", 422, {}),
        ("split", 422, {"identities": [ann.email]}),
        ("split", 422, {"identities": ["email:nobody"]}),
        ("split", 409, {"links": ["00000000-0000-5000-8000-000000000000"]}),
        ("split", 422, {"links": ["1"]}),
    ):
        answer = await post(agent, f"{mail}/{what}", status, **body)
        assert answer["status"] == status
        assert answer["detail"], body
    await post(agent, f"{mail}/merge", customer=phone)
    nothing_left = await post(agent, f"{mail}/split", 422, identities=[ann.email, ann.phone])
    assert "nothing would be left" in nothing_left["detail"]
    assert "Not all" in (await post(agent, f"{mail}/split", 422, identities=[ann.phone, ann.visitor]))["detail"]
    assert "already" in (await post(agent, f"{mail}/merge", 422, customer=phone))["detail"]


async def test_only_those_who_serve_customers_may_link(profile: RunningService) -> None:
    roles: tuple[Role, ...] = ("channel", "ops")
    for role in roles:
        async with profile.client(role, "x") as client:
            assert (await client.post("/v1/customers/cus_1/merge", json={"customer": "cus_2"})).status_code == 403
            assert (await client.post("/v1/customers/cus_1/split", json={"links": []})).status_code == 403
