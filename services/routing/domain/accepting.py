"""An agent has a contact from now on, and what that takes of its capacity."""

from datetime import datetime

from services.routing.domain.state import Agent, Pool, Ticket
from shared.contracts.tickets import TicketAccepted


def accepted(
    pool: Pool, ticket: Ticket, agent: Agent, at: datetime, *, queue: str | None = None, by: str | None = None
) -> TicketAccepted:
    """The event. queue: where it is by then, if it has just come there."""
    return TicketAccepted(
        ticket=ticket.id,
        at=at,
        queue=queue or ticket.queue,
        agent=agent.id,
        by=by,
        units=pool.shares(agent)[ticket.channel],
    )
