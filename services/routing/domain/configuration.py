"""How a pool is set up. These events stay in the decision log; they are not published.

A pool is the queues and agents that share capacity. A queue takes the interactions that its rules match; an agent
serves the queues it has access to, with the skills it has, as far as its capacity goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import Channel, Name, Seconds, Time

Limit = Annotated[int, Ge(0), Le(100)]
Rank = Annotated[int, Ge(1), Le(9)]
"""1 goes first, 9 last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCapacity:
    """How many contacts of a channel one agent may have at once, and beside which others.

    exclusive: while an agent has such a contact nothing else is offered, and it is offered only to an agent who has
    nothing but interruptible contacts. interruptible: a contact that can lie still while an exclusive one goes on.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    limit: Limit = 1
    exclusive: bool = False
    interruptible: bool = False


DEFAULT_CHANNELS: Mapping[str, ChannelCapacity] = {
    "phone": ChannelCapacity(limit=1, exclusive=True),
    "chat": ChannelCapacity(limit=3),
    "email": ChannelCapacity(limit=5, interruptible=True),
    "social": ChannelCapacity(limit=3, interruptible=True),
}
"""What holds where a pool says nothing; a channel that is not here has room for one contact."""

OTHER_CHANNEL = ChannelCapacity()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """Matches an interaction of which everything given here is true; a rule with nothing given matches everything.

    address: the hub's own mailbox, number or site, in any case. language: BCP 47; `de` also matches `de-AT`.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    channel: Channel | None = None
    address: Name | None = None
    language: Annotated[str, Len(2, 35)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """What is configured of a queue.

    rank: whose rules are asked first. default: takes what no rule matches. skills: what its tickets ask of an agent.
    priority: of its tickets, where the interaction brings none. threshold_s, short_s: the service-level and
    short-abandon thresholds that its contacts are measured by. offer_timeout_s: how long an agent has to answer.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    rules: Annotated[tuple[QueueRule, ...], Len(0, 100)] = ()
    rank: Rank = 5
    default: bool = False
    skills: Annotated[tuple[Name, ...], Len(0, 20)] = ()
    priority: Rank = 5
    threshold_s: Seconds = 20.0
    short_s: Seconds = 5.0
    offer_timeout_s: Annotated[float, Ge(1), Le(86_400)] = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """What is configured of an agent. queues: which ones it serves, or None for all; limits: its own, by channel."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    skills: Annotated[tuple[Name, ...], Len(0, 200)] = ()
    queues: Annotated[tuple[Name, ...], Len(0, 1_000)] | None = None
    limits: dict[Channel, Limit] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What is configured of a pool. channels: what differs from the default capacities."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    channels: dict[Channel, ChannelCapacity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfigured(Configured):
    event: Literal["pool.configured"] = "pool.configured"
    pool: Name
    settings: PoolSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConfigured(Configured):
    event: Literal["queue.configured"] = "queue.configured"
    pool: Name
    queue: Name
    settings: QueueSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfigured(Configured):
    event: Literal["agent.configured"] = "agent.configured"
    pool: Name
    agent: Name
    settings: AgentSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillConfigured(Configured):
    """A skill's name is known from now on. Skills belong to no pool; they have a decision stream of their own."""

    event: Literal["skill.configured"] = "skill.configured"
    skill: Name
    name: Name


ConfigurationEvent = PoolConfigured | QueueConfigured | AgentConfigured | SkillConfigured
