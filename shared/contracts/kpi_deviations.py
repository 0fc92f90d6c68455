"""Deviations from targets, in hub.kpis.v1: an alert begins, gets worse or better, and ends."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from shared.contracts.envelope import STRICT, Envelope
from shared.contracts.targets import TargetRule
from shared.contracts.values import EventId, Name, Time

AlertLevel = Literal["ok", "warning", "critical"]
DeviationChange = Literal["began", "worsened", "eased", "ended"]
DeviationCause = Literal["figures", "rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A figure went from one level to another, seen at `at`. number: its place among the alert's deviations, from 1.

    queue: `*` is everything together. value, volume: the figure and the count behind it. cause: `rule` if the alert
    ended because its rule was removed or switched off; then there is no value. rule, version: what was judged by; the
    version is the same for the same rule.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    alert: EventId
    number: Annotated[int, Ge(1)]
    change: DeviationChange
    cause: DeviationCause = "figures"
    queue: Name
    before: AlertLevel
    after: AlertLevel
    value: float | None = None
    volume: int | None = None
    at: Time
    rule: TargetRule
    version: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class KpisDeviated(Envelope):
    """A figure crossed a level of its target. Its key is the alert."""

    type: Literal["hub.kpis.deviated.v1"] = "hub.kpis.deviated.v1"
    data: Deviation
