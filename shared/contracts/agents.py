"""hub.agents.v1: who is there and in which status, keyed by agent. An agent is known by its id; nothing personal."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name, Time

ChosenStatus = Literal["available", "busy", "break", "offline"]
"""`available`: takes offers. `busy`: signed in, takes none. `break`: away. `offline`: signed out."""

AgentStatus = ChosenStatus | Literal["not_responding"]
"""`not_responding`: the agent let an offer expire and takes none until it says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAgent:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    agent: Name
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedIn(OfAgent):
    event: Literal["agent.signed_in"] = "agent.signed_in"
    pool: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatusChanged(OfAgent):
    """reason: the agent's own word, or nothing. by: who did it, if it was not the agent or the hub. capacity: how many
    units the agent has from now on; as before, if not told.
    """

    event: Literal["agent.status.changed"] = "agent.status.changed"
    status: AgentStatus
    reason: Name | None = None
    by: Name | None = None
    capacity: Annotated[int, Ge(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSignedOut(OfAgent):
    event: Literal["agent.signed_out"] = "agent.signed_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSkillsChanged(OfAgent):
    """levels: how well the agent has each, from 1 to 5 (best), where that is told."""

    event: Literal["agent.skills.changed"] = "agent.skills.changed"
    skills: tuple[Name, ...]
    levels: dict[Name, int] | None = None


AgentEvent = AgentSignedIn | AgentStatusChanged | AgentSignedOut | AgentSkillsChanged
