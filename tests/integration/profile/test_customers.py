"""Which identities are one person, finding them, and watching them live."""

from datetime import timedelta

import httpx
import pytest

from shared.contracts.codec import customers as codec
from shared.contracts.customers import CustomerEvent, CustomerKnown, IdentityLinked, LinkRefused, Side, customer_id
from shared.topics import CUSTOMERS
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, popped, published, stream
from tests.integration.running_service import RunningService
from tests.sealed_events import MOMENT, call, conversation_id, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_mail_and_a_call_of_one_person_show_as_one_customer(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email, name="Ann Example"), call("c-1", ann.phone))
    mail, phone = await popped(agent, ann.email, entries=1), await popped(agent, ann.phone, entries=1)
    assert mail["customer"]["id"] != phone["customer"]["id"]
    await interactions.publish(identified("i-1", ann.email, [ann.phone], at=MOMENT + timedelta(minutes=1)))
    merged = await popped(agent, ann.phone, entries=3, identities=2)
    assert merged["customer"]["id"] == mail["customer"]["id"]
    assert [one["identity"] for one in merged["customer"]["identities"]] == [ann.email, ann.phone]
    assert {entry["identity"] for entry in merged["timeline"]["items"]} == {ann.email, ann.phone}
    for known_as in (mail["customer"]["id"], phone["customer"]["id"]):
        page = (await agent.get(f"/v1/customers/{known_as}")).json()
        assert page["id"] == mail["customer"]["id"]
        assert page["name"] == "Ann Example"
        assert (page["first_contact"], page["last_contact"]) == ("2026-11-21T10:00:00Z", "2026-11-21T10:01:00Z")
        timeline = (await agent.get(f"/v1/customers/{known_as}/timeline")).json()
        assert len(timeline["items"]) == 3


async def test_decisions_are_published_once_each_with_their_evidence(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    twice = identified("i-1", ann.email, [ann.phone])
    first, _ = await interactions.publish(twice, twice)
    await popped(agent, ann.email, identities=2)
    later = MOMENT + timedelta(minutes=1)
    [again] = await interactions.publish(identified("i-2", ann.phone, [ann.email], at=later))
    email, phone = interactions.hashed(ann.email), interactions.hashed(ann.phone)

    async def decided() -> list[CustomerEvent] | None:
        events = [codec.decode(value).data for value in await published(profile, CUSTOMERS)]
        hers = [event for event in events if event.identity in (email, phone)]
        return hers if len(hers) >= 3 else None

    events = await eventually(decided, what="two decisions, and what the first comes to")
    assert events is not None
    (known,) = (event for event in events if isinstance(event, CustomerKnown))
    assert (known.identity, known.customer) == (phone, customer_id(email))
    linked, refused = (event for event in events if event is not known)
    assert isinstance(linked, IdentityLinked)
    assert (linked.identity, linked.also, linked.cause, linked.at) == (email, phone, first, MOMENT)
    assert isinstance(refused, LinkRefused)
    assert (refused.identity, refused.also, refused.cause, refused.at) == (phone, email, again, later)
    assert refused.reason == "already_linked"
    for event in (linked, refused):
        assert event.evidence == "verified_login"
        assert {event.of, event.of_also} == {
            Side(kind="email", standing="strong"),
            Side(kind="phone", standing="strong"),
        }


async def test_a_listener_hears_what_is_new_also_after_a_merge(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email), call("c-1", ann.phone))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    await popped(agent, ann.phone, entries=1)
    async with stream(agent, customer) as live:
        await live.connected()
        await interactions.publish(message("m-2", ann.email, "Second"))
        _, kind, entry = await live.next()
        assert (kind, entry["content"]["text"]) == ("entry", "Second")
        await interactions.publish(identified("i-1", ann.email, [ann.phone]))
        told = {kind: data for _, kind, data in (await live.next(), await live.next())}
        assert told["entry"]["type"] == "hub.contact.identified.v1"
        assert [one["identity"] for one in told["customer"]["identities"]] == [ann.email, ann.phone]
        await interactions.publish(call("c-2", ann.phone))
        _, kind, entry = await live.next()
        assert (kind, entry["identity"]) == ("entry", ann.phone)


async def test_a_listener_who_comes_back_gets_what_was_missed_and_nothing_twice(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    async with stream(agent, customer) as live:
        position, shown = await live.connected()
        assert shown["id"] == customer
        await interactions.publish(message("m-2", ann.email))
        position, _, _ = await live.next()
    await interactions.publish(*(message(f"m-{number}", ann.email, str(number)) for number in range(3, 6)))
    await popped(agent, ann.email, entries=5)
    async with stream(agent, customer, position) as live:
        await live.connected()
        missed = [await live.next() for _ in range(3)]
        await interactions.publish(message("m-6", ann.email, "6"))
        missed.append(await live.next())
    assert sorted(entry["content"]["text"] for _, _, entry in missed) == ["3", "4", "5", "6"]
    positions = [position for position, _, _ in missed]
    assert positions == sorted(set(positions))


async def test_a_listener_of_one_conversation_hears_nothing_of_the_others(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email, conversation=ann.surname))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    async with stream(agent, customer, conversation=conversation_id(ann.surname)) as live:
        await live.connected()
        await interactions.publish(message("m-2", ann.email, "Of another one"))
        await popped(agent, ann.email, entries=2)
        await interactions.publish(message("m-3", ann.email, "Of this one", conversation=ann.surname))
        _, kind, entry = await live.next()
        assert (kind, entry["content"]["text"]) == ("entry", "Of this one")


async def test_a_position_that_is_no_longer_known_asks_to_look_anew(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    answer = await agent.get(f"/v1/customers/{customer}/stream", headers={"Last-Event-ID": "yesterday"})
    assert answer.status_code == 422
    async with stream(agent, customer, "82600000000000000129295A1004") as live:
        await live.connected()
        _, kind, _ = await live.next()
        assert kind == "reset"
        await interactions.publish(message("m-2", ann.email, "Second"))
        _, kind, entry = await live.next()
        assert (kind, entry["content"]["text"]) == ("entry", "Second")


async def test_a_mailbox_that_many_share_keeps_its_names_and_shows_the_last_that_was_told(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    told = ["Zoe Last", "Ann Example", *(f"Person {number:02}" for number in range(60))]
    later = (MOMENT + timedelta(minutes=number) for number in range(len(told)))
    mails = [message(f"m-{name}", ann.email, name=name, at=at) for name, at in zip(told, later, strict=True)]
    await interactions.publish(mails[-1], *mails[:-1], mails[0])  # out of order, and one twice
    await popped(agent, ann.email, entries=len(told))
    shown = (await popped(agent, ann.email))["customer"]  # who it is was read before what is told by the last entries
    assert shown["name"] == "Person 59"
    assert shown["identities"][0]["names"] == sorted(told)[:50]
    found = (await agent.get("/v1/customers", params={"q": f"email:{ann.email.partition(':')[2]}"})).json()
    assert [customer["id"] for customer in found["items"]] == [shown["id"]]
