"""Agents come, pause and go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.routing.domain.assignment import Draft
from services.routing.domain.commands import Asked, SetStatus
from services.routing.domain.consulting import over, withdraw
from services.routing.domain.events import Event
from services.routing.domain.queueing import Entrance, enter
from services.routing.domain.refusals import Refused, no_agent, open_contacts
from services.routing.domain.state import Agent, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.agents import AgentSignedIn, AgentSignedOut, AgentStatusChanged
from shared.contracts.tickets import TicketDeclined, TicketTransferred


def set_status(pool: Pool, command: SetStatus, asked: Asked) -> Sequence[Event] | Refused:
    """An agent who becomes available gets offers; one who no longer is declines those it has not answered."""
    agent = pool.agents.get(command.agent)
    if agent is None:
        return no_agent(command.agent)
    if (command.status, command.reason) == (agent.status, agent.reason):
        return ()
    in_hand = [pool.tickets[ticket] for ticket in agent.hand if pool.tickets[ticket].agent == agent.id]
    offered = [ticket for ticket in in_hand if ticket.phase == "offered"]
    at_work = [ticket for ticket in in_hand if ticket.phase != "offered"]
    if command.status == "offline" and at_work and not command.force:
        return open_contacts(len(at_work))
    at = between(agent.last, asked.at, asked.now)
    draft = Draft(pool, asked.now)
    _note_change(draft, pool, agent, command, at)
    if command.status == "available":
        draft.fill_available(agent, returns=agent.returns + (agent.status != "available"))
    else:
        draft.send_away(agent.id)
        _withdraw(draft, pool, agent, command, asked)
        waiting = _decline_all(draft, agent, offered, asked)
        free: list[Agent] = []
        if command.status == "offline":
            free = _end_consultations(draft, pool, at_work, asked)
            waiting += _send_back(draft, pool, at_work, asked, command.by or agent.id)
        draft.share(waiting, free)
    return draft.events


def _note_change(draft: Draft, pool: Pool, agent: Agent, command: SetStatus, at: datetime) -> None:
    if agent.status == "offline":
        draft.add(AgentSignedIn(agent=agent.id, at=at, pool=pool.id))
    draft.add(
        AgentStatusChanged(
            agent=agent.id,
            at=at,
            status=command.status,
            reason=command.reason,
            by=command.by,
            capacity=pool.units_of(agent),
        )
    )
    if command.status == "offline":
        draft.add(AgentSignedOut(agent=agent.id, at=at))


def _end_consultations(draft: Draft, pool: Pool, at_work: Sequence[Ticket], asked: Asked) -> list[Agent]:
    """Who was asked about these tickets, and is free of them."""
    ended = [over(draft, pool, ticket, between(ticket.last, asked.at, asked.now)) for ticket in at_work]
    return [agent for agent in ended if agent is not None]


def _send_back(draft: Draft, pool: Pool, at_work: Sequence[Ticket], asked: Asked, by: str) -> list[Ticket]:
    for ticket in at_work:
        at = between(ticket.last, asked.at, asked.now)
        draft.add(TicketTransferred(ticket=ticket.id, at=at, queue=ticket.queue, agent=ticket.agent, by=by))
        draft.take_back(ticket, at)
    return [
        enter(draft, pool, ticket, Entrance(queue=ticket.queue, at=max(ticket.last, asked.now), by="transfer"))
        for ticket in at_work
    ]


def _withdraw(draft: Draft, pool: Pool, agent: Agent, command: SetStatus, asked: Asked) -> None:
    """The agent declines consultations that it has not answered; one who signs out leaves those it has accepted."""
    for ticket in [pool.tickets[name] for name in agent.hand]:
        if ticket.consulted == agent.id and (command.status == "offline" or not ticket.consulting):
            withdraw(draft, ticket, agent, between(ticket.last, asked.at, asked.now))


def _decline_all(draft: Draft, agent: Agent, offered: Sequence[Ticket], asked: Asked) -> list[Ticket]:
    for ticket in offered:
        at = between(ticket.last, asked.at, asked.now)
        draft.add(TicketDeclined(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id))
        draft.take_back(ticket, at)
    return [replace(ticket, only=None) for ticket in offered]
