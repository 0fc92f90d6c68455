"""A caller who is called back keeps the place in the queue without holding the line."""

from collections.abc import Sequence
from datetime import datetime

from services.routing.domain.commands import Asked
from services.routing.domain.commands_relief import HearCallbackWish, RequestCallback
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, not_open, wrong_phase
from services.routing.domain.state import Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets_relief import TicketCallbackRequested

CALLER = "caller"
"""Who says that they want to be called back, where it was the caller."""

_BEFORE_ACCEPTANCE: tuple[Phase, ...] = ("waiting", "offered")


def request_callback(pool: Pool, command: RequestCallback, asked: Asked) -> Sequence[Event] | Refused:
    """Notes that the customer is to be called back; refused once an agent has the ticket."""
    ticket = pool.tickets.get(command.ticket)
    if ticket is None:
        return not_open(command.ticket)
    if ticket.phase not in _BEFORE_ACCEPTANCE:
        return wrong_phase(ticket, _BEFORE_ACCEPTANCE)
    return _keep_place(ticket, asked.at, asked.now, command.by)


def hear_wish(pool: Pool, command: HearCallbackWish, now: datetime) -> Sequence[Event]:
    """Notes that the caller is to be called back; nothing, once an agent has the ticket or it is over."""
    known = pool.index.conversations.get(command.conversation)
    if known is None or pool.tickets[known].phase not in _BEFORE_ACCEPTANCE:
        return ()
    return _keep_place(pool.tickets[known], command.wished, now, CALLER)


def _keep_place(ticket: Ticket, at: datetime, now: datetime, by: str) -> Sequence[Event]:
    if ticket.callback is not None:
        return ()
    return (TicketCallbackRequested(ticket=ticket.id, at=between(ticket.last, at, now), queue=ticket.queue, by=by),)


def may_hang_up(ticket: Ticket, ended: datetime) -> bool:
    """Whether an end of the conversation at that moment means nothing, because the customer is called back.

    Once an agent has accepted, only what ended before that does: the caller may have held the line all the same.
    """
    if ticket.callback is None:
        return False
    return ticket.handling_since is None or ended <= ticket.handling_since
