"""A ticket is passed on: to another queue or agent, up, or to whoever takes it over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.routing.domain.accepting import accepted
from services.routing.domain.assignment import Draft
from services.routing.domain.commands import Asked, EscalateTicket, TakeTicket, TransferTicket
from services.routing.domain.consulting import end_consultation
from services.routing.domain.events import Event
from services.routing.domain.queueing import Entrance, enter, needs_in
from services.routing.domain.refusals import Refused, away, no_agent, no_queue, no_room, nowhere, stays_put
from services.routing.domain.state import Agent, Pool, Ticket
from services.routing.domain.times import between
from shared.contracts.tickets import TicketEscalated, TicketTransferred

_STEPS = 2
"""By how many steps of priority an escalation goes up."""

_FIRST = 1


def transfer(pool: Pool, command: TransferTicket, ticket: Ticket, asked: Asked) -> Sequence[Event] | Refused:
    """The ticket leaves its queue and whoever has it, and waits where it is sent."""
    queue = command.queue or ticket.queue
    to = None if command.to is None else pool.agents.get(command.to)
    if refused := _refuse_transfer(pool, command, ticket, to):
        return refused
    at = between(ticket.last, asked.at, asked.now)
    draft = Draft(pool, asked.now)
    heir = to if to is not None and to.id == ticket.consulted and ticket.consulting else None
    end_consultation(draft, pool, ticket, at, heir.id if heir else None)
    draft.add(
        TicketTransferred(
            ticket=ticket.id,
            at=at,
            queue=ticket.queue,
            agent=ticket.agent,
            by=command.by,
            to=command.to,
            reason=command.reason,
        )
    )
    if heir is not None:
        return _hand_over(draft, pool, ticket, heir, Entrance(queue=queue, at=at, by="transfer"))
    kept_s = pool.queues[queue].return_wait_s
    needs = needs_in(pool, ticket, queue)
    _send(
        draft,
        pool,
        ticket,
        Entrance(queue=queue, at=at, by="transfer", needs=needs, kept_for=command.to, kept_s=kept_s),
    )
    return draft.events


def escalate(pool: Pool, command: EscalateTicket, ticket: Ticket, asked: Asked) -> Sequence[Event]:
    """The ticket goes up in priority, and to the queue that sees to escalations, if there is one."""
    at = between(ticket.last, asked.at, asked.now)
    draft = Draft(pool, asked.now)
    add_escalation(draft, pool, ticket, at, by=command.by, reason=command.reason)
    return draft.events


def add_escalation(draft: Draft, pool: Pool, ticket: Ticket, at: datetime, *, by: str, reason: str | None) -> None:
    """Notes that the ticket is escalated, and offers it where it goes."""
    wanted = pool.queues[ticket.queue].escalate_to
    queue = wanted if wanted in pool.queues else ticket.queue
    priority = max(_FIRST, ticket.priority - _STEPS)
    end_consultation(draft, pool, ticket, at)
    draft.add(
        TicketEscalated(
            ticket=ticket.id,
            at=at,
            queue=ticket.queue,
            agent=ticket.agent,
            by=by,
            priority=priority,
            reason=reason,
        )
    )
    raised = replace(ticket, priority=priority)
    _send(draft, pool, raised, Entrance(queue=queue, at=at, by="escalation", needs=needs_in(pool, ticket, queue)))


def take(pool: Pool, command: TakeTicket, ticket: Ticket, asked: Asked) -> Sequence[Event] | Refused:
    """The agent gets the ticket at once, if it has room."""
    agent = pool.agents.get(command.agent or "")
    if agent is None:
        return no_agent(command.agent or "")
    if agent.status == "offline":
        return away(agent)
    if ticket.agent == agent.id and ticket.phase != "offered":
        return ()
    hand = [channel for other, channel in agent.hand.items() if other != ticket.id]
    if not pool.load(agent, hand).admits(ticket.channel):
        return no_room(agent, ticket.channel)
    at = between(ticket.last, asked.at, asked.now)
    draft = Draft(pool, asked.now)
    before = ticket.agent
    end_consultation(draft, pool, ticket, at, agent.id)
    if ticket.phase != "waiting" and before != agent.id:
        draft.add(
            TicketTransferred(ticket=ticket.id, at=at, queue=ticket.queue, agent=before, by=command.by, to=agent.id)
        )
        draft.take_back(ticket, at)
        enter(draft, pool, ticket, Entrance(queue=ticket.queue, at=at, by="transfer"))
    draft.add(accepted(pool, ticket, agent, at, by=command.by))
    draft.give(ticket, agent)
    if before is not None and before != agent.id:
        draft.fill(pool.agents[before])
    return draft.events


def _hand_over(draft: Draft, pool: Pool, ticket: Ticket, heir: Agent, entrance: Entrance) -> Sequence[Event]:
    """Who was consulted has it from now on, with the room that it took before."""
    draft.take_back(ticket, entrance.at)
    enter(draft, pool, ticket, entrance)
    draft.add(accepted(pool, ticket, heir, entrance.at, queue=entrance.queue))
    draft.give(ticket, heir)
    draft.fill(pool.agents[ticket.agent or ""])
    return draft.events


def _send(draft: Draft, pool: Pool, ticket: Ticket, entrance: Entrance) -> None:
    draft.take_back(ticket, entrance.at)
    draft.offer_to_someone(enter(draft, pool, ticket, entrance))
    if ticket.agent is not None:
        draft.fill(pool.agents[ticket.agent])


def _refuse_transfer(pool: Pool, command: TransferTicket, ticket: Ticket, to: Agent | None) -> Refused | None:
    if command.queue is None and command.to is None:
        return nowhere()
    if command.queue is not None and command.queue not in pool.queues:
        return no_queue([command.queue])
    if command.to is not None and to is None:
        return no_agent(command.to)
    if to is not None and to.status == "offline":
        return away(to)
    if to is not None and to.id == ticket.agent:
        return stays_put(ticket)
    if to is None and command.queue == ticket.queue and ticket.phase == "waiting" and ticket.only is None:
        return stays_put(ticket)
    return None
