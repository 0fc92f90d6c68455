"""What each event of a complaint changes in its pool's state."""

from services.routing.domain.complaint import begun
from services.routing.domain.state import Pool
from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintEvent,
    ComplaintMoved,
    ComplaintReceived,
    ComplaintRevoked,
)


def evolve_complaint(pool: Pool, event: ComplaintEvent) -> None:
    """Changes the pool by an event of a complaint; of its ticket, only the kind."""
    ticket = pool.tickets.get(event.ticket)
    if ticket is not None and isinstance(event, ComplaintReceived | ComplaintRevoked):
        ticket.kind = "complaint" if isinstance(event, ComplaintReceived) else "request"
    match event:
        case ComplaintAccepted() | ComplaintRevoked() | ComplaintMoved():
            pool.index.complaints.drop(pool.complaints.pop(event.ticket))
            return
        case ComplaintReceived():
            complaint = begun(event)
        case _:
            complaint = pool.complaints[event.ticket].after(event)
    pool.complaints[event.ticket] = complaint
    pool.index.complaints.put(complaint)
