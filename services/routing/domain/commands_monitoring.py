"""What supervisors ask in order to read along."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMonitoring:
    """by: the person."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorTicket(OfMonitoring):
    do: Literal["monitor_ticket"] = "monitor_ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMonitoring(OfMonitoring):
    do: Literal["end_monitoring"] = "end_monitoring"


MonitoringCommand = MonitorTicket | EndMonitoring
