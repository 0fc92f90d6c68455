"""What events about tickets whose queue keeps them waiting change in their pool's state."""

from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.overflow import overflow_due
from services.routing.domain.state import Pool
from services.routing.domain.telling import tell_due
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold


def tell(pool: Pool, event: TicketWaitTold | TicketWaitUnknown) -> None:
    """The customer was told, or was to be."""
    ticket = pool.tickets[event.ticket]
    ticket.told += isinstance(event, TicketWaitTold)
    ticket.told_at = ticket.last = event.at
    if (again := tell_due(pool.queues[ticket.queue], ticket)) is None:
        ticket.timers.pop("tell", None)
    else:
        ticket.timers["tell"] = again
    pool.index.on_ticket(ticket)


def await_callback(pool: Pool, event: TicketCallbackRequested) -> None:
    """The customer is to be called back, and hears nothing more of how long it takes."""
    ticket = pool.tickets[event.ticket]
    ticket.callback = ticket.last = event.at
    ticket.timers.pop("tell", None)
    if "overflow" in ticket.timers:
        if (due := overflow_due(pool.queues[ticket.queue], ticket)) is None:
            del ticket.timers["overflow"]
        else:
            ticket.timers["overflow"] = due
    pool.index.on_ticket(ticket)
