"""The phone system follows an address, whether anybody has heard of it or not."""

import httpx
import pytest

from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries, identity_stream, popped
from tests.integration.running_service import RunningService
from tests.sealed_events import call, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_stranger_becomes_known_with_the_first_call(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    async with identity_stream(agent, ann.phone) as live:
        _, customer = await live.connected()
        assert (customer["known"], customer["timeline"]["items"]) == (False, [])
        assert customer["identities"][0]["identity"] == ann.phone
        [event] = await interactions.publish(call("c-1", ann.phone, conversation=ann.surname))
        _, kind, known = await live.next()
        assert (kind, known["known"], known["id"]) == ("customer", True, customer["id"])
        _, kind, entry = await live.next()
        assert (kind, entry["id"], entry["identity"]) == ("entry", event, ann.phone)
        assert entry["call"]["state"] == "ringing"


async def test_a_known_caller_pops_up_with_the_timeline_and_then_what_is_new(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email, "First", name="Ann Example"))
    await entries(agent, ann.email, 1)
    async with identity_stream(agent, ann.email.removeprefix("email:").upper()) as live:
        _, customer = await live.connected()
        assert (customer["known"], customer["name"]) == (True, "Ann Example")
        assert [entry["content"]["text"] for entry in customer["timeline"]["items"]] == ["First"]
        await interactions.publish(message("m-2", ann.email, "Second"))
        _, kind, entry = await live.next()
        assert (kind, entry["content"]["text"]) == ("entry", "Second")


async def test_a_merge_brings_the_other_timeline_along(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email, "First"), call("c-1", ann.phone, conversation=ann.surname))
    await entries(agent, ann.email, 1)
    await popped(agent, ann.phone, entries=1)
    async with identity_stream(agent, ann.phone) as live:
        await live.connected()
        await interactions.publish(identified("i-1", ann.email, [ann.phone]))
        while True:
            _, kind, told = await live.next()
            if kind == "customer":
                break
        assert [one["identity"] for one in told["identities"]] == [ann.email, ann.phone]
        assert "First" in [entry["content"].get("text") for entry in told["timeline"]["items"]]


async def test_what_is_no_address_is_told_so(agent: httpx.AsyncClient, profile: RunningService, ann: Person) -> None:
    for wrong in ("phone:12", "", "email:nobody"):
        assert (await agent.get("/v1/timeline/stream", params={"identity": wrong})).status_code == 422
    asked = {"identity": ann.phone}
    odd = await agent.get("/v1/timeline/stream", params=asked, headers={"Last-Event-ID": "yesterday"})
    assert odd.status_code == 422
    async with profile.client("ops") as ops:
        assert (await ops.get("/v1/timeline/stream", params=asked)).status_code == 403
