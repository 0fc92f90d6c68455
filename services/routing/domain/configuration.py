"""How a pool is set up. These events stay in the decision log; they are not published.

A pool is the queues and agents that share capacity. A queue takes the interactions that its rules match, and may have
business hours; an agent serves the queues it has access to, with the skills it has, as far as its capacity goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from services.routing.domain.complaint_settings import ORDINARY_COURSE, ComplaintSettings
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.targets import UNTARGETED, EscalationRules, TargetSettings
from services.routing.domain.tell_wait import TellWait
from shared.contracts.envelope import STRICT
from shared.contracts.tickets import Kind
from shared.contracts.values import Channel, Name, PrimaryLanguage, Seconds, Time

Limit = Annotated[int, Ge(0), Le(100)]
Rank = Annotated[int, Ge(1), Le(9)]
"""1 goes first, 9 last."""

ORDINARY = 5
"""The priority of what is neither urgent nor can wait."""

AnswerTime = Annotated[float, Ge(1), Le(86_400)]

Level = Annotated[int, Ge(1), Le(5)]
"""How well somebody has a skill: 5 is best. What a contact needs is the least that will do."""

LEAST, BEST = 1, 5

Skills = dict[Name, Level]
QueueSkills = Annotated[Skills, Len(0, 20)]
AgentSkills = Annotated[Skills, Len(0, 200)]

Languages = Annotated[dict[PrimaryLanguage, Level], Len(0, 50)]

Units = Annotated[int, Ge(1), Le(1_000)]
ALL: Literal["all"] = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """How a pool treats a channel.

    units: what a contact takes of an agent's; all: whatever there is, so nothing is offered beside it.
    interrupted_by: channels that are offered as if this contact were not there; it lies still meanwhile.
    offer_timeout_s: how long an agent has to answer an offer.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    units: Units | Literal["all"] = 2
    interrupted_by: Annotated[tuple[Channel, ...], Len(0, 20)] = ()
    offer_timeout_s: AnswerTime = 20.0


DEFAULT_UNITS = 8
DEFAULT_CHANNELS: Mapping[str, ChannelSettings] = {
    "phone": ChannelSettings(units=ALL),
    "chat": ChannelSettings(units=2),
    "email": ChannelSettings(units=1, interrupted_by=("phone",)),
    "social": ChannelSettings(units=2, interrupted_by=("phone",)),
    "voicemail": ChannelSettings(units=1, interrupted_by=("phone",)),
}
"""What holds where a pool says nothing: of eight units a call takes all, a chat two, an email or a message on voicemail
one, a post two.
"""

OTHER_CHANNEL = ChannelSettings()

