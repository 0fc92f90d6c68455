"""How many agents are in which status, folded from hub.agents.v1."""

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

from shared.contracts.agents import (
    AgentEvent,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatus,
    AgentStatusChanged,
)

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
