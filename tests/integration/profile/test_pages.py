"""Paging both ways while entries and merges arrive, and every filter."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, entries, folded_events, popped, shown
from tests.integration.running_service import Json
from tests.sealed_events import MOMENT, call, conversation_id, identified, message
from tests.timeline_events import said

pytestmark = pytest.mark.asyncio(loop_scope="package")


def at(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


async def page(agent: httpx.AsyncClient, identity: str, **asked: Any) -> Json:  # noqa: ANN401 (any filter)
    """One page behind an identity."""
    answer = await agent.get("/v1/timeline", params={"identity": identity, **asked})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()["timeline"]
    return found


def texts(found: Json) -> list[str]:
    return [entry["content"].get("text", entry["type"]) for entry in found["items"]]


async def newer_pages(agent: httpx.AsyncClient, identity: str, cursor: str, limit: int) -> AsyncIterator[Json]:
    """The pages after a cursor, until there is nothing newer."""
    while True:
        found = await page(agent, identity, after=cursor, limit=limit)
        if not found["items"]:
            return
        yield found
        cursor = found["previous"]


async def test_pages_go_both_ways(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    await interactions.publish(
        *(message(f"m-{number}", ann.email, str(number), at=MOMENT + at(number)) for number in range(7))
    )
    await entries(agent, ann.email, 7)
    first = await page(agent, ann.email, limit=3)
    second = await page(agent, ann.email, limit=3, before=first["next"])
    third = await page(agent, ann.email, limit=3, before=second["next"])
    assert [texts(one) for one in (first, second, third)] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert third["next"] is None
    back = [found async for found in newer_pages(agent, ann.email, third["previous"], 3)]
    assert [texts(one) for one in back] == [["3", "2", "1"], ["6", "5", "4"]]
    assert texts(await page(agent, ann.email, limit=3, before=back[1]["next"])) == ["3", "2", "1"]


async def test_what_is_newer_can_be_asked_for_again_and_again(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    nothing = await page(agent, ann.email)
    assert (nothing["items"], nothing["next"]) == ([], None)
    await interactions.publish(message("m-1", ann.email, "1"))
    await entries(agent, ann.email, 1)
    one = await page(agent, ann.email, after=nothing["previous"])
    assert (texts(one), one["next"]) == (["1"], None)
    still = await page(agent, ann.email, after=one["previous"])
    assert still["items"] == []
    await interactions.publish(
        *(message(f"m-{number}", ann.email, str(number), at=MOMENT + at(1)) for number in (2, 3))
    )
    await entries(agent, ann.email, 3)
    assert sorted(texts(await page(agent, ann.email, after=still["previous"]))) == ["2", "3"]
    assert texts(await page(agent, ann.email, before=still["next"])) == ["1"]


async def test_no_page_loses_or_repeats_an_entry_while_others_arrive_and_customers_merge(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    same = MOMENT + at(5)
    mails = await interactions.publish(*(message(f"m-{number}", ann.email, at=same) for number in range(9)))
    calls = await interactions.publish(
        *(call(f"c-{number}", ann.phone, conversation=f"{ann.surname}-{number}", at=same) for number in range(9))
    )
    await entries(agent, ann.email, 9)
    await entries(agent, ann.phone, 9)
    first = await page(agent, ann.email, limit=4)
    seen = [entry["id"] for entry in first["items"]]
    await interactions.publish(identified("i-1", ann.email, [ann.phone], at=same + at(5)))
    await popped(agent, ann.email, identities=2, entries=19)
    cursor = first["next"]
    while cursor is not None:
        await interactions.publish(message(f"late-{len(seen)}", ann.email, at=same + at(9)))
        found = await page(agent, ann.email, limit=4, before=cursor)
        seen += [entry["id"] for entry in found["items"]]
        cursor = found["next"]
    assert len(seen) == len(set(seen))
    assert set(mails) <= set(seen)
    assert set(seen) <= {*mails, *calls}
    oldest_first = sorted({*mails, *calls} - set(seen))
    assert all(entry > min(seen[:4]) for entry in oldest_first)  # those that the merge put on the page seen before


async def test_a_cursor_of_another_query_is_told_so(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(*(message(f"m-{number}", ann.email, f"parcel {number}") for number in range(3)))
    await entries(agent, ann.email, 3)
    cursor = (await page(agent, ann.email, limit=1))["next"]
    found = (await page(agent, ann.email, limit=1, channel=["email", "chat"], q="Parcel"))["next"]
    customer = (await popped(agent, ann.email))["customer"]["id"]
    for wrong in (
        {"before": cursor, "channel": "email"},
        {"before": cursor, "type": "hub.message.received.v1"},
        {"before": cursor, "direction": "inbound"},
        {"before": cursor, "conversation": "c"},
        {"before": cursor, "from": "2026-01-01T00:00:00Z"},
        {"before": cursor, "to": "2027-01-01T00:00:00Z"},
        {"before": cursor, "q": "parcel"},
        {"before": cursor, "as_of": "2025-01-01T00:00:00Z"},
        {"after": cursor, "channel": "email"},
        {"before": found},
        {"before": found, "channel": "email", "q": "parcel"},
    ):
        for path, who in (("/v1/timeline", {"identity": ann.email}), (f"/v1/customers/{customer}/timeline", {})):
            answer = await agent.get(path, params={**who, **wrong})
            assert answer.status_code == 422, wrong
            assert answer.headers["content-type"] == "application/problem+json"
            assert "another query" in answer.json()["detail"]
    same = await agent.get(
        f"/v1/customers/{customer}/timeline", params={"before": found, "channel": ["chat", "email"], "q": "PARCEL"}
    )
    assert len(same.json()["items"]) == 2
    threads = await agent.get(f"/v1/customers/{customer}/conversations", params={"before": cursor})
    assert "another query" in threads.json()["detail"]
    both = await agent.get("/v1/timeline", params={"identity": ann.email, "before": cursor, "after": cursor})
    assert both.status_code == 422


async def test_a_timeline_is_filtered_by_direction_conversation_and_words(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    chat = f"{ann.surname}-chat"
    await interactions.publish(
        message("m-1", ann.email, "Mein Päckchen, Größe XL, ist weg", conversation=f"{ann.surname}-mail"),
        said("received", f"{chat}-1", ann.email, "Hallo?", conversation=chat, at=MOMENT + at(1)),
        said(
            "sent",
            f"{chat}-2",
            ann.email,
            "Ihr Päckchen kommt",
            conversation=chat,
            at=MOMENT + at(2),
            direction="outbound",
        ),
    )
    await folded_events(agent, ann.email, 3)

    async def found(**asked: Any) -> list[str]:  # noqa: ANN401 (any filter)
        return [entry["content"]["text"][:5] for entry in await shown(agent, ann.email, **asked)]

    assert await found(direction="outbound") == ["Ihr P"]
    assert await found(direction=["inbound", "outbound"], channel="chat") == ["Ihr P", "Hallo"]
    assert await found(conversation=conversation_id(chat)) == ["Ihr P", "Hallo"]
    assert await found(q="packchen") == ["Ihr P", "Mein "]
    assert await found(q="GROSSE weg") == ["Mein "]
    assert await found(q="question") == ["Mein "]  # the mail's subject
    assert await found(q="päckchen rechnung") == []
    assert await found(q="päckchen", direction="inbound") == ["Mein "]
    for nothing in ("…", ""):
        answer = await agent.get("/v1/timeline", params={"identity": ann.email, "q": nothing})
        assert answer.status_code == 422


async def test_looking_for_words_goes_on_where_it_stopped(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    plain = [message(f"m-{number}", ann.email, "nothing", at=MOMENT + at(number)) for number in range(5_300)]
    plain[10] = message("m-10", ann.email, "needle one", at=MOMENT + at(10))
    plain[5_200] = message("m-5200", ann.email, "needle two", at=MOMENT + at(5_200))
    for start in range(0, len(plain), 1_000):
        await interactions.publish(*plain[start : start + 1_000])
    await popped(agent, ann.email, entries=200)
    marker = message("m-last", ann.email, "needle three", at=MOMENT - at(1))
    await interactions.publish(marker)

    async def everything() -> list[str] | None:
        texts_found: list[str] = []
        asked: Json = {}
        for _ in range(3):
            found = await page(agent, ann.email, q="needle", **asked)
            texts_found += texts(found)
            if found["next"] is None:
                return texts_found if len(texts_found) == 3 else None
            asked = {"before": found["next"]}
        raise AssertionError("three requests look through more than that")

    first = await page(agent, ann.email, q="needle")
    assert first["next"] is not None
    assert await eventually(everything, what="three needles") == ["needle two", "needle one", "needle three"]
    back = await page(agent, ann.email, q="needle", after=first["previous"])
    assert back["items"] == []
