"""A caller who is called back keeps the place in the queue without holding the line."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.commands import Asked
from services.routing.domain.commands_relief import RequestCallback
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, not_open, wrong_phase
from services.routing.domain.state import Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets_relief import TicketCallbackRequested

_BEFORE_ACCEPTANCE: tuple[Phase, ...] = ("waiting", "offered")


def request_callback(pool: Pool, command: RequestCallback, asked: Asked) -> Sequence[Event] | Refused:
    """Notes that the customer is to be called back; refused once an agent has the ticket."""
    ticket = pool.tickets.get(command.ticket)
    if ticket is None:
        return not_open(command.ticket)
    if ticket.phase not in _BEFORE_ACCEPTANCE:
        return wrong_phase(ticket, _BEFORE_ACCEPTANCE)
    if ticket.callback is not None:
        return ()
    at = between(ticket.last, asked.at, asked.now)
    return (TicketCallbackRequested(ticket=ticket.id, at=at, queue=ticket.queue, by=command.by),)


def may_hang_up(ticket: Ticket, ended: datetime) -> bool:
    """Whether an end of the conversation at that moment means nothing, because the customer is called back.

    Once an agent has accepted, only what ended before that does: the caller may have held the line all the same.
    """
    if ticket.callback is None:
        return False
    return ticket.handling_since is None or ended <= ticket.handling_since
