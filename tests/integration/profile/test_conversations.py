"""A customer's conversations, each with what it is about."""

from datetime import timedelta

import httpx
import pytest

from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, folded_events, popped, shown
from tests.integration.running_service import Json
from tests.sealed_events import MOMENT, call, conversation_id, message
from tests.timeline_events import called, left, said

pytestmark = pytest.mark.asyncio(loop_scope="package")


def at(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


async def test_conversations_come_with_their_digests_newest_first(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    chat, mail, phone = (f"{ann.surname}-{channel}" for channel in ("chat", "mail", "phone"))
    await interactions.publish(
        message("m-1", ann.email, "Where is my invoice? Please send it.", conversation=mail),
        said("received", f"{chat}-1", ann.email, "Hello, are you there?", conversation=chat, at=MOMENT + at(1)),
        said("sent", f"{chat}-2", ann.email, "Yes", conversation=chat, at=MOMENT + at(2), direction="outbound"),
        said("edited", f"{chat}-2", ann.email, "Yes, we are.", conversation=chat, at=MOMENT + at(3)),
        left(ann.email, conversation=chat, at=MOMENT + at(4)),
        call("c-1", ann.email, conversation=phone, at=MOMENT + at(5)),
        called("call.answered", ann.email, conversation=phone, at=MOMENT + at(6), agent="ann"),
    )
    await folded_events(agent, ann.email, 7)
    customer = (await popped(agent, ann.email))["customer"]["id"]
    answer = await agent.get(f"/v1/customers/{customer}/conversations")
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert (page["next"], page["reaches"]) == (None, None)
    seen = {thread["id"]: thread for thread in page["items"]}
    assert list(seen) == [conversation_id(name) for name in (phone, chat, mail)]
    spoken = seen[conversation_id(chat)]
    assert (spoken["channel"], spoken["state"], spoken["since"]) == ("chat", "ended", "2026-11-21T10:04:00Z")
    assert (spoken["entries"], spoken["inbound"], spoken["outbound"]) == (3, 1, 1)
    assert (spoken["began"], spoken["last"]) == ("2026-11-21T10:01:00Z", "2026-11-21T10:04:00Z")
    assert spoken["digest"] == (
        "The customer asked on 2026-11-21 10:01 UTC: “Hello, are you there?” "
        "We last answered on 2026-11-21 10:02 UTC: “Yes, we are.” Ended 2026-11-21 10:04 UTC."
    )
    written = seen[conversation_id(mail)]
    assert (written["state"], written["question"]["text"]) == ("waiting_for_us", "Where is my invoice?")
    assert seen[conversation_id(phone)]["state"] == "open"
    thread = await shown(agent, ann.email, conversation=conversation_id(chat))
    assert [entry["type"].split(".")[2] for entry in thread] == ["ended", "sent", "received"]


async def test_conversations_page_by_page_while_others_arrive(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    names = [f"{ann.surname}-{number}" for number in range(7)]
    await interactions.publish(
        *(
            said("received", f"{name}-{turn}", ann.visitor, "Hi", conversation=name, at=MOMENT + at(number + 10 * turn))
            for number, name in enumerate(names)
            for turn in range(2)
        )
    )
    await folded_events(agent, ann.visitor, 14)
    customer = (await popped(agent, ann.visitor))["customer"]["id"]
    seen: list[str] = []
    asked: Json = {"limit": 3}
    for turn in range(3):
        page = (await agent.get(f"/v1/customers/{customer}/conversations", params=asked)).json()
        seen += [thread["id"] for thread in page["items"]]
        assert all(thread["entries"] == 2 for thread in page["items"])
        asked["before"] = page["next"]
        late = said(
            "received", f"{ann.surname}-new-{turn}", ann.visitor, conversation=f"new-{turn}", at=MOMENT + at(90)
        )
        await interactions.publish(late)
        await folded_events(agent, ann.visitor, 15 + turn)
    assert asked["before"] is None
    assert seen == [conversation_id(name) for name in reversed(names)]


async def test_a_customer_without_conversations_is_unknown(agent: httpx.AsyncClient) -> None:
    assert (await agent.get("/v1/customers/cus_nobody/conversations")).status_code == 404
    wrong = await agent.get("/v1/customers/cus_nobody/conversations", params={"before": "x"})
    assert wrong.status_code == 422
