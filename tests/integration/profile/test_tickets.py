"""Tickets among the interactions, bound to identities like everything else."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.decided import Decided
from shared.contracts.tickets import (
    TicketAccepted,
    TicketEvent,
    TicketOffered,
    TicketOpened,
    TicketQueued,
    TicketResolved,
)
from shared.mongo import Document, connect, database
from tests.eventually import eventually
from tests.integration.profile.conftest import Person
from tests.integration.profile.customers import Ingested, folded_events, popped, shown, stream
from tests.integration.running_service import RunningService
from tests.oracle.histories import decided
from tests.sealed_events import MOMENT, conversation_id, identified, message

pytestmark = pytest.mark.asyncio(loop_scope="package")


def at(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


def course(ann: Person, hashed: str) -> list[Decided[TicketEvent]]:
    """A ticket from its opening to its end."""
    known: dict[str, Any] = {"ticket": f"T-{ann.surname}", "queue": "sales"}
    events: list[TicketEvent] = [
        TicketOpened(
            ticket=known["ticket"],
            at=MOMENT,
            pool="main",
            conversation=conversation_id("first"),
            channel="email",
            identity=hashed,
            priority=3,
        ),
        TicketQueued(**known, at=MOMENT, channel="email", threshold=20.0, short=5.0),
        TicketOffered(**known, at=MOMENT + at(1), agent="ann", expires=MOMENT + at(2)),
        TicketAccepted(**known, at=MOMENT + at(2), agent="ann"),
        TicketResolved(**known, at=MOMENT + at(9), agent="ann"),
    ]
    return [decided(event, f"pool/{ann.surname}", sequence, 0) for sequence, event in enumerate(events, 1)]


async def kept(profile: RunningService, ann: Person) -> Document | None:
    """The ticket's own document."""
    async with connect(profile.servers.mongo) as client:
        tickets = database(client, profile.namespace, "profile")["tickets"]
        return await tickets.find_one({"_id": f"T-{ann.surname}"})


async def test_a_ticket_is_one_entry_with_its_course(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    events = course(ann, interactions.hashed(ann.email))
    await interactions.publish(message("m-1", ann.email))
    await interactions.publish_tickets(*events[:3], *events[:3], *events[1:])
    found = {entry["type"]: entry for entry in await folded_events(agent, ann.email, 6)}
    assert set(found) == {"hub.message.received.v1", "hub.ticket.opened.v1"}
    entry = found["hub.ticket.opened.v1"]
    assert (entry["identity"], entry["channel"], entry["direction"]) == (ann.email, "email", "internal")
    assert entry["conversation"] == conversation_id("first")
    told = entry["ticket"]
    assert (told["id"], told["state"], told["queue"], told["agent"]) == (f"T-{ann.surname}", "resolved", "sales", "ann")
    assert (told["opened"], told["closed"]) == ("2026-11-21T10:00:00Z", "2026-11-21T10:09:00Z")
    assert [step["event"] for step in told["course"]] == ["opened", "queued", "offered", "accepted", "resolved"]
    assert [one["id"] for one in await shown(agent, ann.email, type="hub.ticket.accepted.v1")] == [events[3].id]

    async def folded() -> Document | None:
        document = await kept(profile, ann)
        return document if document and document["events"] == 5 else None

    document = await eventually(folded, what="the ticket's document")
    assert document is not None
    assert document["identity"] == interactions.hashed(ann.email)
    assert (document["state"], document["pool"], document["priority"]) == ("resolved", "main", 3)


async def test_a_ticket_whose_opening_comes_late_loses_nothing_and_blocks_nothing(
    agent: httpx.AsyncClient, interactions: Ingested, profile: RunningService, ann: Person
) -> None:
    events = course(ann, interactions.hashed(ann.email))
    await interactions.publish(message("m-1", ann.email))
    await interactions.publish_tickets(*events[2:])
    document = await eventually(lambda: kept(profile, ann), what="the ticket's document")
    assert document is not None
    assert (document["identity"], document["state"]) == ("", "resolved")
    assert len(await folded_events(agent, ann.email, 1)) == 1
    await interactions.publish_tickets(events[0])
    found = await folded_events(agent, ann.email, 5)
    [entry] = [entry for entry in found if entry["type"] == "hub.ticket.opened.v1"]
    assert [step["event"] for step in entry["ticket"]["course"]] == ["opened", "offered", "accepted", "resolved"]
    await interactions.publish_tickets(events[1])
    await folded_events(agent, ann.email, 6)
    placed = await shown(agent, ann.email, type=["hub.ticket.accepted.v1", "hub.ticket.resolved.v1"])
    assert [(one["id"], one["channel"]) for one in placed] == [(events[4].id, "email"), (events[3].id, "email")]
    again = await kept(profile, ann)
    assert again is not None
    assert again["identity"] == interactions.hashed(ann.email)


async def test_a_merge_takes_tickets_along_at_once(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email), message("m-2", ann.phone, channel="sms"))
    await interactions.publish_tickets(*course(ann, interactions.hashed(ann.email)))
    await folded_events(agent, ann.email, 6)
    await popped(agent, ann.phone, entries=1)
    await interactions.publish(identified("i-1", ann.phone, [ann.email], at=MOMENT + at(20)))
    await popped(agent, ann.phone, entries=4, identities=2)
    assert "hub.ticket.opened.v1" in [entry["type"] for entry in await shown(agent, ann.phone)]


async def test_a_ticket_does_not_count_as_a_contact(
    agent: httpx.AsyncClient, interactions: Ingested, ann: Person
) -> None:
    await interactions.publish(message("m-1", ann.email))
    await interactions.publish_tickets(*course(ann, interactions.hashed(ann.email)))
    await folded_events(agent, ann.email, 6)
    customer = (await popped(agent, ann.email))["customer"]["id"]
    page = (await agent.get(f"/v1/customers/{customer}")).json()
    assert (page["first_contact"], page["last_contact"]) == ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z")


async def test_a_listener_sees_a_ticket_move_on(agent: httpx.AsyncClient, interactions: Ingested, ann: Person) -> None:
    await interactions.publish(message("m-1", ann.email))
    customer = (await popped(agent, ann.email, entries=1))["customer"]["id"]
    events = course(ann, interactions.hashed(ann.email))
    async with stream(agent, customer) as live:
        await live.connected()
        for event in events:
            await interactions.publish_tickets(event)
            _, kind, entry = await live.next()
            assert (kind, entry["id"]) == ("entry", events[0].id)
            assert entry["ticket"]["course"][-1]["event"] == event.data.event.removeprefix("ticket.")
