"""Visitors who wait are told how long it will take, once, and never too late."""

import uuid
from datetime import datetime, timedelta

from websockets.asyncio.client import connect

from shared.auth import now_utc
from shared.contracts.codec import tickets
from shared.contracts.decided import Decided, type_of
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.tickets import TicketEvent, TicketOffered
from shared.contracts.tickets_relief import TicketWaitTold
from shared.contracts.values import to_milliseconds
from shared.topics import TICKETS
from tests.integration.ingest.running import Running
from tests.integration.ingest.test_chat_socket import frame, say


def record(event: TicketEvent) -> bytes:
    """As routing puts it into hub.tickets.v1."""
    kind = type_of(event.event)
    decided: Decided[TicketEvent] = Decided(
        id=event_id("/decisions/routing/main/tickets", f"{event.ticket} {event.at} {event.event}"),
        source="/decisions/routing/main/tickets",
        type=kind,
        time=event.at,
        recordedtime=event.at,
        dataschema=schema_of(kind),
        partitionkey=event.ticket,
        correlationid=event.ticket,
        stream="routing/main",
        sequence=1,
        number=0,
        data=event,
    )
    return tickets.encode(decided)


def told(conversation: str, text: str, at: datetime | None = None) -> TicketWaitTold:
    return TicketWaitTold(
        ticket=conversation,
        at=to_milliseconds(at or now_utc()),
        queue="chats",
        channel="chat",
        conversation=conversation,
        position=2,
        wait_s=100,
        wait_90_s=300,
        text=text,
    )


async def publish(ingest: Running, *events: TicketEvent) -> None:
    for event in events:
        await ingest.publish(TICKETS, event.ticket, record(event))


async def test_a_visitor_who_waits_is_told_once_and_the_log_knows_that_no_person_wrote_it(ingest: Running) -> None:
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        conversation = (await say(socket, "Hello"))["conversation"]
        offer = TicketOffered(ticket=conversation, at=now_utc(), queue="chats", agent="ann", expires=now_utc())
        first = told(conversation, "You are number 2.", at=now_utc() - timedelta(seconds=1))
        too_late = told(conversation, "You were number 9.", at=now_utc() - timedelta(minutes=2))
        await publish(ingest, offer, too_late, first, first, told(conversation, "You are next."))
        received = [await frame(socket, "message") for _ in range(2)]

    assert [(one["from"], one["text"]) for one in received] == [("hub", "You are number 2."), ("hub", "You are next.")]
    logged = await ingest.event(received[0]["id"])
    assert logged.event.type == "hub.message.sent.v1"
    assert (logged.event.data.automatic, logged.event.data.agent, logged.event.time) == (True, None, first.at)
    assert logged.content["text"] == "You are number 2."
    sent = await ingest.logged(
        lambda event: event.data.conversation == conversation and event.data.direction == "outbound"
    )
    assert {one.event.id for one in sent} == {one["id"] for one in received}


async def test_whoever_has_left_or_never_was_here_holds_nobody_up(ingest: Running) -> None:
    await publish(ingest, told(str(uuid.uuid4()), "Nobody reads this."))
    async with connect(ingest.chat) as socket:
        await frame(socket, "welcome")
        conversation = (await say(socket, "Hello"))["conversation"]
        await publish(ingest, told(conversation, "You are next."))
        assert (await frame(socket, "message"))["text"] == "You are next."
