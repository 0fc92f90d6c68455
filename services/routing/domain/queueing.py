"""A ticket enters a queue: when it is opened, passed on, escalated, reopened, or back from waiting for somebody."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.routing.domain.assignment import Draft
from services.routing.domain.languages import is_language, language_asked
from services.routing.domain.selection import Needs, due
from services.routing.domain.state import Pool, Ticket
from shared.contracts.tickets import TicketQueued


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How a ticket enters a queue. by: what led it there. needs: what it asks there, None for what it asked before.

    kept_for, kept_s: the agent who alone is asked, and for how long. since: from when on its wait counts, if not now.
    """

    queue: str
    at: datetime
    by: str | None
    needs: Needs | None = None
    kept_for: str | None = None
    kept_s: float = 0.0
    since: datetime | None = None


def enter(draft: Draft, pool: Pool, ticket: Ticket, entrance: Entrance) -> Ticket:
    """Notes that the ticket enters the queue; the ticket as it waits there. A new one is changed in place."""
    queue, at, kept_for = pool.queues[entrance.queue], entrance.at, entrance.kept_for
    asks = ticket.asks if entrance.needs is None else entrance.needs
    draft.add(
        TicketQueued(
            ticket=ticket.id,
            at=at,
            queue=entrance.queue,
            channel=ticket.channel,
            threshold=queue.threshold_s,
            short=queue.short_s,
            by=entrance.by,
            kept_for=kept_for,
            kept_until=at + timedelta(seconds=entrance.kept_s) if kept_for else None,
            needs=None if entrance.needs is None else dict(sorted(entrance.needs)),
            since=entrance.since,
        )
    )
    if ticket.id in pool.tickets:
        ticket = replace(ticket)  # it may be the pool's own, which only evolve changes
    ticket.queue, ticket.phase, ticket.agent = entrance.queue, "waiting", None
    ticket.asks = ticket.needs = asks
    ticket.only, ticket.asked = kept_for, {}
    ticket.entered, ticket.queued, ticket.last = at, entrance.since or at, at
    ticket.due = due(ticket.queued, queue.threshold_s, ticket.priority, pool.priority_s)
    return ticket


def enter_again(draft: Draft, pool: Pool, ticket: Ticket, at: datetime, by: str) -> Ticket:
    """The ticket enters its queue again, for a while only for the agent who had it; the ticket as it waits there."""
    owner = pool.agents.get(ticket.owner or "")
    kept_for = owner.id if owner is not None and owner.status not in ("offline", "not_responding") else None
    kept_s = pool.queues[ticket.queue].return_wait_s
    entrance = Entrance(queue=ticket.queue, at=at, by=by, kept_for=kept_for if kept_s else None, kept_s=kept_s)
    return enter(draft, pool, ticket, entrance)


def needs_in(pool: Pool, ticket: Ticket, queue: str) -> Needs | None:
    """What the ticket asks in another queue: that queue's skills, what it asks beyond its own queue's, and its language
    if that queue asks it.

    None where it stays in its queue.
    """
    if queue == ticket.queue:
        return None
    own = pool.queues[ticket.queue].skills
    beyond = {skill: level for skill, level in ticket.asks if skill not in own and not is_language(skill)}
    asked = language_asked(pool, queue, ticket.language)
    return frozenset((beyond | pool.queues[queue].skills | asked).items())