DEFAULT_PRIORITY_S = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """Matches an interaction of which everything given here is true; a rule with nothing given matches everything.

    address: the hub's own mailbox, number or site, in any case. language: BCP 47; `de` also matches `de-AT`. words: any
    of these words or phrases is in the subject or text. segment: of the customer. ivr: what a caller chose from a menu.
    hours: of the business calendar that `calendar` names, or else the queue's. open_ticket: the customer has one in
    this queue, in this pool, or none in this pool. conversation: a known one has had a ticket before.

    What follows when it decides: priority, skills that are needed (with the least level), and kind of the ticket.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    channel: Channel | None = None
    address: Name | None = None
    language: Annotated[str, Len(2, 35)] | None = None
    words: Annotated[tuple[Annotated[str, Len(1, 100)], ...], Len(0, 100)] = ()
    segment: Name | None = None
    ivr: Name | None = None
    hours: Literal["open", "closed"] | None = None
    calendar: Name | None = None
    open_ticket: Literal["queue", "pool", "none"] | None = None
    conversation: Literal["new", "known"] | None = None
    priority: Rank | None = None
    skills: QueueSkills = field(default_factory=dict)
    kind: Kind = "request"


Policy = Literal["most_spare", "longest_idle", "best_skill"]
"""Which of the agents who could take a contact is asked first. most_spare: who has most units free. best_skill: whose
levels in what is needed add up to most. Equals: the longest idle, then by id.
"""

Preference = Literal["account_manager", "last_agent"]
"""account_manager: of the customer. last_agent: who last accepted a ticket of the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A wider circle of agents, for a contact that still waits `after_s` after it was queued.

    lower: by how many levels less than in the ring before will do. without: skills that are no longer asked, and
    languages (`language:de`, or `language:*` for any).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    after_s: Seconds
    lower: Annotated[int, Ge(0), Le(4)] = 0
    without: Annotated[tuple[Name, ...], Len(0, 20)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """When a contact goes on to another queue of the pool. Whatever is given here alone is enough.

    after_s: it has waited so long. over: more than so many wait already when it comes. closed: it comes outside the
    queue's business hours.

    voicemail: callers are sent to voicemail, and `to`, which may be the same queue, is where their messages wait; the
    step is passed over for other contacts. pool: the pool of `to`, if it is another one.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    to: Name
    after_s: Annotated[float, Ge(1), Le(31_622_400)] | None = None
    over: Annotated[int, Ge(0), Le(1_000_000)] | None = None
    closed: bool = False
    voicemail: bool = False
    pool: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSettings:
    """What is configured of a queue.

    rank: whose rules are asked first. default: takes what no rule matches. skills: what its tickets ask of an agent,
    with the least level.
    priority: of its tickets, where the interaction brings none. threshold_s, short_s: the service-level and
    short-abandon thresholds that its contacts are measured by. offer_timeout_s: how long an agent has to answer, where
    it is not the channel's. auto_accept: an offer is accepted as it is made.
    policy: who is asked first. prefer: who comes before that, in this order. prefer_wait_s: how long a contact waits
    for such an agent who is signed in but has no room. rings: how the circle widens, in the order of time.
    return_wait_s: how long a ticket that comes back, or is passed on to an agent, is kept for that agent.
    wrapup_s: how long paperwork may take. wrapup_codes: what a resolved ticket is filed under, one of these.
    reopen_s: how long after its resolution a ticket may come back. escalate_to: the queue that sees to escalations.
    calendar: its business hours, or None if it is always open. overflow: where contacts go when it cannot take them.
    match_language: how well an agent has to speak the customer's language at least, where that is known and spoken by
    anybody; None: it is not asked. loop_limit: how many conversations an identity may begin here by message within an
    hour; more are taken for a loop and open nothing. tell_wait: what customers who wait are told, and when. targets:
    by when its tickets are to be answered and resolved. escalate_on: which warnings and breaches escalate a ticket.
    complaints: by when they are to be acknowledged and answered.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    rules: Annotated[tuple[QueueRule, ...], Len(0, 100)] = ()
    rank: Rank = 5
    default: bool = False
    skills: QueueSkills = field(default_factory=dict)
    priority: Rank = ORDINARY
    threshold_s: Seconds = 20.0
    short_s: Seconds = 5.0
    offer_timeout_s: AnswerTime | None = None
    auto_accept: bool = False
    policy: Policy = "most_spare"
    prefer: Annotated[tuple[Preference, ...], Len(0, 2)] = ()
    prefer_wait_s: Seconds = 0.0
    rings: Annotated[tuple[Ring, ...], Len(0, 10)] = ()
    return_wait_s: Seconds = 120.0
    wrapup_s: AnswerTime | None = None
    wrapup_codes: Annotated[tuple[Name, ...], Len(0, 200)] = ()
    reopen_s: Seconds = 0.0
    escalate_to: Name | None = None
    calendar: Name | None = None
    overflow: Annotated[tuple[Overflow, ...], Len(0, 10)] = ()
    loop_limit: Annotated[int, Ge(1), Le(10_000)] = 20
    match_language: Level | None = None
    tell_wait: TellWait | None = None
    targets: TargetSettings = UNTARGETED
    escalate_on: EscalationRules = ()
    complaints: ComplaintSettings = ORDINARY_COURSE


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """What is configured of an agent. queues: which ones it serves, or None for all.

    units: how much it can do at once, or None for what the pool says. limits: contacts at once, by channel. team: what
    supervisors group and find agents by; it does not change who gets what. languages: how well it speaks each.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    skills: AgentSkills = field(default_factory=dict)
    queues: Annotated[tuple[Name, ...], Len(0, 1_000)] | None = None
    units: Units | None = None
    limits: dict[Channel, Limit] = field(default_factory=dict)
    team: Name | None = None
    languages: Languages = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What is configured of a pool. units: how much its agents can do at once. channels: how they are treated, where it
    differs from the defaults. priority_s: how many seconds of waiting one step of priority is worth.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    name: Name
    units: Units = DEFAULT_UNITS
    channels: dict[Channel, ChannelSettings] = field(default_factory=dict)
    priority_s: Seconds = DEFAULT_PRIORITY_S


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarConfigured(Configured):
    event: Literal["calendar.configured"] = "calendar.configured"
    pool: Name
    calendar: Name
    settings: CalendarSettings


ConfigurationEvent = PoolConfigured | QueueConfigured | AgentConfigured | SkillConfigured | CalendarConfigured
