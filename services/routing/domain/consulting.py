"""An agent asks a colleague about a ticket and keeps it: for both it takes the room of its channel.

A consultation lasts as long as its owner works on the ticket. Whatever takes the ticket from there ends it first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, assert_never

from services.routing.domain.assignment import Draft
from services.routing.domain.commands import Asked
from services.routing.domain.commands_consulting import (
    AcceptConsultation,
    AskColleague,
    ConsultingCommand,
    DeclineConsultation,
    EndConsultation,
)
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, no_agent, no_room, not_open, not_theirs, wrong_phase
from services.routing.domain.state import Agent, Phase, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)

_AT_WORK: tuple[Phase, ...] = ("active", "held")
_Left = TicketConsultationDeclined | TicketConsultationEnded


def consult(pool: Pool, command: ConsultingCommand, asked: Asked) -> Sequence[Event] | Refused:
    """A colleague is asked, answers, or is no longer needed. Nothing happens where it is so already."""
    ticket = pool.tickets.get(command.ticket)
    if ticket is None:
        return not_open(command.ticket)
    at = between(ticket.last, asked.at, asked.now)
    match command:
        case AskColleague():
            return _ask(pool, command, ticket, at, asked.now)
        case AcceptConsultation():
            return _accept(command, ticket, at)
        case DeclineConsultation():
            return _decline(pool, command, ticket, at, asked.now)
        case EndConsultation():
            return _end(pool, command, ticket, at, asked.now)
        case _:
            assert_never(command)


def end_consultation(draft: Draft, pool: Pool, ticket: Ticket, at: datetime, heir: str | None = None) -> None:
    """Its owner is about to leave off working on the ticket. heir: who has it then.

    Whoever was asked gets the next, while the owner still has the ticket: so one agent at a time becomes free.
    """
    agent = over(draft, pool, ticket, at, heir)
    if agent is not None and heir != agent.id:
        draft.fill(agent)


def over(draft: Draft, pool: Pool, ticket: Ticket, at: datetime, heir: str | None = None) -> Agent | None:
    """The same, before anybody gets the next: who was asked, if anybody was."""
    if ticket.consulted is None:
        return None
    agent = pool.agents[ticket.consulted]
    draft.add(_ended(ticket, at, "passed" if heir == agent.id else "over"))
    draft.free(ticket, agent, at)
    return agent


def withdraw(draft: Draft, ticket: Ticket, agent: Agent, at: datetime) -> None:
    """Who was asked is not there any more."""
    if ticket.consulting:
        draft.add(_ended(ticket, at, "left"))
    else:
        draft.add(_declined(ticket, at))
    draft.free(ticket, agent, at)


def expire(draft: Draft, pool: Pool, ticket: Ticket, at: datetime) -> Agent:
    """Nobody answered; the agent who was asked."""
    agent = pool.agents[ticket.consulted or ""]
    draft.add(_ended(ticket, at, "expired"))
    draft.free(ticket, agent, at)
    return agent


def _ask(pool: Pool, command: AskColleague, ticket: Ticket, at: datetime, now: datetime) -> Sequence[Event] | Refused:
    if command.agent is not None and ticket.agent != command.agent:
        return not_theirs(ticket, command.agent)
    if ticket.phase not in _AT_WORK:
        return wrong_phase(ticket, _AT_WORK)
    if ticket.consulted == command.to:
        return ()
    agent = pool.agents.get(command.to)
    if agent is None:
        return no_agent(command.to)
    if refused := _cannot_be_asked(pool, ticket, agent):
        return refused
    expires = now + timedelta(seconds=pool.answer_s(ticket))
    return (
        TicketConsultationAsked(
            ticket=ticket.id,
            at=at,
            queue=ticket.queue,
            agent=agent.id,
            owner=ticket.agent or "",
            expires=expires,
            by=command.by,
        ),
    )


def _cannot_be_asked(pool: Pool, ticket: Ticket, agent: Agent) -> Refused | None:
    if agent.id == ticket.agent:
        return Refused(word="own_ticket", detail=f"{agent.id} has the ticket. Ask somebody else.")
    if ticket.consulted is not None:
        detail = f"{ticket.consulted} is asked on this ticket already. End that consultation first."
        return Refused(word="consulting", detail=detail)
    if agent.status != "available":
        return Refused(word="away", detail=f"{agent.id} is {agent.status}. Ask somebody who is available.")
    return None if pool.load(agent).admits(ticket.channel) else no_room(agent, ticket.channel)


def _accept(command: AcceptConsultation, ticket: Ticket, at: datetime) -> Sequence[Event] | Refused:
    if ticket.consulted is None or ticket.consulted != command.agent:
        return _not_asked(command)
    if ticket.consulting:
        return ()
    return (
        TicketConsultationAccepted(
            ticket=ticket.id, at=at, queue=ticket.queue, agent=ticket.consulted, owner=ticket.agent or ""
        ),
    )


def _decline(
    pool: Pool, command: DeclineConsultation, ticket: Ticket, at: datetime, now: datetime
) -> Sequence[Event] | Refused:
    if ticket.consulted is None or ticket.consulted != command.agent:
        return _not_asked(command)
    if ticket.consulting:
        return Refused(word="accepted", detail="The consultation is accepted. End it instead.")
    return _without(pool, ticket, _declined(ticket, at), now)


def _end(
    pool: Pool, command: EndConsultation, ticket: Ticket, at: datetime, now: datetime
) -> Sequence[Event] | Refused:
    if command.agent is not None and command.agent not in (ticket.agent, ticket.consulted):
        return not_theirs(ticket, command.agent)
    if ticket.consulted is None:
        return ()
    return _without(pool, ticket, _ended(ticket, at, "ended", command.by), now)


def _without(pool: Pool, ticket: Ticket, event: _Left, now: datetime) -> Sequence[Event]:
    agent = pool.agents[ticket.consulted or ""]
    draft = Draft(pool, now)
    draft.add(event)
    draft.free(ticket, agent, event.at)
    draft.fill(agent)
    return draft.events


def _not_asked(command: ConsultingCommand) -> Refused:
    return Refused(word="not_asked", detail=f"{command.agent} is not asked on this ticket (any more).")


def _declined(ticket: Ticket, at: datetime) -> TicketConsultationDeclined:
    return TicketConsultationDeclined(
        ticket=ticket.id, at=at, queue=ticket.queue, agent=ticket.consulted or "", owner=ticket.agent or ""
    )


def _ended(
    ticket: Ticket,
    at: datetime,
    reason: Literal["ended", "expired", "left", "passed", "over"],
    by: str | None = None,
) -> TicketConsultationEnded:
    return TicketConsultationEnded(
        ticket=ticket.id,
        at=at,
        queue=ticket.queue,
        agent=ticket.consulted or "",
        owner=ticket.agent or "",
        reason=reason,
        by=by,
    )
