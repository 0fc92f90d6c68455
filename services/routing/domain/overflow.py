"""A queue that cannot take a contact sends it on to another, where it keeps its place."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.routing.domain.assignment import Draft
from services.routing.domain.configuration import Overflow, QueueSettings
from services.routing.domain.moved import MOST_HOPS
from services.routing.domain.moves import hand_over
from services.routing.domain.opening import opening
from services.routing.domain.queueing import Entrance, enter, needs_in
from services.routing.domain.state import Pool, Ticket
from services.routing.domain.voicemail import PHONE, WITHIN
from shared.contracts.tickets import TicketOverflowed

Reason = Literal["wait", "length", "closed"]


def overflow_due(queue: QueueSettings, ticket: Ticket) -> datetime | None:
    """When the ticket will have waited too long for its queue; None if it may wait for ever."""
    step = _first_timed(queue, ticket)
    return None if step is None else ticket.since_entered(step.after_s or 0)


def flow_over(draft: Draft, pool: Pool, ticket: Ticket, at: datetime) -> Ticket:
    """Notes that the ticket has waited too long here; the ticket as it waits where it went, or is over."""
    step = _first_timed(pool.queues[ticket.queue], ticket)
    if step is None:
        return ticket  # it was configured otherwise meanwhile
    return _on_arrival_there(draft, pool, _send(draft, pool, ticket, step, at, "wait"))


def flow_over_on_arrival(draft: Draft, pool: Pool, ticket: Ticket, *, is_gone: bool = False) -> Ticket:
    """Notes if the queue takes nobody just now; the ticket as it waits where it is then, or is over.

    is_gone: the customer has left already, so nobody can be sent to voicemail or to another pool.
    """
    at = ticket.last
    for step in pool.queues[ticket.queue].overflow:
        if is_gone and (step.voicemail or step.pool is not None):
            continue
        reason = _reason(pool, ticket, step, at)
        if reason is not None:
            return _on_arrival_there(draft, pool, _send(draft, pool, ticket, step, at, reason))
    return ticket


def overflow_loop(queues: Mapping[str, QueueSettings]) -> list[str] | None:
    """The queues through which contacts could go round, the first one again at the end; None if they cannot."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done or name not in queues:
            return None
        for step in queues[name].overflow:
            if not step.voicemail and (found := walk(step.to, [*path, name])):
                return found
        done.add(name)
        return None

    return next((found for name in queues if (found := walk(name, []))), None)


def _on_arrival_there(draft: Draft, pool: Pool, ticket: Ticket) -> Ticket:
    return flow_over_on_arrival(draft, pool, ticket) if ticket.phase == "waiting" else ticket


def _applies(step: Overflow, ticket: Ticket) -> bool:
    """Whether the step is for this ticket.

    Only a caller who holds the line can be sent to voicemail. Whoever is to be called back stays in the pool, and so
    does what has gone from pool to pool too often.
    """
    if step.voicemail:
        return ticket.channel == PHONE and ticket.callback is None
    return step.pool is None or (ticket.callback is None and ticket.hops < MOST_HOPS)


def _first_timed(queue: QueueSettings, ticket: Ticket) -> Overflow | None:
    timed = [step for step in queue.overflow if step.after_s is not None and _applies(step, ticket)]
    return min(timed, key=lambda step: step.after_s or 0, default=None)


def _reason(pool: Pool, ticket: Ticket, step: Overflow, at: datetime) -> Reason | None:
    if not _applies(step, ticket):
        return None
    if step.over is not None and len(pool.index.waiting_in(ticket.queue)) > step.over:
        return "length"
    hours = opening(pool, ticket.queue) if step.closed else None
    return "closed" if hours is not None and not hours.is_open(at) else None


def _send(draft: Draft, pool: Pool, ticket: Ticket, step: Overflow, at: datetime, reason: Reason) -> Ticket:
    to = step.to
    draft.leave(ticket)
    if step.pool is not None:
        for event in hand_over(pool, ticket, step, step.pool, at, reason):
            draft.add(event)
        return replace(ticket, phase="resolved")
    if step.voicemail:
        until = at + WITHIN
        draft.add(
            TicketOverflowed(
                ticket=ticket.id,
                at=at,
                queue=ticket.queue,
                to=to,
                reason=reason,
                voicemail_until=until,
                conversation=ticket.conversation,
            )
        )
        return replace(ticket, phase="resolved")
    draft.add(TicketOverflowed(ticket=ticket.id, at=at, queue=ticket.queue, to=to, reason=reason))
    entrance = Entrance(queue=to, at=at, by="overflow", needs=needs_in(pool, ticket, to), since=min(ticket.queued, at))
    return enter(draft, pool, ticket, entrance)
