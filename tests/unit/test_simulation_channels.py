"""What the simulated customers send is what ingest takes, and it leads to the queue that it was drawn for."""

import json
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from deploy.local.apply import SAMPLE
from deploy.local.simulation.arrivals import HOUR, OFFICE_DAY
from deploy.local.simulation.contacts import Contact, Door, Order, contacts
from deploy.local.simulation.doors import doors_of
from deploy.local.simulation.live.access import Access, Addresses
from deploy.local.simulation.live.events import Events
from deploy.local.simulation.live.mail import compose
from deploy.local.simulation.live.phone import PluginLine
from deploy.local.simulation.live.twilio_line import TwilioLine
from services.ingest.channels import phone_twilio
from services.ingest.channels.email import Posted, draft_of
from services.ingest.domain.draft import Draft
from services.ingest.identities import Identities
from services.ingest.plain import drafts_of
from services.routing.domain.configuration import QueueRule, QueueSettings
from services.routing.domain.rules import KnownQueue, Traits, choose_queue
from shared.contracts.content import CallContent
from shared.contracts.interactions import Call

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
ADDRESSES = Addresses(
    ingest="http://127.0.0.1:8001",
    profile="http://127.0.0.1:8002",
    routing="http://127.0.0.1:8003",
    metrics="http://127.0.0.1:8004",
    smtp=8025,
)
CALLS = Door(queue="support", channel="phone", address="+12025550177", language="de")


def sample_queues() -> list[dict[str, Any]]:
    queues = yaml.safe_load(Path(SAMPLE).read_text("utf-8"))["queues"]
    return [{"id": name, **fields} for name, fields in queues.items()]


def drawn(doors: tuple[Door, ...], count: int = 300) -> list[Contact | Order]:
    return list(islice(contacts(1, OFFICE_DAY, 0.5, 9 * HOUR, doors), count))


def taken(*events: dict[str, Any]) -> list[Draft]:
    """The drafts that POST /v1/events makes of them; raises what it answers when it refuses."""
    return drafts_of(json.dumps(events).encode())


def call_of(draft: Draft) -> Call[CallContent]:
    assert isinstance(draft.data, Call)
    return draft.data


def a_call() -> Contact:
    return next(one for one in drawn((CALLS,)) if isinstance(one, Contact))


def traits_of(contact: Contact) -> Traits:
    """What ingest says of the contact's first event to routing's rules."""
    events = Events("run")
    match contact.channel:
        case "email":
            mail = compose(contact, "run")
            posted = Posted(contact.person.email, [str(mail["To"])], mail.as_bytes())
            data = draft_of(posted, NOW, Identities()).data
        case "phone":
            data = taken(events.call("started", contact, "c-1", 0))[0].data
        case "social":
            data = taken(events.mentioned(contact))[0].data
        case _:
            return Traits(channel="chat")
    return Traits(channel=data.channel, address=data.address, language=data.language)


def test_every_contact_reaches_the_queue_that_it_was_drawn_for() -> None:
    queues = sample_queues()
    known = [
        KnownQueue(
            id=queue["id"],
            pool=queue["pool"],
            settings=QueueSettings(
                name=queue["name"],
                rules=tuple(QueueRule(**rule) for rule in queue.get("rules", ())),
                rank=queue.get("rank", 5),
                default=queue.get("default", False),
            ),
        )
        for queue in queues
    ]
    drawn_ones = [one for one in drawn(doors_of(queues)) if isinstance(one, Contact)]
    assert {one.channel for one in drawn_ones} == {"email", "chat", "phone", "social"}
    for contact in drawn_ones:
        found = choose_queue(known, traits_of(contact))
        assert found is not None
        assert found.queue.id == contact.door.queue


def test_a_rule_without_a_channel_opens_the_channels_that_can_satisfy_it() -> None:
    queues = [{"id": "all", "rules": [{}]}, {"id": "german", "rules": [{"language": "de"}]}]
    doors = doors_of(queues)
    assert {door.channel for door in doors if door.queue == "all"} == {"email", "chat", "phone", "social"}
    assert {door.channel for door in doors if door.queue == "german"} == {"phone", "social"}


def test_a_channel_that_no_rule_names_leads_to_the_default_queue() -> None:
    doors = doors_of([{"id": "calls", "rules": [{"channel": "phone"}]}, {"id": "rest", "default": True}])
    assert {(door.queue, door.channel) for door in doors} == {
        ("calls", "phone"),
        ("rest", "email"),
        ("rest", "chat"),
        ("rest", "social"),
    }


