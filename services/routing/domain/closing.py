"""A ticket waits for somebody outside, is resolved, comes back, and is closed for good."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.routing.domain.accepting import accepted
from services.routing.domain.assignment import Draft
from services.routing.domain.commands import Asked, CloseTicket, PendTicket, ReopenTicket, ResolveTicket
from services.routing.domain.consulting import end_consultation
from services.routing.domain.events import Event
from services.routing.domain.queueing import Entrance, enter, enter_again
from services.routing.domain.refusals import Refused, away, in_the_past, no_code, no_room
from services.routing.domain.state import Agent, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets import (
    TicketClosed,
    TicketPended,
    TicketReopened,
    TicketResolved,
    TicketWrapupStarted,
)


def resolve(
    pool: Pool, command: ResolveTicket, ticket: Ticket, agent: Agent, asked: Asked
) -> Sequence[Event] | Refused:
    """The ticket is done; the agent gets the next."""
    codes = pool.queues[ticket.queue].wrapup_codes
    if codes and command.code not in codes:
        return no_code(codes)
    draft = Draft(pool, asked.now)
    at = between(ticket.last, asked.at, asked.now)
    end_consultation(draft, pool, ticket, at)
    draft.add(resolved(pool, ticket, at, code=command.code))
    draft.take_back(ticket, at)
    draft.fill(agent)
    return draft.events


def resolved(
    pool: Pool, ticket: Ticket, at: datetime, *, code: str | None = None, reason: str | None = None
) -> TicketResolved:
    """The event, with the time until which the ticket may come back."""
    reopen_s = pool.queues[ticket.queue].reopen_s
    return TicketResolved(
        ticket=ticket.id,
        at=at,
        queue=ticket.queue,
        agent=ticket.agent or "",
        code=code,
        reason=reason,
        reopen_until=at + timedelta(seconds=reopen_s) if reopen_s else None,
    )


def pend(pool: Pool, command: PendTicket, ticket: Ticket, agent: Agent, asked: Asked) -> Sequence[Event] | Refused:
    """The ticket waits for somebody outside; the agent gets the next meanwhile."""
    if command.until is not None and command.until <= asked.now:
        return in_the_past("The time until which it waits")
    draft = Draft(pool, asked.now)
    at = between(ticket.last, asked.at, asked.now)
    end_consultation(draft, pool, ticket, at)
    draft.add(
        TicketPended(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id, on=command.on, until=command.until)
    )
    draft.take_back(ticket, at)
    draft.fill(agent)
    return draft.events


def reopen(pool: Pool, command: ReopenTicket, ticket: Ticket, asked: Asked) -> Sequence[Event]:
    """A resolved ticket waits again."""
    return reopened(pool, ticket, between(ticket.last, asked.at, asked.now), asked.now, command.by)


def reopened(pool: Pool, ticket: Ticket, at: datetime, now: datetime, by: str) -> Sequence[Event]:
    """A resolved ticket waits again. by: the person, or `customer`."""
    draft = Draft(pool, now)
    draft.add(TicketReopened(ticket=ticket.id, at=at, queue=ticket.queue, by=by))
    draft.offer_to_someone(enter_again(draft, pool, ticket, at, "reopened"))
    return draft.events


def answered(pool: Pool, ticket: Ticket, at: datetime, now: datetime) -> Sequence[Event]:
    """What a pending ticket waited for has come."""
    draft = Draft(pool, now)
    draft.offer_to_someone(enter_again(draft, pool, ticket, at, "pending"))
    return draft.events


def go_on(pool: Pool, ticket: Ticket, agent: Agent, asked: Asked) -> Sequence[Event] | Refused:
    """The agent goes on with a ticket that waited for somebody outside: it enters the queue and is accepted at once."""
    if agent.status == "offline":
        return away(agent)
    if not pool.load(agent).admits(ticket.channel):
        return no_room(agent, ticket.channel)
    draft = Draft(pool, asked.now)
    at = between(ticket.last, asked.at, asked.now)
    enter(draft, pool, ticket, Entrance(queue=ticket.queue, at=at, by="pending"))
    draft.add(accepted(pool, ticket, agent, at))
    return draft.events


def _wrapping_up(pool: Pool, ticket: Ticket, at: datetime, reason: str) -> TicketWrapupStarted:
    """The event, with the time until which the paperwork may take."""
    limit = pool.queues[ticket.queue].wrapup_s
    return TicketWrapupStarted(
        ticket=ticket.id,
        at=at,
        queue=ticket.queue,
        agent=ticket.agent or "",
        reason=reason,
        until=None if limit is None else at + timedelta(seconds=limit),
    )


def wrap_up(pool: Pool, ticket: Ticket, at: datetime, now: datetime, reason: str) -> Sequence[Event]:
    """The contact with the customer is over."""
    draft = Draft(pool, now)
    end_consultation(draft, pool, ticket, at)
    draft.add(_wrapping_up(pool, ticket, at, reason))
    return draft.events


def close(command: CloseTicket, ticket: Ticket, asked: Asked) -> Sequence[Event]:
    """A resolved ticket can no longer come back."""
    at = between(ticket.last, asked.at, asked.now)
    return (TicketClosed(ticket=ticket.id, at=at, queue=ticket.queue, by=command.by),)
