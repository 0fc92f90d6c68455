"""A pool's state: what is configured, who is there, and what is open. `evolve` is the only thing that changes it."""

from dataclasses import dataclass, field
from typing import Literal

from services.routing.domain.capacity import Room
from services.routing.domain.configuration import DEFAULT_UNITS, ChannelCapacity, QueueSettings
from services.routing.domain.index import AgentKey, Index, Needs
from shared.contracts.agents import AgentStatus
from shared.contracts.values import Time

Phase = Literal["waiting", "offered", "active", "held", "wrapup"]
"""waiting: in the queue. offered: an agent is asked. active, held, wrapup: an agent has it."""


@dataclass(slots=True, kw_only=True)
class Ticket:
    """An open ticket. A closed one leaves the state.

    needs: the skills that it asks of an agent, with the least level. last: time of its last event. by: what chose its
    queue. agent: who is asked or has it. deadline: when its offer expires, or when a new round of asking begins. asked:
    who said no or nothing in this round, with the agent's `returns` of then.
    """

    id: str
    conversation: str
    channel: str
    identity: str
    queue: str
    needs: Needs
    priority: int
    queued: Time
    last: Time
    by: str | None = None
    phase: Phase = "waiting"
    agent: str | None = None
    deadline: Time | None = None
    asked: dict[str, int] = field(default_factory=dict)

    def was_asked(self, agent: str, returns: int) -> bool:
        """Whether the agent was asked in this round, and has not been away since. returns: its own."""
        return self.asked.get(agent) == returns


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent. queues: those it serves, None for all. units: None for what the pool says. hand: channel by ticket of
    what it is offered or has.

    idle_since: when it last finished work or became available. returns: how often it became available.
    """

    id: str
    name: str
    skills: dict[str, int]
    queues: frozenset[str] | None
    limits: dict[str, int]
    last: Time
    idle_since: Time
    units: int | None = None
    status: AgentStatus = "offline"
    reason: str | None = None
    hand: dict[str, str] = field(default_factory=dict)
    returns: int = 0

    def serves(self, queue: str, needs: Needs) -> bool:
        """Whether it has access to the queue and all that is needed."""
        return (self.queues is None or queue in self.queues) and not self.lacks(needs)

    def lacks(self, needs: Needs) -> list[tuple[str, int]]:
        """What is needed that it has not, or not well enough."""
        return sorted((skill, level) for skill, level in needs if self.skills.get(skill, 0) < level)

    def order(self, in_hand: int) -> AgentKey:
        """Where it stands among agents with room: those with less in hand first, then the longest idle."""
        return (in_hand, self.idle_since, self.id)


class _Indexed:
    """Keeps the index in a slot that is no field, so that it is neither compared nor stored."""

    __slots__ = ("_index",)
    _index: Index | None

    def _keep(self, index: Index | None) -> None:
        self._index = index


@dataclass(slots=True, kw_only=True)
class Pool(_Indexed):
    """The state of one decision stream. unsettled: the configuration changed while tickets were waiting.

    skills: names by id; only the stream of skills has any. version: how often the configuration was changed.
    """

    id: str
    name: str | None = None
    units: int = DEFAULT_UNITS
    channels: dict[str, ChannelCapacity] = field(default_factory=dict)
    queues: dict[str, QueueSettings] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    skills: dict[str, str] = field(default_factory=dict)
    unsettled: bool = False
    version: int = 0

    @property
    def index(self) -> Index:
        """The index; built when it is first asked for after a snapshot was loaded or the configuration changed."""
        index = getattr(self, "_index", None)
        if index is None:
            index = Index(self)
            self._keep(index)
        return index

    def room(self, agent: Agent) -> Room:
        """How much the agent can do at once."""
        return Room(self.units if agent.units is None else agent.units, agent.limits)

    def forget_index(self) -> None:
        """The next one who asks for the index gets a new one."""
        self._keep(None)
