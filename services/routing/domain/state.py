"""A pool's state: what is configured, who is there, and what is open. `evolve` is the only thing that changes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from services.routing.domain.capacity import Load, Shares
from services.routing.domain.clocks import Clocks
from services.routing.domain.complaint import Complaint
from services.routing.domain.configuration import (
    DEFAULT_PRIORITY_S,
    DEFAULT_UNITS,
    ChannelSettings,
    QueueSettings,
)
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.index import Index
from services.routing.domain.moved import Moved, Taken
from services.routing.domain.selection import AgentKey, Needs, TicketKey, agent_key
from services.routing.domain.voicemail import Sent
from services.routing.domain.workload import Workload
from shared.contracts.agents import AgentStatus
from shared.contracts.tickets import Kind
from shared.contracts.tickets_links import Relation
from shared.contracts.values import Time

Phase = Literal["waiting", "offered", "active", "held", "wrapup", "pending", "resolved"]
"""waiting: in the queue. offered: an agent is asked. active, held, wrapup: an agent has it. pending: it waits for
somebody outside. resolved: it is done, but may come back.
"""

Timer = Literal["answer", "round", "release", "ring", "overflow", "pending", "wrapup", "close", "tell", "consultation"]
"""answer: the offer expires. round: everybody may be asked again. release: it is no longer kept for one agent. ring:
the circle of agents widens. overflow: it goes on to another queue. pending: it has waited long enough for somebody
outside. wrapup: the paperwork counts as done. close: it can no longer come back. tell: the customer is told the wait.
consultation: a colleague has not answered.
"""


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A ticket that is not closed. A closed one leaves the state.

    asks: the skills that it asks of an agent, with the least level; needs: what is left of them, as its circle of
    agents was widened. since: when its phase began, while an agent has it. entered: when it came into its queue;
    queued: from when on its wait counts. threshold: of its queue, in seconds. due: what its place in the order follows
    from (see selection). last: time of its last event. by: what chose its queue. only: the one agent it is kept for.
    ring: how often its circle of agents was widened. agent: who is asked or has it. owner: who had it last. pending_on:
    whom it waits for. timers: when what is due to happen. asked: who said no or nothing in this round, with the agent's
    `returns` of then. customer, segment, account_manager, last_agent, language: what was known of the customer when
    it was opened. monitors: who reads along. handling_since: when the agent who has it accepted. kind: what it
    is about. hops: how often the contact has gone from one pool to another. callback: since when the customer waits to
    be called back. told: how often the customer was told the wait; told_at: when last, or when nobody could know.
    clocks: of its targets, if the pool had any by then. others: conversations of tickets that were merged into it.
    consulted: the colleague whom its agent asks; consulting: whether that one accepted.
    """

    id: str
    conversation: str
    channel: str
    identity: str
    queue: str
    needs: Needs
    priority: int
    queued: Time
    due: Time
    last: Time
    entered: Time | None = None
    threshold: float = 0.0
    asks: Needs = frozenset()
    by: str | None = None
    only: str | None = None
    ring: int = 0
    phase: Phase = "waiting"
    since: Time | None = None
    agent: str | None = None
    owner: str | None = None
    pending_on: Literal["customer", "third_party"] | None = None
    timers: dict[Timer, Time] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    customer: str | None = None
    segment: str | None = None
    account_manager: str | None = None
    last_agent: str | None = None
    monitors: frozenset[str] = frozenset()
    language: str | None = None
    handling_since: Time | None = None
    kind: Kind = "request"
    hops: int = 0
    callback: Time | None = None
    told: int = 0
    told_at: Time | None = None
    clocks: Clocks | None = None
    tags: tuple[str, ...] = ()
    links: dict[str, Relation] | None = None
    others: tuple[str, ...] = ()
    consulted: str | None = None
    consulting: bool = False

    def order(self) -> TicketKey:
        """Where it stands among tickets that wait."""
        return (self.due, self.queued, self.id)

    def since_entered(self, seconds: float) -> Time:
        """So long after it came into its queue."""
        return (self.entered or self.queued) + timedelta(seconds=seconds)

    def is_due(self, timer: Timer, now: Time) -> bool:
        """Whether that is due to happen now."""
        return timer in self.timers and self.timers[timer] <= now

    def deadline(self) -> Time | None:
        """When something is due to happen to it next."""
        first = min(self.timers.values(), default=None)
        told = self.clocks.next_at() if self.clocks is not None else None
        return min(first, told) if first is not None and told is not None else first or told

    def open_to(self, agent: "Agent") -> bool:
        """Whether the agent may be asked for it, as far as access and skills go; whoever it is kept for may."""
        return agent.serves(self.queue, self.needs) if self.only is None else self.only == agent.id

    def was_asked(self, agent: str, returns: int) -> bool:
        """Whether the agent was asked in this round, and has not been away since. returns: its own."""
        return self.asked.get(agent) == returns


