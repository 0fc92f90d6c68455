"""Supervisors read along. That is on record; who has the ticket, and what comes of it, stays as it is."""

from collections.abc import Sequence

from services.routing.domain.commands import Asked
from services.routing.domain.commands_monitoring import EndMonitoring, MonitoringCommand
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, not_open, wrong_phase
from services.routing.domain.state import Phase, Pool
from services.routing.domain.times import between
from shared.contracts.tickets_monitoring import MonitoringEvent, TicketMonitored, TicketMonitoringEnded

_OPEN: tuple[Phase, ...] = ("waiting", "offered", "active", "held", "wrapup", "pending")


def monitor(pool: Pool, command: MonitoringCommand, asked: Asked) -> Sequence[Event] | Refused:
    """A person begins to monitor a ticket, or ends it. What is so already, also by the ticket's end, is so."""
    ticket = pool.tickets.get(command.ticket)
    if isinstance(command, EndMonitoring):
        if ticket is None or command.by not in ticket.monitors:
            return ()
        at = between(ticket.last, asked.at, asked.now)
        return (TicketMonitoringEnded(ticket=ticket.id, at=at, by=command.by),)
    if ticket is None:
        return not_open(command.ticket)
    if ticket.phase not in _OPEN:
        return wrong_phase(ticket, _OPEN)
    if command.by in ticket.monitors:
        return ()
    return (TicketMonitored(ticket=ticket.id, at=between(ticket.last, asked.at, asked.now), by=command.by),)


def evolve_monitoring(pool: Pool, event: MonitoringEvent) -> None:
    """The ticket's `last` stays as it was: what the customer wrote just before that must not count as old."""
    ticket = pool.tickets[event.ticket]
    ticket.monitors = ticket.monitors ^ {event.by}
