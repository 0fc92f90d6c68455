"""The agent's side: what an agent does with a ticket."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from services.routing.domain.accepting import accepted
from services.routing.domain.assignment import Draft
from services.routing.domain.closing import go_on, pend, resolve, wrap_up
from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    DeclineTicket,
    HoldTicket,
    OfTicket,
    PendTicket,
    ResolveTicket,
    ResumeTicket,
    StartWrapup,
    TicketCommand,
)
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, no_agent, not_open, not_theirs, wrong_phase
from services.routing.domain.state import Agent, Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets import (
    TicketDeclined,
    TicketHeld,
    TicketResumed,
)

_NEEDS: dict[type[OfTicket], tuple[Phase, ...]] = {
    AcceptTicket: ("offered",),
    DeclineTicket: ("offered",),
    HoldTicket: ("active",),
    ResumeTicket: ("held",),
    StartWrapup: ("active", "held"),
    ResolveTicket: ("active", "held", "wrapup"),
    PendTicket: ("active", "held", "wrapup"),
}


_LEADS_TO: dict[type[OfTicket], tuple[Phase, ...]] = {
    AcceptTicket: ("active", "held", "wrapup"),
    HoldTicket: ("held",),
    ResumeTicket: ("active",),
    StartWrapup: ("wrapup",),
    ResolveTicket: ("resolved",),
    PendTicket: ("pending",),
}
"""The phases in which it was done already: a double click, or a second tab."""


def handle(pool: Pool, command: TicketCommand, asked: Asked) -> Sequence[Event] | Refused:
    """An agent accepts, declines, holds, resumes, parks, wraps up or resolves the ticket it is asked for or has.

    Nothing happens where it is so already.
    """
    agent, ticket = pool.agents.get(command.agent), pool.tickets.get(command.ticket)
    if agent is None:
        return no_agent(command.agent)
    if ticket is None:
        return not_open(command.ticket)
    if _is_so(ticket, agent, command):
        return ()
    if isinstance(command, ResumeTicket) and ticket.phase == "pending" and ticket.owner == agent.id:
        return go_on(pool, ticket, agent, asked)
    if ticket.agent != agent.id:
        return not_theirs(ticket, agent.id)
    if ticket.phase not in _NEEDS[type(command)]:
        return wrong_phase(ticket, _NEEDS[type(command)])
    return _events(pool, command, ticket, agent, asked)


def _is_so(ticket: Ticket, agent: Agent, command: TicketCommand) -> bool:
    if isinstance(command, DeclineTicket):
        return ticket.agent != agent.id and ticket.was_asked(agent.id, agent.returns)
    whose = ticket.owner if ticket.agent is None else ticket.agent
    return whose == agent.id and ticket.phase in _LEADS_TO.get(type(command), ())


def _events(
    pool: Pool, command: TicketCommand, ticket: Ticket, agent: Agent, asked: Asked
) -> Sequence[Event] | Refused:
    at, name, queue = between(ticket.last, asked.at, asked.now), ticket.id, ticket.queue
    match command:
        case AcceptTicket():
            return (accepted(pool, ticket, agent, at),)
        case DeclineTicket():
            return _decline(pool, ticket, agent, at, asked.now)
        case HoldTicket():
            return (TicketHeld(ticket=name, at=at, queue=queue, agent=agent.id),)
        case ResumeTicket():
            return (TicketResumed(ticket=name, at=at, queue=queue, agent=agent.id),)
        case StartWrapup():
            return wrap_up(pool, ticket, at, asked.now, "agent")
        case ResolveTicket():
            return resolve(pool, command, ticket, agent, asked)
        case PendTicket():
            return pend(pool, command, ticket, agent, asked)
        case _:
            assert_never(command)


def _decline(pool: Pool, ticket: Ticket, agent: Agent, at: datetime, now: datetime) -> Sequence[Event]:
    draft = Draft(pool, now)
    draft.add(TicketDeclined(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id))
    draft.take_back(ticket, at)
    draft.offer_to_someone(replace(ticket, only=None))
    draft.fill(agent)
    return draft.events
