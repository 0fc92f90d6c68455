"""hub.kpis.v1: rolling figures as they change, keyed by window. The HTTP API of metrics answers in the same shapes.

Durations are in seconds. A ratio or mean of nothing is None (left out in Kafka), never 0.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le

from shared.contracts.agents import AgentStatus
from shared.contracts.envelope import STRICT, Envelope
from shared.contracts.values import Seconds, Time

KpiWindow = Literal["1m", "5m", "15m"]
KpiGrouping = Literal["all", "queue", "channel"]
ServiceLevel = Literal["strict", "answered", "strict-less-short", "removed"]
"""How a service level is defined; docs/kpis.md has the formulas."""

Share = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """The figures of one key. waiting, oldest_wait and agents are of now, all others of the window.

    agents: how many are in each status of those signed in; only for the key of everything.
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
    waiting: int
    oldest_wait: float | None = None
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
    """The figures of one key: {} is everything, {"queue": "sales"} a queue, {"channel": "chat"} a channel."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    key: dict[Literal["queue", "channel"], str]
    kpis: Kpis
    target: TargetState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Figures of the window (as_of - window, as_of]."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    window: KpiWindow
    definition: ServiceLevel
    as_of: Time
    items: tuple[KpiItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KpisMeasured(Envelope):
    """The figures of a window changed: for everything, each queue and each channel."""

    type: Literal["hub.kpis.measured.v1"] = "hub.kpis.measured.v1"
    data: Measurement
