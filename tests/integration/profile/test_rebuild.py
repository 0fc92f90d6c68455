"""`hub rebuild profile`: the views built anew beside the live ones, switched to, gone back from, and deleted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared.ending import end
from shared.mongo import database
from shared.topics import CUSTOMER_COMMANDS, DEAD_LETTERS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.profile.customers import popped, published, stream
from tests.integration.profile.rebuilds import Hub, contacts, erase, live_a_life, mail, phone, running_hub
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, identified, message


@pytest.fixture
async def hub(servers: Servers, namespace: str, tmp_path: Path) -> AsyncIterator[Hub]:
    async with running_hub(servers, namespace, tmp_path) as running:
        yield running


async def test_what_is_built_anew_equals_what_was_live_and_asks_for_nothing_again(hub: Hub) -> None:
    entries = await live_a_life(hub)
    await hub.interactions.publish_raw("key", b"no event")
    live = await hub.settled(1, entries)
    await eventually(lambda: published(hub.profile, DEAD_LETTERS), what="the dead letter")
    before = len(await published(hub.profile, CUSTOMER_COMMANDS)), len(await published(hub.profile, DEAD_LETTERS))

    code, says = await hub.run("profile", "--no-switch")

    assert (code, "Both are the same." in says) == (0, True), says
    assert await hub.contents(2) == live == await hub.contents(1)
    filled = {view for view, documents in live.items() if documents}
    assert filled >= live.keys() - {"agents", "likeness", "crowded_keys"}  # which this traffic need not fill
    after = len(await published(hub.profile, CUSTOMER_COMMANDS)), len(await published(hub.profile, DEAD_LETTERS))
    assert after == before
    assert (await hub.generations()).current == 1


async def test_a_switch_and_the_way_back_interrupt_nobody(hub: Hub) -> None:
    await hub.interactions.publish(*contacts(0, 60), identified("i", mail(1), [phone(1)]))
    customer = (await popped(hub.agent, mail(1), entries=6, identities=2))["customer"]["id"]
    seen: list[int] = []
    wrong: list[str] = []

    async def ask() -> None:
        while True:
            answer = await hub.agent.get(f"/v1/customers/{customer}/timeline", params={"limit": 50})
            seen.append(len(answer.json().get("items", ())))
            if answer.status_code != 200 or seen[-1] < max(seen):
                wrong.append(f"{answer.status_code}: {answer.text[:200]} with {seen[-1]} of {max(seen)}")

    asking = asyncio.create_task(ask())
    async with stream(hub.agent, customer) as live:
        await live.connected()
        for number, arguments in enumerate([(), ("--rollback",), ("--rollback",), ("--finish",)]):
            code, says = await hub.run("profile", *arguments)
            assert code == 0, says
            at = MOMENT + timedelta(days=1, minutes=number)
            [told] = await hub.interactions.publish(message(f"now-{number}", mail(1), f"Now {number}", at=at))
            while (event := await live.next())[1] != "entry" or event[2]["id"] != told:
                assert event[1] != "reset", "the stream lost its place"
    assert not asking.done(), asking
    await end(asking)

    assert wrong == []
    assert len(seen) > 10
    assert (await hub.generations()).current == 2


async def test_what_comes_after_the_switch_is_linked_and_answered_from_both_until_one_is_deleted(hub: Hub) -> None:
    await hub.interactions.publish(*contacts(0, 24))
    assert (await hub.run("profile"))[0] == 0
    await hub.interactions.publish(identified("i", mail(2), [phone(2)]))
    customer = (await popped(hub.agent, mail(2), identities=2))["customer"]["id"]
    assert await hub.settled(1, 25) == await hub.settled(2, 25)

    code, says = await hub.run("profile", "--finish")

    assert (code, "Generation 1 is deleted." in says) == (0, True), says
    await hub.interactions.publish(identified("j", mail(3), [phone(3)]))
    assert (await popped(hub.agent, mail(3), identities=2))["customer"]["id"] != customer
    own = database(hub.client, hub.namespace, "profile")
    left = set(await own.list_collection_names())
    assert "decisions" in left
    assert left.isdisjoint({"timeline", "identities", "customers"})
    followers = {mark["_id"]["follower"] async for mark in own["followed"].find()}
    assert followers == {"customers@2", "personal@2", "published"}
    merged = await hub.agent.post(f"/v1/customers/{customer}/merge", json={"identity": mail(4)})
    assert [one["identity"] for one in merged.json()["identities"]] == [mail(2), phone(2), mail(4)]
    code, says = await hub.run("profile", "--rollback")
    assert (code, "nothing to roll back to" in says) == (2, True)


async def test_two_processes_switch_both_and_one_goes_on_alone(hub: Hub) -> None:
    one = hub.profile
    other = RunningService("profile", one.servers, one.namespace, one.directory)
    await other.start()
    try:
        entries = await live_a_life(hub)
        await hub.settled(1, entries)
        code, says = await hub.run("profile")
        assert code == 0, says
        for number, process in enumerate((one, other)):
            at = MOMENT + timedelta(days=3, minutes=number)
            await hub.interactions.publish(message(f"on-{number}", mail(2), f"To process {number}", at=at))
            async with process.client("supervisor", "sue") as agent:

                async def is_told(agent: httpx.AsyncClient = agent, text: str = f"To process {number}") -> bool:
                    answer = await agent.get("/v1/timeline", params={"identity": mail(2), "limit": 1})
                    return [item["content"].get("text") for item in answer.json()["timeline"]["items"]] == [text]

                await eventually(is_told, what=f"process {number} telling of what came after the switch")
        assert (await hub.generations()).current == 2
        await other.kill()
        await hub.interactions.publish(*contacts(500, 60, label="alone"))

        async def are_equal() -> bool:
            return await hub.settled(2, entries + 62) == await hub.settled(1, entries + 62)

        await eventually(are_equal, within=60, what="both generations having the same, the words too")
    finally:
        await other.kill()


async def test_a_kill_in_the_middle_of_building_loses_nothing(hub: Hub) -> None:
    entries = await live_a_life(hub)
    await hub.interactions.publish(*contacts(0, 6_000, label="many"))
    await hub.settled(1, entries + 6_000)
    building = asyncio.create_task(hub.run("profile", "--no-switch"))
    new = hub.client[f"{hub.namespace}_profile_g2"]["timeline"]
    await eventually(new.find_one, within=60, what="the new views having something")

    await hub.profile.kill()
    assert await new.count_documents({}) < entries + 6_000, "the kill came after the rebuild"
    await hub.interactions.publish(*contacts(6_000, 50, label="many"))
    await hub.profile.start()
    await erase(hub, 3)

    code, says = await building
    assert code == 0, says
    assert await hub.settled(1, entries + 6_050) == await hub.settled(2, entries + 6_050)


async def test_somebody_is_erased_in_both(hub: Hub) -> None:
    entries = await live_a_life(hub)
    assert (await hub.run("profile", "--no-switch"))[0] == 0
    await erase(hub, 1)
    live = await hub.settled(1, entries)
    assert await hub.settled(2, entries) == live
    erased = hub.hasher.identity(mail(1))
    assert {
        one["content"] == {} for one in live["timeline"].values() if one["identity"] == erased and "decided" not in one
    } == {True}


async def test_differences_stop_the_switch_until_they_are_accepted(hub: Hub) -> None:
    await hub.interactions.publish(*contacts(0, 24))
    await popped(hub.agent, mail(1), entries=2)
    own = database(hub.client, hub.namespace, "profile")
    await eventually(lambda: own["timeline"].find_one({"content.text": "Question 23"}), what="the last message")
    await own["timeline"].update_one({"content.text": "Question 1"}, {"$set": {"direction": "outbound"}})

    code, says = await hub.run("profile")

    assert (code, "differs in direction" in says, "--accept-differences" in says) == (1, True, True), says
    assert "Question" not in says
    assert (await hub.generations()).current == 1
    assert (await hub.run("profile", "--accept-differences"))[0] == 0
    assert (await hub.generations()).current == 2


async def test_what_cannot_be_is_said(hub: Hub) -> None:
    assert await hub.run("ingest") == (
        2,
        "ingest has no views that can be built anew; there are: metrics, profile, routing.",
    )
    assert (await hub.run("profile", "--finish"))[1].startswith("There was nothing to finish.")
    code, says = await hub.run("profile", "--rollback")
    assert (code, says) == (
        2,
        "There is nothing to roll back to: generation 1 is the only one that was ever current and is kept.",
    )
    assert (await hub.run("profile"))[0] == 0
    code, says = await hub.run("profile")
    assert (code, "hub rebuild profile --finish" in says) == (2, True), says
    code, says = await hub.run("profile", "--status")
    assert (code, "yes" in says) == (0, True), says


async def test_the_service_is_ready_while_it_builds_and_says_how_far_it_is(hub: Hub) -> None:
    await hub.interactions.publish(*contacts(0, 24))
    await hub.pointer.add()
    await eventually(lambda: _groups(hub.profile), what="the further groups being told")
    async with hub.profile.client(None) as client:
        assert (await client.get("/readyz")).status_code == 200


async def _groups(profile: RunningService) -> set[str] | None:
    async with profile.client(None) as client:
        groups = set((await client.get("/readyz")).json()["consumers"])
    wanted = {f"{profile.namespace}.profile.{name}" for name in ("timeline@2", "tickets@2", "timeline", "identities")}
    return groups if wanted <= groups else None
