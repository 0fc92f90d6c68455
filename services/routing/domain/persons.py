"""What people do with tickets: agents with their own, supervisors with any."""

from collections.abc import Sequence
from typing import assert_never

from services.routing.domain.closing import close, reopen
from services.routing.domain.commands import (
    Asked,
    ByPerson,
    CloseTicket,
    EscalateTicket,
    PersonCommand,
    PrioritiseTicket,
    ReopenTicket,
    TakeTicket,
    TransferTicket,
)
from services.routing.domain.events import Event
from services.routing.domain.passing import escalate, take, transfer
from services.routing.domain.refusals import Refused, not_open, not_theirs, wrong_phase
from services.routing.domain.state import Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets import TicketPrioritised

_IN_HAND: tuple[Phase, ...] = ("active", "held", "wrapup")
_OPEN: tuple[Phase, ...] = ("waiting", "offered", *_IN_HAND, "pending")
_NEEDS: dict[type[ByPerson], tuple[Phase, ...]] = {
    TransferTicket: _OPEN,
    EscalateTicket: _OPEN,
    TakeTicket: _OPEN,
    PrioritiseTicket: _OPEN,
    ReopenTicket: ("resolved",),
    CloseTicket: ("resolved",),
}
_OWN = (TransferTicket, EscalateTicket)
"""What an agent does with what it has in hand only."""


def act(pool: Pool, command: PersonCommand, asked: Asked) -> Sequence[Event] | Refused:
    """A person passes on, takes over, reopens, closes or prioritises a ticket."""
    ticket = pool.tickets.get(command.ticket)
    if ticket is None:
        return not_open(command.ticket)
    if isinstance(command, ReopenTicket) and ticket.phase in _OPEN:
        return ()
    if ticket.phase not in _NEEDS[type(command)]:
        return wrong_phase(ticket, _NEEDS[type(command)])
    if isinstance(command, _OWN) and command.agent is not None:
        if ticket.agent != command.agent:
            return not_theirs(ticket, command.agent)
        if ticket.phase not in _IN_HAND:
            return wrong_phase(ticket, _IN_HAND)
    return _events(pool, command, ticket, asked)


def _events(pool: Pool, command: PersonCommand, ticket: Ticket, asked: Asked) -> Sequence[Event] | Refused:
    match command:
        case TransferTicket():
            return transfer(pool, command, ticket, asked)
        case EscalateTicket():
            return escalate(pool, command, ticket, asked)
        case TakeTicket():
            return take(pool, command, ticket, asked)
        case ReopenTicket():
            return reopen(pool, command, ticket, asked)
        case CloseTicket():
            return close(command, ticket, asked)
        case PrioritiseTicket():
            return _prioritise(command, ticket, asked)
        case _:
            assert_never(command)


def _prioritise(command: PrioritiseTicket, ticket: Ticket, asked: Asked) -> Sequence[Event]:
    if ticket.priority == command.priority:
        return ()
    at = between(ticket.last, asked.at, asked.now)
    return (TicketPrioritised(ticket=ticket.id, at=at, priority=command.priority, by=command.by),)
