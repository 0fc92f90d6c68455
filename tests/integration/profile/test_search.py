"""Finding customers: by halves of numbers and addresses, names, tickets and what was said; ranked, page by page."""

from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from shared.contracts.content import MessageContent
from shared.contracts.envelope import event_id
from shared.contracts.interactions import Message, MessageDeleted, MessageEdited
from shared.mongo import connect, database
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, popped
from tests.integration.profile.searches import asked, found, found_at_last, opened
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, call, envelope, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def pages(agent: httpx.AsyncClient, text: str, limit: int) -> list[str]:
    """The customers' ids of all pages."""
    ids: list[str] = []
    after: dict[str, str] = {}
    for _ in range(100):
        page = await asked(agent, text, limit=str(limit), **after)
        ids += [customer["id"] for customer in page["items"]]
        if page["next"] is None:
            return ids
        after = {"after": page["next"]}
    raise AssertionError("more than a hundred pages")


def edited(own_id: str, identity: str, reference: str, text: str, minute: int) -> MessageEdited[MessageContent]:
    """A message's new text."""
    return MessageEdited(**_change("hub.message.edited.v1", own_id, identity, reference, text, minute))


def deleted(own_id: str, identity: str, reference: str, minute: int) -> MessageDeleted[MessageContent]:
    """A message taken back."""
    return MessageDeleted(**_change("hub.message.deleted.v1", own_id, identity, reference, "", minute))


def _change(event_type: str, own_id: str, identity: str, reference: str, text: str, minute: int) -> dict[str, Any]:
    conversation = event_id("/conversations", "first")
    at = MOMENT + timedelta(minutes=minute)
    return {
        **envelope(own_id, event_type, conversation, at, None),
        "data": Message(
            channel="chat",
            direction="inbound",
            conversation=conversation,
            identity=identity,
            message=reference,
            content=MessageContent(text=text),
        ),
    }


