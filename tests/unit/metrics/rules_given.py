"""Rules and readings for the tests of alerting."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.metrics.domain.alerting import Reading, RuleState, evaluate
from services.metrics.domain.rules import QueueRule
from shared.contracts.kpi_deviations import AlertLevel, Deviation
from shared.contracts.targets import TargetRule

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def rule(**fields: Any) -> TargetRule:  # noqa: ANN401 (a rule's own fields)
    """Service level at least 0.8, critical below 0.6, over again 0.05 above a level."""
    given: dict[str, Any] = {
        "kpi": "service_level",
        "aim": "at_least",
        "warning": 0.8,
        "critical": 0.6,
        "hysteresis": 0.05,
    }
    return TargetRule(**given | fields)


def reading(second: float, value: float | None, volume: int = 100) -> Reading:
    """A value that many seconds after noon."""
    return Reading(at=NOON + timedelta(seconds=second), value=value, volume=volume)


def history(given: TargetRule, *readings: Reading) -> tuple[list[AlertLevel], list[Deviation]]:
    """The levels after each reading, and what deviated on the way."""
    state, levels, deviations = RuleState(), list[AlertLevel](), list[Deviation]()
    for number, one in enumerate(readings):
        state, deviation = evaluate(QueueRule(queue="sales", rule=given), state, one, f"alert-{number}")
        levels.append(state.level)
        deviations += [deviation] if deviation else []
    return levels, deviations
