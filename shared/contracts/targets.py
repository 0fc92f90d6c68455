"""What figures should reach, and from which level on somebody is told: a queue's target and its rules.

The queue `*` stands for everything together.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT
from shared.contracts.kpis import KpiWindow, Share
from shared.contracts.values import Name, Seconds

EVERYTHING = "*"
"""Where a queue is named: all of them together. No queue of routing can have this name."""

Aim = Literal["at_least", "at_most"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRule:
    """From which levels on a KPI deviates. aim: `at_least` deviates below a level, `at_most` above it.

    warning, critical: the levels; one of them may be left out. hysteresis: by how much the figure must be better than a
    level before that level is over. for_s: for so long it must be beyond a level before that counts. With fewer than
    minimum_volume of the count `volume` in the window, nothing is concluded from the figure.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kpi: Name
    window: KpiWindow = "15m"
    definition: Name = "strict"
    aim: Aim
    warning: float | None = None
    critical: float | None = None
    hysteresis: float = 0.0
    for_s: Seconds = 0.0
    volume: Name = "offered"
    minimum_volume: Annotated[int, Ge(0), Le(1_000_000_000)] = 10
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTargets:
    """What a queue should reach. service_level: at least; abandon_rate and average_speed_of_answer: at most.

    Each of these three is a rule as well: missing it is a warning, unless `rules` has one for that KPI. threshold_s:
    the seconds that the service level was agreed for; the figure itself uses the threshold that each contact carries.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    service_level: Share | None = None
    threshold_s: Seconds | None = None
    abandon_rate: Share | None = None
    average_speed_of_answer: Seconds | None = None
    rules: Annotated[tuple[TargetRule, ...], Len(0, 100)] = ()
