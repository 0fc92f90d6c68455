"""What follows for complaints from what becomes of tickets: it stands beside it in the same decision."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.routing.domain.commands import Asked, OpenTicket
from services.routing.domain.complaints import received
from services.routing.domain.events import Event
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.times import between
from services.routing.domain.voicemail import PHONE
from shared.contracts.tickets import TicketAccepted, TicketOpened, TicketOverflowed, TicketQueued
from shared.contracts.tickets_complaints import (
    ComplaintEvent,
    ComplaintFollowedUp,
    ComplaintMoved,
    ComplaintOwnerChanged,
)


def with_complaints(pool: Pool, asked: Asked, events: Sequence[Event]) -> tuple[Event, ...]:
    """The events, and behind them what they do to complaints."""
    following: list[ComplaintEvent] = []
    for event in events:
        match event:
            case TicketOpened(kind="complaint") if event.channel != PHONE:
                following += _written(pool, event, events)
            case TicketAccepted():
                following += _accepted(pool, event, events)
            case TicketOverflowed(pool=str(to), into=str(into)):
                complaint = pool.complaints.get(event.ticket)
                if complaint is not None and not complaint.is_taken_up:
                    at = max(complaint.last, event.at)
                    following.append(ComplaintMoved(ticket=event.ticket, at=at, pool=to, into=into))
    if isinstance(asked.command, OpenTicket):
        following += _followed_up(pool, asked.command, asked.now)
    return (*events, *following)


def _written(pool: Pool, opened: TicketOpened, events: Sequence[Event]) -> Iterator[ComplaintEvent]:
    """In the queue that the ticket has come to, with whoever has accepted it at once; nothing if it has left."""
    queue, since, owner = "", opened.at, None
    for event in events:
        match event:
            case TicketQueued(ticket=opened.ticket):
                queue, since = event.queue, min(since, event.since or since)
            case TicketAccepted(ticket=opened.ticket):
                owner = event.agent
            case TicketOverflowed(ticket=opened.ticket, pool=str()):
                return
    of = opened.conversation
    yield received(pool, opened.ticket, opened.at, queue=queue, conversation=of, owner=owner, since=since)


def _accepted(pool: Pool, event: TicketAccepted, events: Sequence[Event]) -> Iterator[ComplaintEvent]:
    """Of a call nothing was said before. Who accepts the ticket first owns its complaint."""
    complaint = pool.complaints.get(event.ticket)
    if complaint is not None:
        if complaint.owner is None:
            at = max(complaint.last, event.at)
            yield ComplaintOwnerChanged(ticket=event.ticket, at=at, owner=event.agent)
        return
    of = pool.tickets.get(event.ticket) or _opened(event.ticket, events)
    if of is None or of.kind != "complaint" or of.channel != PHONE:
        return
    if isinstance(of, TicketOpened) or of.owner is None:
        yield received(pool, event.ticket, event.at, queue=event.queue, conversation=of.conversation, owner=event.agent)


def _opened(ticket: str, events: Sequence[Event]) -> TicketOpened | Ticket | None:
    return next((one for one in events if isinstance(one, TicketOpened) and one.ticket == ticket), None)


def _followed_up(pool: Pool, command: OpenTicket, now: datetime) -> Iterator[ComplaintEvent]:
    """A message is no objection by itself, but whoever writes is not silent."""
    for name in sorted(pool.index.complaints.answered.get(command.conversation, ())):
        complaint = pool.complaints[name]
        if complaint.object_until and complaint.answered and command.happened > complaint.answered:
            at = between(complaint.last, command.happened, now)
            yield ComplaintFollowedUp(ticket=name, at=at, owner=complaint.owner)
