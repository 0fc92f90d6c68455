"""How the circle of agents who may be asked widens while a ticket waits.

First it may be kept for one agent whom its queue prefers and who has no room just now. Then each ring of the queue
asks less skill and language than the one before.
"""

from datetime import datetime

from services.routing.domain.configuration import LEAST, QueueSettings, Ring
from services.routing.domain.events import TicketWidened
from services.routing.domain.languages import ANY_LANGUAGE, is_language
from services.routing.domain.selection import Needs, preferred
from services.routing.domain.state import Pool, Ticket


def keeper(pool: Pool, ticket: Ticket) -> str | None:
    """The agent whom a new ticket is worth waiting for: the first who is preferred, signed in and may serve it.

    None if its queue does not wait, or one of those who are preferred has room at once.
    """
    queue = pool.queues[ticket.queue]
    if not queue.prefer_wait_s:
        return None
    known = [agent for name in preferred(ticket, queue) if (agent := pool.agents.get(name)) and ticket.open_to(agent)]
    if any(agent.status == "available" and pool.load(agent).admits(ticket.channel) for agent in known):
        return None
    return next((agent.id for agent in known if agent.status != "offline"), None)


def ring_due(queue: QueueSettings, ticket: Ticket) -> datetime | None:
    """When the next ring of the ticket's queue begins, or None if it was the last."""
    if ticket.ring >= len(queue.rings):
        return None
    return ticket.since_entered(queue.rings[ticket.ring].after_s)


def widened(pool: Pool, ticket: Ticket, now: datetime) -> TicketWidened | None:
    """What the ticket's due timers do to the circle of agents; None if none of them is about that."""
    if not ticket.is_due("ring", now) and not ticket.is_due("release", now):
        return None
    needs, ring = ticket.needs, ticket.ring
    for later in pool.queues[ticket.queue].rings[ring:]:
        if ticket.since_entered(later.after_s) > now:
            break
        needs, ring = _relaxed(needs, later), ring + 1
    return TicketWidened(ticket=ticket.id, at=max(ticket.last, now), ring=ring, needs=dict(sorted(needs)))


def _relaxed(needs: Needs, ring: Ring) -> Needs:
    any_language = ANY_LANGUAGE in ring.without
    return frozenset(
        (need, max(LEAST, level - ring.lower))
        for need, level in needs
        if need not in ring.without and not (any_language and is_language(need))
    )
