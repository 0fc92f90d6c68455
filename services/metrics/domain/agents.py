"""How many agents are in which status, folded from hub.agents.v1."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from shared.contracts.agents import (
    AgentEvent,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatus,
    AgentStatusChanged,
)
from shared.contracts.decided import Decided

STATUSES: tuple[AgentStatus, ...] = ("available", "busy", "break", "not_responding")
"""The statuses of agents who are signed in."""

Agents = dict[str, AgentStatus]
"""Each agent that is signed in, with its status."""


def follow(agents: Agents, event: AgentEvent) -> None:
    """Takes an agent to the status after the event, in place. Who has just signed in is busy until they say more."""
    match event:
        case AgentSignedIn():
            agents[event.agent] = "busy"
        case AgentStatusChanged(status="offline") | AgentSignedOut():
            agents.pop(event.agent, None)
        case AgentStatusChanged():
            agents[event.agent] = event.status
        case AgentSkillsChanged():
            pass
        case _:
            assert_never(event)


def by_status(statuses: Iterable[AgentStatus]) -> dict[AgentStatus, int]:
    """How many are in each status of those who are signed in; a status without anybody is 0."""
    counted = Counter(statuses)
    return {status: counted[status] for status in STATUSES}


@dataclass(slots=True, kw_only=True)
class AgentFold:
    """The state of one partition of hub.agents.v1. seen: the last (sequence, number) of each stream."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    agents: Agents = field(default_factory=dict)

    def fold(self, events: Iterable[Decided[AgentEvent]]) -> None:
        """Takes the state past the events, in place; what was published again is skipped."""
        for event in events:
            place = (event.sequence, event.number)
            if place > self.seen.get(event.stream, (0, -1)):
                self.seen[event.stream] = place
                follow(self.agents, event.data)