@dataclass(slots=True, kw_only=True)
class Agent:
    """An agent. skills: with levels, and its languages (see languages). queues: those it serves, None for all. units:
    None for what the pool says. hand: channel by ticket of what it is offered, has, or is consulted on.

    idle_since: when it last finished work or became available. returns: how often it became available. since: when it
    took its status.
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
    since: Time | None = None
    team: str | None = None

    def serves(self, queue: str, needs: Needs) -> bool:
        """Whether it has access to the queue and all that is needed."""
        return (self.queues is None or queue in self.queues) and not self.lacks(needs)

    def lacks(self, needs: Needs) -> list[tuple[str, int]]:
        """What is needed that it has not, or not well enough."""
        return sorted((skill, level) for skill, level in needs if self.skills.get(skill, 0) < level)


class _Indexed:
    """Keeps the index in a slot that is no field, so that it is neither compared nor stored."""

    __slots__ = ("_index",)
    _index: Index | None

    def _keep(self, index: Index | None) -> None:
        self._index = index


@dataclass(slots=True, kw_only=True)
class Pool(_Indexed):
    """The state of one decision stream. unsettled: the configuration changed while tickets were waiting.

    skills: names by id; only the stream of skills has any. calendars: business hours that its queues may name.
    version: how often the configuration was changed. workloads: by queue and channel.
    moved: contacts that other pools have taken over, by conversation. taken: those that it has taken over from others.
    voicemails: calls that were sent there, by conversation, the oldest first. targeted: one of its queues has a target,
    or had. complaints: those that are not over, by ticket.
    """

    id: str
    name: str | None = None
    units: int = DEFAULT_UNITS
    channels: dict[str, ChannelSettings] = field(default_factory=dict)
    queues: dict[str, QueueSettings] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    skills: dict[str, str] = field(default_factory=dict)
    calendars: dict[str, CalendarSettings] = field(default_factory=dict)
    unsettled: bool = False
    version: int = 0
    priority_s: float = DEFAULT_PRIORITY_S
    moved: dict[str, Moved] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)
    voicemails: dict[str, Sent] = field(default_factory=dict)
    workloads: dict[str, dict[str, Workload]] = field(default_factory=dict)
    targeted: bool = False
    complaints: dict[str, Complaint] = field(default_factory=dict)

    @property
    def index(self) -> Index:
        """The index; built when it is first asked for after a snapshot was loaded."""
        index = getattr(self, "_index", None)
        if index is None:
            index = Index(self)
            self._keep(index)
        return index

    def load(self, agent: Agent, hand: Iterable[str] | None = None) -> Load:
        """What the agent has in hand, against all it can do. hand: channels; what it has now, unless told."""
        units = self.units_of(agent)
        return Load.of(self.index.capacities, units, agent.limits, agent.hand.values() if hand is None else hand)

    def units_of(self, agent: Agent) -> int:
        """All that the agent can do at once."""
        return self.units if agent.units is None else agent.units

    def shares(self, agent: Agent) -> Shares:
        """What a contact takes of that, by channel."""
        return self.index.capacities.shares(self.units_of(agent))

    def place(self, agent: Agent, ticket: Ticket, load: Load, idle_since: Time) -> AgentKey:
        """Where the agent stands among those who could be asked for the ticket."""
        return agent_key(self.queues[ticket.queue].policy, agent, load.spare, idle_since, ticket.needs)

    def answer_s(self, ticket: Ticket) -> float:
        """How long an agent has to answer an offer of the ticket."""
        of_queue = self.queues[ticket.queue].offer_timeout_s
        return self.index.capacities.channel(ticket.channel).offer_timeout_s if of_queue is None else of_queue