def test_a_hub_without_queues_has_no_doors() -> None:
    assert doors_of([]) == ()


def test_the_shop_and_the_network_send_events_that_ingest_takes() -> None:
    events = Events("run")
    everything = drawn((Door(queue="q", channel="social"), Door(queue="q", channel="phone")))
    order = next(one for one in everything if isinstance(one, Order))
    mention = next(one for one in everything if isinstance(one, Contact) and one.channel == "social")
    joined = next(one for one in everything if isinstance(one, Contact) and one.joins)
    kinds = [
        draft.type
        for draft in taken(
            events.ordered(order),
            events.mentioned(mention),
            events.identified(joined, joined.identity, joined.joins or ""),
        )
    ]
    assert kinds == ["x.order.placed", "hub.message.received.v1", "hub.contact.identified.v1"]


def test_a_calls_moments_are_events_of_one_conversation_with_ids_of_their_own() -> None:
    events, contact = Events("run"), a_call()
    drafts = taken(
        events.call("started", contact, "c-1", 0),
        events.call("answered", contact, "c-1", 1),
        events.call("ended", contact, "c-1", 2, reason="completed", duration=3.5),
    )
    assert {draft.data.conversation for draft in drafts} == {"c-1"}
    assert {draft.data.address for draft in drafts} == {CALLS.address}
    assert len({draft.id for draft in drafts}) == 3


def test_two_runs_with_the_same_seed_send_different_events() -> None:
    contact = a_call()
    first, second = (Events(run).call("started", contact, "c-1", 0) for run in ("one", "two"))
    assert first["id"] != second["id"]
    assert compose(contact, "one")["Message-ID"] != compose(contact, "two")["Message-ID"]


def test_a_mail_is_read_as_it_was_written() -> None:
    doors = (Door(queue="billing", channel="email", address="billing@shop.example"),)
    mails = [one for one in drawn(doors) if isinstance(one, Contact)]
    german = next(one for one in mails if one.person.language == "de" and not one.person.name.isascii())
    raw = compose(german, "run").as_bytes()
    draft = draft_of(Posted(german.person.email, ["billing@shop.example"], raw), NOW, Identities())
    assert draft.data.identity == german.identity
    assert draft.data.content.name == german.person.name
    assert draft.data.content.subject == german.subject
    assert german.says[0] in draft.data.content.text
    assert message_from_bytes(raw, policy=default)["To"] == "billing@shop.example"


async def test_calls_by_twilio_are_signed_and_tell_every_moment_of_the_call() -> None:
    heard: list[Draft] = []
    contact = a_call()

    def hub(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/timeline":
            entry = {"conversation": "hub-1", "content": {"original": {"CallSid": sids[-1]}}}
            return httpx.Response(200, json={"customer": {}, "timeline": {"items": [entry], "next": None}})
        form = phone_twilio.verified(
            request.content,
            "https://hub.example/v1/channels/twilio/webhook",
            request.headers["X-Twilio-Signature"],
            "t",
        )
        sids.append(form.values["CallSid"])
        heard.extend(phone_twilio.drafts_of(form, NOW, Identities()))
        return httpx.Response(204)

    sids: list[str] = []
    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        line = TwilioLine(Access(client, "token"), ADDRESSES, "t", "0123456789ab", "https://hub.example")
        call = await line.ring(contact)
        assert call.conversation == "hub-1"
        await line.connected(call)
        call.answered.set()
        await line.hung_up(call, 12.6)
    assert [draft.type for draft in heard] == ["hub.call.started.v1", "hub.call.answered.v1", "hub.call.ended.v1"]
    assert {(draft.data.identity, draft.data.address) for draft in heard} == {(contact.identity, CALLS.address)}
    assert call_of(heard[-1]).duration == 13
    assert len(set(sids)) == 1
    assert len(sids[0]) == 34


@pytest.mark.parametrize("answered", [True, False])
async def test_a_switchboard_tells_how_a_call_ended(answered: bool) -> None:
    told: list[dict[str, Any]] = []

    def hub(request: httpx.Request) -> httpx.Response:
        told.append(json.loads(request.content))
        return httpx.Response(202, json={"accepted": 1, "items": []})

    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        line = PluginLine(Access(client, "token"), ADDRESSES.ingest, Events("run"))
        call = await line.ring(a_call())
        if answered:
            call.answered.set()
        await line.hung_up(call, 4.0)
    (*_, ended) = taken(*told)
    assert (call_of(ended).reason, call_of(ended).duration) == (("completed", 4.0) if answered else ("no-answer", None))
