"""A presence: one stay of an agent in a status, from the event that tells it to the next one.

Moments are microseconds since 1970. An agent is in one status at a time: where clocks disagree, an event is as late as
the latest before it in the agent's order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from services.metrics.domain.ordering import Place, place_of
from services.metrics.domain.windows import moment_of
from shared.contracts.agents import (
    AgentEvent,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatus,
    AgentStatusChanged,
)
from shared.contracts.decided import Decided

UNITS = 8
"""How many units an agent has where no event tells: the hub's own default."""


@dataclass(slots=True, kw_only=True)
class Presence:
    """place: of the event that began it. status: `offline` is told, too, and counts for nothing. until: None while it
    lasts. pool: where the agent signed in last. capacity: the units of the agent, in whatever status.
    """

    place: Place
    agent: str
    status: AgentStatus
    since: int
    until: int | None = None
    pool: str | None = None
    capacity: int = UNITS


def begun(before: Presence | None, event: Decided[AgentEvent]) -> Presence | None:
    """The presence that the event begins, and the end of the one before, in place; None if it tells no status. Who has
    just signed in is busy until they say more.
    """
    told = event.data
    pool = before.pool if before else None
    capacity = before.capacity if before else UNITS
    status: AgentStatus
    match told:
        case AgentSignedIn():
            status, pool = "busy", told.pool
        case AgentSignedOut():
            status = "offline"
        case AgentStatusChanged():
            status, capacity = told.status, told.capacity or capacity
        case AgentSkillsChanged():
            return None
        case _:
            assert_never(told)
    at = moment_of(told.at)
    if before is not None:
        at = before.until = max(at, before.since)
    return Presence(place=place_of(event), agent=told.agent, status=status, since=at, pool=pool, capacity=capacity)


def presences(events: Iterable[Decided[AgentEvent]]) -> list[Presence]:
    """All presences of an agent. events: in the order they count."""
    found: list[Presence] = []
    for event in events:
        presence = begun(found[-1] if found else None, event)
        if presence is not None:
            found.append(presence)
    return found
