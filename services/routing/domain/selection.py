"""The order of tickets and the order of agents: what "next" means.

A waiting ticket's score is how far it is beyond its due time, in seconds:

    score = waited - threshold + (5 - priority) * priority_s

so it grows with the wait, with the closeness to the service-level deadline, and with each step of priority. As all
scores grow alike, the order never changes while tickets wait, and it can be kept by the due time alone:

    due = queued + threshold - (5 - priority) * priority_s

The ticket with the earliest due time comes first, then the one queued first, then the smaller id.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from services.routing.domain.configuration import ORDINARY, Policy, QueueSettings

if TYPE_CHECKING:  # the state keeps its order, so at run time the import goes the other way
    from services.routing.domain.state import Agent, Ticket

TicketKey = tuple[datetime, datetime, str]
AgentKey = tuple[int, datetime, str]
Needs = frozenset[tuple[str, int]]
"""The skills that are needed, each with the least level."""

_LAST = 9


def due(queued: datetime, threshold: float, priority: int, priority_s: float) -> datetime:
    """When a ticket is due. threshold: of its queue, in seconds. A priority beyond 9 counts as 9."""
    return queued + timedelta(seconds=threshold - (ORDINARY - min(priority, _LAST)) * priority_s)


def score(ticket: Ticket, now: datetime) -> float:
    """How many seconds beyond its due time the ticket is; the greatest goes first."""
    return (now - ticket.due).total_seconds()


def agent_key(policy: Policy, agent: Agent, spare: int, idle_since: datetime, needs: Needs) -> AgentKey:
    """Where an agent stands among those with room, the smallest first. spare: its free units."""
    match policy:
        case "most_spare":
            return (-spare, idle_since, agent.id)
        case "longest_idle":
            return (0, idle_since, agent.id)
        case "best_skill":
            return (-sum(agent.skills.get(skill, 0) for skill, _ in needs), idle_since, agent.id)
        case _:
            assert_never(policy)


def preferred(ticket: Ticket, queue: QueueSettings) -> Iterator[str]:
    """The agents who come before all others for this ticket, in order; they need not exist or be free."""
    for preference in queue.prefer:
        agent = ticket.account_manager if preference == "account_manager" else ticket.last_agent
        if agent is not None:
            yield agent