async def test_half_a_number_or_half_an_address_is_enough(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    number = ann.phone.removeprefix("phone:+49")
    local, _, _ = ann.email.removeprefix("email:").partition("@")
    await interactions.publish(message("m-1", ann.email), call("c-1", ann.phone))
    await popped(agent, ann.email, entries=1)
    await popped(agent, ann.phone, entries=1)
    for half in (f"+49 ({number[:3]}) {number[3:8]}", f"0{number[:-2]}", f"{number[:3]}/{number[3:6]}-{number[6:9]}"):
        assert await found(agent, half) == [ann.phone], half
    assert await found(agent, number[-8:]) == [ann.phone]
    assert await found(agent, number[2:-1]) == [ann.phone]
    assert await found(agent, local) == [ann.email]
    assert await found(agent, local[:-1].upper()) == [ann.email]
    assert await found(agent, ann.email.partition(".")[2]) == [ann.email]
    assert await found(agent, f"phone:{local}") == []
    [hit] = (await asked(agent, number[-8:]))["items"]
    assert hit["matched"] == {
        "kind": "identity",
        "value": ann.phone,
        "highlights": [[len(ann.phone) - 8, len(ann.phone)]],
        "score": 0.5,
        "entry": None,
    }


async def test_names_are_found_without_their_accents_whole_words_first(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    anna = f"email:x.{ann.surname}@other.example".lower()
    await interactions.publish(
        message("m-1", anna, name=f"Müllerin {ann.surname}"),
        message("m-2", ann.email, name=f"Zoë Müller {ann.surname}"),
    )
    await popped(agent, ann.email, entries=1)
    await popped(agent, anna, entries=1)
    for typed in ("Müller", "mueller", "MULLER"):
        assert await found(agent, f"{typed} {ann.surname}") == [ann.email, anna]
    assert await found(agent, f"{ann.surname} zoe mue") == [ann.email]
    assert await found(agent, f"{ann.surname} nobody") == []
    [hit] = (await asked(agent, f"{ann.surname} zoe"))["items"]
    assert (hit["matched"]["kind"], hit["matched"]["value"]) == ("name", f"Zoë Müller {ann.surname}")
    assert hit["matched"]["highlights"] == [[0, 3], [11, 11 + len(ann.surname)]]


async def test_a_handle_and_a_crm_id_are_found(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    own = ann.surname.lower()
    crm, handle = f"crm:C-{own}", f"mastodon:{own}z@social.example"
    await interactions.publish(message("m-1", crm, channel="chat"), message("m-2", handle, channel="social"))
    await popped(agent, crm, entries=1)
    await popped(agent, handle, entries=1)
    assert await found(agent, crm) == [crm]
    assert await found(agent, f"c-{own}") == [crm]
    assert await found(agent, f"@{own}z") == [handle]
    assert await found(agent, own) == [handle, crm]


async def test_a_ticket_number_finds_its_customer(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    ticket = event_id("/conversations/tickets", ann.surname)
    await interactions.publish(message("m-1", ann.email), identified("i-1", ann.email, [ann.phone]))
    await interactions.publish_tickets(opened(ticket, interactions.hashed(ann.phone)))
    await popped(agent, ann.email, identities=2)
    await found_at_last(agent, ticket, [ann.email])
    for typed in (ticket, ticket.upper(), f"#{ticket[:8]}", f"ticket {ticket[:13]}", f"ticket:{ticket}"):
        [hit] = (await asked(agent, typed))["items"]
        assert hit["identities"][0]["identity"] == ann.email
        assert (hit["matched"]["kind"], hit["matched"]["value"]) == ("ticket", ticket)
    assert await found(agent, event_id("/conversations/tickets", "another")) == []


async def test_words_of_a_message_find_its_customer_the_newest_first(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    word = f"word{ann.surname}"
    await interactions.publish(
        message("m-1", ann.email, f"The blue {word} from Köln", at=MOMENT),
        message("m-2", ann.phone, f"My {word} is blue.", at=MOMENT + timedelta(minutes=2)),
        message("m-3", ann.visitor, f"A red {word}", at=MOMENT + timedelta(minutes=1)),
    )
    await found_at_last(agent, word, [ann.phone, ann.visitor, ann.email])
    assert await found(agent, f"blue {word}") == [ann.phone, ann.email]
    assert await found(agent, f"koeln {word}") == [ann.email]
    assert await found(agent, f"green {word}") == []
    [hit] = (await asked(agent, f"red {word}"))["items"]
    assert hit["matched"]["kind"] == "message"
    assert hit["matched"]["value"] == f"A red {word}"
    assert hit["matched"]["highlights"] == [[2, 5], [6, 6 + len(word)]]
    timeline = (await popped(agent, ann.visitor, entries=1))["timeline"]["items"]
    assert hit["matched"]["entry"] == timeline[0]["id"]
    await found_at_last(agent, f"question {word}", [ann.phone, ann.visitor, ann.email])


async def test_edits_and_deletions_count_whatever_comes_first(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    old, new, newest, gone = (f"{what}{ann.surname}" for what in ("old", "new", "newest", "gone"))
    reference = f"m-{ann.surname}"
    said = message(reference, ann.email, old)
    first = edited("e-1", ann.email, reference, new, 1)
    second = edited("e-2", ann.email, reference, newest, 2)
    await interactions.publish(said)
    await found_at_last(agent, old, [ann.email])
    await interactions.publish(second)
    await found_at_last(agent, newest, [ann.email])
    assert await found(agent, old) == []
    await interactions.publish(said, first, message("m-2", ann.email, f"after {new}x"))
    await found_at_last(agent, f"{new}x", [ann.email])
    assert await found(agent, new) == []
    assert await found(agent, newest) == [ann.email]
    await interactions.publish(edited("e-4", ann.email, reference, f"{newest}y", 3))
    await found_at_last(agent, f"{newest}y", [ann.email])
    assert await found(agent, newest) == []

    taken_back = f"m-gone-{ann.surname}"
    await interactions.publish(deleted("d-1", ann.phone, taken_back, 5))
    await interactions.publish(
        message(taken_back, ann.phone, gone), edited("e-3", ann.phone, taken_back, f"{gone}x", 6)
    )
    await interactions.publish(message("m-3", ann.phone, f"{gone}y"))
    await found_at_last(agent, f"{gone}y", [ann.phone])
    assert await found(agent, gone) == []
    assert await found(agent, f"{gone}x") == []


async def test_nobody_changes_what_somebody_else_said(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    said, other = f"said{ann.surname}", f"other{ann.surname}"
    reference = f"m-{ann.surname}"
    await interactions.publish(message(reference, ann.email, said), edited("e-1", ann.phone, reference, other, 1))
    await found_at_last(agent, other, [ann.phone])
    await found_at_last(agent, said, [ann.email])


async def test_a_merged_customer_is_shown_once_at_its_best_find(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    own = ann.surname.lower()
    others = [f"email:{own}{letter}@shop.example" for letter in "abcd"]
    await interactions.publish(
        *(message(f"m-{who}", who, own, at=MOMENT) for who in others),
        message("m-a", ann.email, own, at=MOMENT + timedelta(minutes=1)),
        identified("i-1", others[0], [others[3], ann.email], at=MOMENT),
    )
    await popped(agent, others[0], identities=3)
    for who in others:
        await popped(agent, who, entries=1)
    assert await found(agent, own) == others[:3]
    hit = (await asked(agent, ann.email))["items"][0]
    assert (len(hit["identities"]), hit["matched"]["value"]) == (3, ann.email)
    for limit in (1, 2):
        assert len(await pages(agent, own, limit)) == 3


async def test_pages_of_what_was_said_show_each_customer_once_while_more_is_said(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    word = f"word{ann.surname}"
    people = [f"webchat:v-{ann.surname}-{number}" for number in range(6)]
    await interactions.publish(
        *(
            message(f"m-{turn}-{who}", who, word, at=MOMENT + timedelta(minutes=10 * turn + number), channel="chat")
            for turn in range(3)
            for number, who in enumerate(people)
        ),
        identified("i-1", people[0], [people[5]]),
    )
    await popped(agent, people[0], identities=2)
    await found_at_last(agent, word, [people[0], *people[4:0:-1]])
    seen: list[str] = []
    after: dict[str, str] = {}
    for turn in range(10):
        page = await asked(agent, word, limit="2", **after)
        seen += [customer["identities"][0]["identity"] for customer in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
        news = f"news{turn}{ann.surname}"
        at = MOMENT + timedelta(days=1, minutes=turn)
        await interactions.publish(
            *(message(f"n-{turn}-{who}", who, f"{word} {news}", at=at, channel="chat") for who in people[:5])
        )
        await eventually(partial(_count, agent, news, 5), what="the news being found")
    assert seen == [people[0], *people[4:0:-1]]


async def _count(agent: httpx.AsyncClient, text: str, customers: int) -> bool:
    return len(await found(agent, text)) == customers


async def test_small_pages_together_are_one_big_page(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    own = ann.surname.lower()
    await interactions.publish(
        message("m-1", f"login:{own}"),
        *(message(f"m-2-{who}", f"email:{own}.{who}@x.example") for who in "abc"),
        *(message(f"m-3-{who}", f"email:{who}@{own}.example") for who in "abc"),
        *(message(f"m-4-{who}", f"webchat:v{who}{ann.phone[-9:]}", name=f"Jo {own}", channel="chat") for who in "abc"),
        *(message(f"m-5-{who}", f"webchat:w{who}{ann.phone[-9:]}", name=f"{own}ski", channel="chat") for who in "abc"),
        *(message(f"m-6-{who}", f"webchat:x{who}{ann.phone[-9:]}", f"Dear {own}!", channel="chat") for who in "abc"),
    )
    await eventually(lambda: _count(agent, own, 16), what="everybody being found")
    page = await asked(agent, own, limit="100")
    scores = [customer["matched"]["score"] for customer in page["items"]]
    assert scores == sorted(scores, reverse=True)
    assert scores == [1.0, *[0.8] * 3, *[0.7] * 3, *[0.6] * 3, *[0.5] * 3, *[0.4] * 3]
    everybody = [customer["id"] for customer in page["items"]]
    for limit in (1, 4, 7):
        assert await pages(agent, own, limit) == everybody


async def test_a_question_that_cannot_be_answered_is_told_why(agent: httpx.AsyncClient, ann: Person) -> None:
    for text in ("", "  ", "a", "@", "email:"):
        answer = await agent.get("/v1/customers", params={"q": text})
        assert answer.status_code == 422, text
        assert "two letters or digits" in answer.json()["detail"]
        assert answer.json()["errors"][0]["field"] == "q"
    for wrong in (
        {},
        {"q": "x" * 401},
        {"q": "ann", "limit": "0"},
        {"q": "ann", "limit": "101"},
        {"q": "ann", "p": "1"},
    ):
        assert (await agent.get("/v1/customers", params=wrong)).status_code == 422, wrong
    for cursor in ("nonsense", "W10", ""):
        answer = await agent.get("/v1/customers", params={"q": ann.surname, "after": cursor})
        assert answer.status_code == 422
        assert "no cursor" in answer.json()["detail"]


async def test_a_cursor_of_another_question_is_refused(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    people = [f"email:{ann.surname.lower()}{letter}@shop.example" for letter in "ab"]
    await interactions.publish(*(message(who, who) for who in people))
    for who in people:
        await popped(agent, who, entries=1)
    cursor = (await asked(agent, ann.surname, limit="1"))["next"]
    same = await asked(agent, f" {ann.surname.upper()} ", after=cursor)
    assert [customer["identities"][0]["identity"] for customer in same["items"]] == [people[1]]
    answer = await agent.get("/v1/customers", params={"q": f"{ann.surname}a", "after": cursor})
    assert answer.status_code == 422
    assert "another query" in answer.json()["detail"]


async def test_those_who_were_shown_are_in_the_audit_log(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    await found(agent, ann.email)
    async with connect(profile.servers.mongo) as client:
        looks = database(client, profile.namespace, "profile")["looks"]
        assert await looks.count_documents({"customers": customer, "what": "GET /v1/customers"}) == 1


async def test_a_message_is_found_by_its_entry_though_it_was_edited(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    reference, word = f"m-{ann.surname}", f"word{ann.surname}"
    await interactions.publish(edited("e-1", ann.email, reference, word, 1))
    await found_at_last(agent, word, [ann.email])
    fence = message("m-2", ann.phone, f"fence {word}", at=MOMENT - timedelta(minutes=1))
    await interactions.publish(message(reference, ann.email, "Hello", channel="chat"), fence)
    await found_at_last(agent, word, [ann.email, ann.phone])
    entry = (await asked(agent, word))["items"][0]["matched"]["entry"]
    [shown] = (await popped(agent, ann.email, entries=1))["timeline"]["items"]
    assert (shown["id"], shown["content"]["text"]) == (entry, word)
