"""hub.kpis.v1: rolling figures as they change, keyed by window. The HTTP API of metrics answers in the same shapes.

Durations are in seconds. A ratio or mean of nothing is None (left out in Kafka), never 0.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le

from shared.contracts.agents import AgentStatus
from shared.contracts.envelope import STRICT, Envelope
from shared.contracts.values import Seconds, Time

KpiWindow = Literal["1m", "5m", "15m", "30m", "1h"]
LongWindow = Literal["24h", "day"]
"""day: since midnight."""

AnyWindow = Literal[KpiWindow, LongWindow]

KpiGrouping = Literal["all", "pool", "queue", "channel", "agent", "reason", "segment", "kind"]
"""reason: the wrap-up code, of what was completed or resolved with one. agent: of what an agent has accepted, and of
answers about them. segment: the customer's. kind: what the ticket is about.
"""

ServiceLevel = Literal["strict", "answered", "strict-less-short", "removed"]
"""How a service level is defined; docs/kpis.md has the formulas."""

BacklogAge = Literal["under_1h", "1h_to_4h", "4h_to_1d", "1d_to_3d", "3d_to_7d", "over_7d"]

Share = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """The figures of one key. waiting, oldest_wait, estimated_wait, backlog, backlog_by_age and agents are of now, all
    others of the window.

    backlog_by_age: by how long ago they were opened, from the first age to before the second; None if there are none.
    estimated_wait: how long whoever comes next to the queue will wait; only for queues, None where it is not known.
    signed_in_time to occupancy: only for everything, pools and agents. agents: how many are in each status of those
    signed in; only for the key of everything.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    abandoned_short: int
    abandon_rate: float | None = None
    service_level: float | None = None
    average_speed_of_answer: float | None = None
    median_speed_of_answer: float | None = None
    p90_speed_of_answer: float | None = None
    p95_speed_of_answer: float | None = None
    p99_speed_of_answer: float | None = None
    longest_speed_of_answer: float | None = None
    handled: int
    handle_time: float
    talk_time: float
    hold_time: float
    wrapup_time: float
    average_handle_time: float | None = None
    average_talk_time: float | None = None
    average_hold_time: float | None = None
    average_wrapup_time: float | None = None
    opened: int | None = None
    resolved: int | None = None
    tickets_handled: int | None = None
    average_resolution_time: float | None = None
    median_resolution_time: float | None = None
    transfer_rate: float | None = None
    escalation_rate: float | None = None
    reopen_rate: float | None = None
    sla_attainment: float | None = None
    first_contact_resolution: float | None = None
    first_responses: int | None = None
    average_first_response_time: float | None = None
    median_first_response_time: float | None = None
    p90_first_response_time: float | None = None
    p95_first_response_time: float | None = None
    p99_first_response_time: float | None = None
    interactions: int | None = None
    interactions_inbound: int | None = None
    interactions_outbound: int | None = None
    interactions_internal: int | None = None
    satisfaction_answers: int | None = None
    satisfaction: float | None = None
    signed_in_time: float | None = None
    available_time: float | None = None
    busy_time: float | None = None
    break_time: float | None = None
    not_responding_time: float | None = None
    occupancy: float | None = None
    waiting: int
    oldest_wait: float | None = None
    estimated_wait: float | None = None
    backlog: int | None = None
    backlog_by_age: dict[BacklogAge, int] | None = None
    agents: dict[AgentStatus, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a queue should reach. service_level: at least; abandon_rate and average_speed_of_answer: at most.

    threshold_s: the seconds that the service level was agreed for; the figure itself uses the threshold that each
    contact carries.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    service_level: Share
    threshold_s: Seconds | None = None
    abandon_rate: Share | None = None
    average_speed_of_answer: Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState(Target):
    """A queue's target, and whether its figures meet all of it: None while there are no figures to tell by."""

    met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiItem:
    """The figures of one key: {} is everything, {"queue": "sales"} a queue, {"channel": "chat"} a channel.

    also: where several definitions of a KPI were asked for, the figure by each, by KPI. provisional: of a KPI that is
    certain only after some days, how many of the tickets that count as good may yet turn out otherwise; None if none.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    key: dict[KpiGrouping, str]
    kpis: Kpis
    target: TargetState | None = None
    also: dict[str, dict[str, float | None]] | None = None
    provisional: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpiDefinition:
    """How a KPI was calculated. formula: in words. counted: at the time of what. version: another one where the same
    events lead to another figure.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kpi: str
    name: str
    version: int
    unit: Literal["count", "seconds", "share"]
    formula: str
    counted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Figures of the window (as_of - window, as_of]; those of a day are since its midnight, which `since` tells.

    definition: of the service level; definitions: of every KPI that has several, as it is told here. complete_until:
    all that was recorded before is counted, and `behind` records are not; None while that is not known.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    window: AnyWindow
    definition: ServiceLevel
    as_of: Time
    items: tuple[KpiItem, ...]
    definitions: tuple[KpiDefinition, ...] | None = None
    complete_until: Time | None = None
    behind: int | None = None
    since: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KpisMeasured(Envelope):
    """The figures of a window changed: for everything, each queue and each channel."""

    type: Literal["hub.kpis.measured.v1"] = "hub.kpis.measured.v1"
    data: Measurement
