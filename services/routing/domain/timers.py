"""Deadlines: offers that nobody answered, rounds that begin anew, circles that widen, what has waited long enough,
targets that are missed, and the look around after a new configuration.

Deadlines are part of the state. The decision maker says that time has passed; a replay never does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from services.routing.domain.assignment import Draft
from services.routing.domain.breaches import tell_breaches
from services.routing.domain.clocks import Clocks
from services.routing.domain.closing import resolved
from services.routing.domain.complaint_deadlines import time_passes
from services.routing.domain.consulting import expire
from services.routing.domain.events import Event, PoolSettled, TicketRoundBegan
from services.routing.domain.overflow import flow_over
from services.routing.domain.queueing import enter_again
from services.routing.domain.rings import widened
from services.routing.domain.state import Agent, Pool, Ticket
from services.routing.domain.telling import tell_waits
from shared.contracts.agents import AgentStatusChanged
from shared.contracts.tickets import TicketClosed, TicketExpired

AT_ONCE = datetime.min.replace(tzinfo=UTC)
_OFFERS_AT_ONCE = 200


def next_deadline(pool: Pool) -> datetime | None:
    """When FireTimers has something to do, or None. AT_ONCE after a new configuration."""
    if pool.unsettled:
        return AT_ONCE
    both = pool.index.deadlines.next_at(), pool.index.complaints.deadlines.next_at()
    return min((at for at in both if at is not None), default=None)


def fire_timers(pool: Pool, now: datetime) -> Sequence[Event]:
    """What the deadlines up to `now` lead to: at most a bounded number at once, the others the next time."""
    draft = Draft(pool, now)
    due = [pool.tickets[name] for name in pool.index.deadlines.due(now)]
    late = [ticket for ticket in due if ticket.clocks is not None and _is_late(ticket.clocks, now)]
    if late:
        tell_breaches(draft, pool, late)
        return draft.events
    tell_waits(draft, pool, due)
    passed = [_pass_time(draft, pool, ticket) for ticket in due]
    free = {ticket.agent: pool.agents[ticket.agent] for ticket in due if ticket.agent and ticket.is_due("wrapup", now)}
    draft.share([ticket for ticket in passed if ticket.phase == "waiting"], free.values())
    if pool.unsettled and draft.settle(_OFFERS_AT_ONCE):
        draft.add(PoolSettled(pool=pool.id, at=now))
    return (*draft.events, *time_passes(pool, now))


def _is_late(clocks: Clocks, now: datetime) -> bool:
    at = clocks.next_at()
    return at is not None and at <= now


def _pass_time(draft: Draft, pool: Pool, ticket: Ticket) -> Ticket:
    """What the ticket's timers lead to; the ticket as it is then, as far as offering it goes."""
    at = max(ticket.last, draft.now)
    if ticket.is_due("consultation", draft.now):
        _not_responding(draft, expire(draft, pool, ticket, at))
    if ticket.is_due("wrapup", draft.now):
        draft.add(resolved(pool, ticket, at, reason="wrapup_limit"))
        draft.take_back(ticket, at)
    if ticket.is_due("close", draft.now):
        draft.add(TicketClosed(ticket=ticket.id, at=at, queue=ticket.queue))
    if ticket.is_due("pending", draft.now):
        return enter_again(draft, pool, ticket, at, "pending")
    if ticket.is_due("answer", draft.now):
        _expire(draft, pool, ticket)
        ticket = replace(ticket, phase="waiting", only=None)
    if ticket.is_due("round", draft.now):
        draft.add(TicketRoundBegan(ticket=ticket.id, at=at))
        ticket = replace(ticket, asked={})
    if ticket.is_due("overflow", draft.now) and ticket.phase == "waiting":
        return flow_over(draft, pool, ticket, at)
    if wider := widened(pool, ticket, draft.now):
        draft.add(wider)
        ticket = replace(ticket, needs=frozenset(wider.needs.items()), only=None)
    return ticket


def _expire(draft: Draft, pool: Pool, ticket: Ticket) -> None:
    if ticket.agent is None:
        return
    agent = pool.agents[ticket.agent]
    at = max(ticket.last, draft.now)
    draft.add(TicketExpired(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id))
    draft.take_back(ticket, at)
    _not_responding(draft, agent)


def _not_responding(draft: Draft, agent: Agent) -> None:
    if agent.status == "available" and draft.send_away(agent.id):
        at = max(agent.last, draft.now)
        draft.add(AgentStatusChanged(agent=agent.id, at=at, status="not_responding"))
