"""What belongs together is one entry, in whatever order it came."""

from datetime import timedelta

import httpx
import pytest

from shared.contracts.content import CallContent
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries, folded_events, popped, shown, stream
from tests.integration.running_service import Json, RunningService
from tests.sealed_events import MOMENT, call, conversation_id, identified
from tests.timeline_events import called, said

pytestmark = pytest.mark.asyncio(loop_scope="package")


def at(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


async def test_a_message_shows_its_last_text_its_receipts_and_its_history(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(
        said("read", "m-1", ann.visitor, at=MOMENT + at(3), direction="outbound"),
        said("edited", "m-1", ann.visitor, "Two", at=MOMENT + at(1), direction="outbound"),
        said("delivered", "m-1", ann.visitor, at=MOMENT + at(2), direction="outbound"),
        said("sent", "m-1", ann.visitor, "One", direction="outbound"),
    )
    [entry] = await folded_events(agent, ann.visitor, 4)
    assert entry["type"] == "hub.message.sent.v1"
    assert entry["time"] == "2026-11-21T10:00:00Z"
    assert entry["content"]["text"] == "Two"
    assert (entry["state"], entry["edited"]) == ("read", "2026-11-21T10:01:00Z")
    assert [version["content"]["text"] for version in entry["history"]] == ["One", "Two"]
    assert entry["receipts"] == [
        {
            "recipient": ann.visitor,
            "state": "read",
            "delivered": "2026-11-21T10:02:00Z",
            "read": "2026-11-21T10:03:00Z",
            "failed": None,
            "reason": None,
        }
    ]
    assert [event["type"].split(".")[2] for event in entry["events"]] == ["sent", "edited", "delivered", "read"]


async def test_what_a_deleted_message_said_is_for_supervisors_only(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    await interactions.publish(
        said("received", "m-1", ann.visitor, "Secret"),
        said("edited", "m-1", ann.visitor, "Secrets", at=MOMENT + at(1)),
        said("deleted", "m-1", ann.visitor, at=MOMENT + at(2)),
    )
    [entry] = await folded_events(agent, ann.visitor, 3)
    assert (entry["content"], entry["deleted"]) == ({}, "2026-11-21T10:02:00Z")
    assert [version["content"] for version in entry["history"]] == [None, None]
    [edit] = await shown(agent, ann.visitor, type="hub.message.edited.v1")
    assert edit["content"] == {}
    assert await shown(agent, ann.visitor, q="secret") == []
    async with profile.client("supervisor") as supervisor:
        [seen] = await shown(supervisor, ann.visitor)
    assert seen["content"] == {}
    assert [version["content"]["text"] for version in seen["history"]] == ["Secret", "Secrets"]


async def test_parts_stand_alone_until_their_message_comes(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    edited = said("edited", "m-1", ann.visitor, "Two", at=MOMENT + at(1))
    [edit] = await interactions.publish(edited)
    [alone] = await entries(agent, ann.visitor, 1)
    assert (alone["id"], alone["content"]["text"]) == (edit, "Two")
    [head] = await interactions.publish(said("received", "m-1", ann.visitor, "One"))
    [entry] = await folded_events(agent, ann.visitor, 2)
    assert (entry["id"], entry["content"]["text"]) == (head, "Two")


async def test_a_part_of_somebody_elses_call_is_shown_by_itself(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    joined = called("call.answered", ann.email, conversation=ann.surname, at=MOMENT + at(1))
    await interactions.publish(call("c-1", ann.phone, conversation=ann.surname), joined)
    [own] = await entries(agent, ann.phone, 1)
    [other] = await entries(agent, ann.email, 1)
    assert (len(own["events"]), other["type"]) == (1, "hub.call.answered.v1")
    await interactions.publish(identified("i-1", ann.phone, [ann.email], at=MOMENT + at(2)))
    await popped(agent, ann.phone, entries=2, identities=2)
    assert sorted(len(entry["events"]) for entry in await shown(agent, ann.phone)) == [1, 2]


async def test_a_call_is_one_entry(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    name = ann.surname
    recording = CallContent(recording="https://recordings.example/1", text="Good morning")
    await interactions.publish(
        called("call.ended", ann.phone, conversation=name, at=MOMENT + at(5), content=recording, reason="completed"),
        called("call.answered", ann.phone, conversation=name, at=MOMENT + at(1), agent="ann"),
        called("ivr.choice.made", ann.phone, conversation=name, at=MOMENT + at(0.5), content=CallContent(text="2")),
        call("c-1", ann.phone, conversation=name),
        called("call.transferred", ann.phone, conversation=name, at=MOMENT + at(3), agent="bob"),
    )
    [entry] = await folded_events(agent, ann.phone, 5)
    told = entry["call"]
    assert (told["state"], told["reason"], told["duration"], told["wait_seconds"]) == ("ended", "completed", 240, 60)
    assert [(leg["agent"], leg["talk_seconds"]) for leg in told["legs"]] == [("ann", 120), ("bob", 120)]
    assert [choice["choice"] for choice in told["choices"]] == ["2"]
    assert (told["recording"], told["transcript"]) == ("https://recordings.example/1", "Good morning")
    assert [found["id"] for found in await shown(agent, ann.phone, q="morning")] == [entry["id"]]
    moments = await shown(agent, ann.phone, type=["hub.call.answered.v1", "hub.call.transferred.v1"])
    assert [moment["facts"]["agent"] for moment in moments] == ["bob", "ann"]


async def test_a_page_is_full_although_parts_stand_between(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    plain = [said("sent", f"{ann.surname}-{number}", ann.visitor, str(number), at=MOMENT) for number in range(3)]
    for number in range(40):
        receipt = said("read", f"{ann.surname}-0", ann.visitor, own_id=f"r-{number}", at=MOMENT + at(number + 1))
        plain.append(receipt)
    await interactions.publish(*plain)
    await folded_events(agent, ann.visitor, 43)
    answer = await agent.get("/v1/timeline", params={"identity": ann.visitor, "limit": 2})
    page = answer.json()["timeline"]
    assert len(page["items"]) == 2
    following = await shown(agent, ann.visitor, limit=2, before=page["next"])
    assert len(following) == 1


async def test_a_listener_gets_the_whole_entry_again_when_a_part_comes(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    [head] = await interactions.publish(said("sent", ann.surname, ann.visitor, "One", direction="outbound"))
    customer = (await popped(agent, ann.visitor, entries=1))["customer"]["id"]
    async with stream(agent, customer) as live:
        await live.connected()
        await interactions.publish(said("edited", ann.surname, ann.visitor, "Two", at=MOMENT + at(1)))
        _, kind, entry = await live.next()
        assert (kind, entry["id"], entry["content"]["text"]) == ("entry", head, "Two")
        await interactions.publish(said("read", ann.surname, ann.visitor, at=MOMENT + at(2)))
        _, kind, entry = await live.next()
        assert (kind, entry["id"], entry["state"], len(entry["events"])) == ("entry", head, "read", 3)


async def test_the_timeline_as_of_a_moment_is_what_was_known_then(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    past = MOMENT - timedelta(days=400)
    name = ann.surname
    await interactions.publish(
        said("received", name, ann.visitor, "One", at=past, recorded=past + at(1)),
        said("edited", name, ann.visitor, "Two", at=past + at(2), recorded=past + at(3)),
        said("deleted", name, ann.visitor, at=past + at(4), recorded=past + at(5)),
        said("read", f"{name}-late", ann.visitor, at=past, recorded=past + at(6)),
        said("sent", f"{name}-late", ann.visitor, "Late", at=past - at(9), recorded=past + at(7)),
    )
    await folded_events(agent, ann.visitor, 5)

    async def then(minute: float) -> list[tuple[str, str | None]]:
        moment = (past + at(minute)).isoformat()
        found: list[Json] = await shown(agent, ann.visitor, as_of=moment)
        return [(entry["type"].split(".")[2], entry["content"].get("text")) for entry in found]

    assert await then(0.5) == []
    assert await then(1) == [("received", "One")]
    assert await then(3) == [("received", "Two")]
    assert await then(5) == [("received", None)]
    assert sorted(await then(6)) == [("read", ""), ("received", None)]
    assert await then(7) == [("received", None), ("sent", "Late")]


async def test_the_future_cannot_be_asked_for(agent: httpx.AsyncClient, ann: Person) -> None:
    answer = await agent.get("/v1/timeline", params={"identity": ann.email, "as_of": "2999-01-01T00:00:00Z"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "future" in answer.json()["detail"]
    customer = (await agent.get("/v1/timeline", params={"identity": ann.email})).json()["customer"]["id"]
    path = f"/v1/customers/{customer}/timeline"
    assert (await agent.get(path, params={"as_of": "2999-01-01T00:00:00Z"})).status_code == 422


async def test_a_stretch_that_ends_between_head_and_parts_changes_nothing(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    head = said("received", ann.surname, ann.visitor, "One", conversation=ann.surname)
    others = [
        said("received", f"{ann.surname}-{number}", ann.visitor, str(number), at=MOMENT + at(number + 1))
        for number in range(5)
    ]
    edit = said("edited", ann.surname, ann.visitor, "Edited", at=MOMENT + at(30))
    await interactions.publish(*others, edit, head)
    await folded_events(agent, ann.visitor, 7)
    for limit in (1, 2, 3, 6):
        texts: list[str] = []
        asked: Json = {"identity": ann.visitor, "limit": limit}
        while True:
            page = (await agent.get("/v1/timeline", params=asked)).json()["timeline"]
            texts += [entry["content"]["text"] for entry in page["items"]]
            if page["next"] is None:
                break
            asked["before"] = page["next"]
        assert texts == ["4", "3", "2", "1", "0", "Edited"], limit


async def test_a_filter_holds_for_the_entry_and_not_for_its_parts(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(
        said("sent", ann.surname, ann.visitor, "Answer", direction="outbound"),
        said("read", ann.surname, ann.visitor, at=MOMENT + at(5), direction="inbound"),
    )
    await folded_events(agent, ann.visitor, 2)

    async def looked(**asked: str) -> list[str]:
        return [entry["state"] for entry in await shown(agent, ann.visitor, **asked)]

    assert await looked(direction="inbound") == []
    assert await looked(direction="outbound") == ["read"]
    later = (MOMENT + at(1)).isoformat()
    assert await looked(**{"from": later}) == []
    assert await looked(to=later) == ["read"]
    assert await looked(conversation=conversation_id("chat")) == ["read"]
    assert await looked(conversation=conversation_id("another")) == []
    await eventually(lambda: looked(q="ANSWER"), what="the answer being found")
