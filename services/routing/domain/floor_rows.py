"""What is told of a pool's floor: one row a queue, an agent and a team. All times are moments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.contracts.agents import AgentStatus
from shared.contracts.values import Time

Seat = Literal["waiting", "offered", "active", "held", "wrapup", "pending"]
"""Where an open ticket is; see state.Phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How many agents take offers (`available`), take none although they are there (`busy`), or are on a break or did
    not respond (`away`).
    """

    available: int = 0
    busy: int = 0
    away: int = 0

    @classmethod
    def of(cls, statuses: Mapping[AgentStatus, int]) -> "Presence":
        """Agents by their status."""
        away = statuses.get("break", 0) + statuses.get("not_responding", 0)
        return cls(available=statuses.get("available", 0), busy=statuses.get("busy", 0), away=away)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A queue. waits_since: from when on the wait of the contact counts that waits longest. agents: those who have
    access to it and the skills it asks.
    """

    id: str
    name: str
    waiting: int
    waits_since: Time | None
    offered: int
    active: int
    held: int
    wrapup: int
    pending: int
    agents: Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketInHand:
    """since: when this state began."""

    id: str
    queue: str
    channel: str
    state: Seat
    since: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """An agent. since: when it took this status. tickets: what it is offered or has, the longest first."""

    id: str
    name: str
    team: str | None
    status: AgentStatus
    reason: str | None
    since: Time
    tickets: tuple[TicketInHand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """A team of the pool's agents, and what they have in hand together. members: also those who are not there; a team
    without any is none any more.
    """

    id: str
    members: int
    agents: Presence
    offered: int
    active: int
    held: int
    wrapup: int


Row = QueueRow | AgentRow | TeamRow
