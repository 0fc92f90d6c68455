"""Contacts go from one pool to another (see moved for how the two pools stay of one mind)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.routing.domain.commands import EndContact, OpenTicket
from services.routing.domain.commands_relief import CameFrom, ForgetContact, HearCallbackWish
from services.routing.domain.configuration import Overflow
from services.routing.domain.events import Event
from services.routing.domain.events_moves import ContactForgotten, ContactTaken, PoolAsked
from services.routing.domain.state import Pool, Ticket
from shared.contracts.envelope import event_id
from shared.contracts.tickets import Kind, TicketAbandoned, TicketClosed, TicketOpened, TicketOverflowed, TicketResolved


def hand_over(
    pool: Pool, ticket: Ticket, step: Overflow, to: str, at: datetime, reason: str
) -> tuple[TicketOverflowed, PoolAsked]:
    """The ticket is over here, and pool `to` is asked to go on with the contact, which keeps its age."""
    into = event_id(f"/tickets/{ticket.id}", "moved")
    own = pool.queues[ticket.queue].skills
    command = OpenTicket(
        ticket=into,
        conversation=ticket.conversation,
        channel=ticket.channel,
        identity=ticket.identity,
        queue=step.to,
        happened=at,
        by="overflow",
        since=min(ticket.queued, at),
        skills=tuple(sorted(skill for skill, _ in ticket.asks if skill not in own)),
        priority=ticket.priority,
        kind=_kind_there(pool, ticket),
        customer=ticket.customer,
        segment=ticket.segment,
        account_manager=ticket.account_manager,
        last_agent=ticket.last_agent,
        language=ticket.language,
        came=CameFrom(pool=pool.id, number=_sent(pool, ticket.conversation) + 1, hops=ticket.hops + 1),
    )
    over = TicketOverflowed(
        ticket=ticket.id,
        at=at,
        queue=ticket.queue,
        to=step.to,
        reason=reason,  # type: ignore[arg-type]  # one of the three
        pool=to,
        into=into,
    )
    return over, PoolAsked(conversation=ticket.conversation, at=at, pool=to, command=command)


def _kind_there(pool: Pool, ticket: Ticket) -> Kind:
    """A complaint that somebody has taken up stays, and its contact goes on as a plain request."""
    complaint = pool.complaints.get(ticket.id)
    stays = complaint.is_taken_up if complaint is not None else ticket.owner is not None
    return "request" if stays and ticket.kind == "complaint" else ticket.kind


FromCustomer = OpenTicket | EndContact | HearCallbackWish
"""What a customer does, as a pool hears it."""


def passed_on(pool: Pool, command: FromCustomer, now: datetime) -> Sequence[Event] | None:
    """What becomes of a command about a contact that another pool has taken over; None if it has not, or no more."""
    moved = pool.moved.get(command.conversation)
    if moved is None or command.conversation in pool.index.conversations:
        return None
    if command.came is not None and command.came.hops > moved.hops:
        return None  # the contact itself has come round
    came = CameFrom(pool=pool.id, number=moved.number + 1, hops=moved.hops)
    changed = replace(command, came=came)
    if isinstance(changed, OpenTicket):
        changed = replace(changed, queue=moved.queue, by="conversation")
    asked = PoolAsked(conversation=command.conversation, at=now, pool=moved.pool, command=changed)
    return (*taken_over(command, now), asked)


def taken_over(command: FromCustomer, now: datetime) -> tuple[ContactTaken, ...]:
    """Notes from where the command comes, if it comes from another pool."""
    came = command.came
    if came is None:
        return ()
    return (
        ContactTaken(conversation=command.conversation, at=now, pool=came.pool, number=came.number, hops=came.hops),
    )


def forget(pool: Pool, command: ForgetContact, now: datetime) -> Sequence[Event]:
    """The pool that has taken the contact over is done with all that it was sent; so is whoever sent it here."""
    moved = pool.moved.get(command.conversation)
    if moved is None or moved.number != command.number:
        return ()
    taken = pool.taken.get(command.conversation)
    forgotten = ContactForgotten(conversation=command.conversation, at=now)
    if taken is None or command.conversation in pool.index.conversations:
        return (forgotten,)
    return (forgotten, _done(command.conversation, now, taken.pool, taken.number))


def with_endings(pool: Pool, events: Sequence[Event], now: datetime) -> Sequence[Event]:
    """The events, and what other pools are told of contacts that were taken over from them and are over now."""
    if not pool.taken and not (events and isinstance(events[0], ContactTaken)):
        return events
    just_taken: dict[str, ContactTaken] = {}
    over: set[str] = set()
    opened: dict[str, str] = {}
    for event in events:
        match event:
            case ContactTaken():
                just_taken[event.conversation] = event
                if event.conversation not in pool.index.conversations and event.conversation not in pool.moved:
                    over.add(event.conversation)
            case PoolAsked():
                over.discard(event.conversation)
            case TicketOpened():
                opened[event.ticket] = event.conversation
                over.discard(event.conversation)
            case TicketResolved() | TicketClosed() | TicketAbandoned() | TicketOverflowed() if _is_last(event):
                known = pool.tickets.get(event.ticket)
                over.add(known.conversation if known is not None else opened[event.ticket])
    known_from = [(name, just_taken.get(name) or pool.taken.get(name)) for name in sorted(over)]
    told = [_done(name, now, taken.pool, taken.number) for name, taken in known_from if taken is not None]
    return (*events, *told) if told else events


def _is_last(event: TicketResolved | TicketClosed | TicketAbandoned | TicketOverflowed) -> bool:
    match event:
        case TicketResolved():
            return event.reopen_until is None
        case TicketOverflowed():
            return event.voicemail_until is not None
        case _:
            return True


def _done(conversation: str, now: datetime, to: str, number: int) -> PoolAsked:
    command = ForgetContact(conversation=conversation, number=number)
    return PoolAsked(conversation=conversation, at=now, pool=to, command=command)


def _sent(pool: Pool, conversation: str) -> int:
    moved = pool.moved.get(conversation)
    return moved.number if moved is not None else 0
