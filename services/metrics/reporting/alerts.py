"""What a report says of an alert: how bad it was within the period, and for how long."""

from datetime import datetime
from typing import get_args

from services.metrics.domain.periods import Period
from services.metrics.reporting.shapes import DeviationReported
from shared.contracts.kpi_deviations import AlertLevel
from shared.mongo import Document

_LEVELS: tuple[AlertLevel, ...] = get_args(AlertLevel)


def reported(alert: Document, period: Period, now: datetime) -> DeviationReported:
    """The alert, as far as it lies in the period."""
    since, until = max(alert["began"], period.since), min(alert["ended"] or now, period.until)
    steps = [step for step in alert["deviations"] if step["at"] < period.until]
    inside = [step for number, step in enumerate(steps) if _ends(steps, number, until) > since] or steps[-1:]
    aim = alert["rule"]["aim"]
    values = [step["value"] for step in inside if step["value"] is not None and step["after"] != "ok"]
    return DeviationReported(
        alert=alert["_id"],
        level=max((step["after"] for step in inside), key=_LEVELS.index),
        value=(min if aim == "at_least" else max)(values, default=None),
        aim=aim,
        seconds=max(0.0, (until - since).total_seconds()),
        acknowledged_by=alert["acknowledged"]["by"] if alert["acknowledged"] else None,
        **{name: alert[name] for name in ("queue", "kpi", "definition", "window", "began", "ended")},
    )


def _ends(steps: list[Document], number: int, until: datetime) -> datetime:
    """When what a step led to was over."""
    following = steps[number + 1 :]
    return following[0]["at"] if following else until
