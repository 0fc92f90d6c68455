"""An alert as Prometheus' Alertmanager takes it (POST /api/v2/alerts).

Alertmanager knows an alert by its labels, and `severity` is one of them. So what gets worse or better ends one of its
alerts and begins another, and all that an alert ever was is told each time: saying it again, or late, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.kpi_deviations import AlertLevel, Deviation

RESEND = timedelta(minutes=1)
"""So often an alert that is open is told again."""

STAYS = 4 * RESEND
"""For so long Alertmanager believes it without hearing of it again, as it is with Prometheus' own alerts.

An end is told again for as long: Alertmanager takes one that is ahead of its own clock for none.
"""

_NAME = "KpiTargetMissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where alerts come from. url: of the metrics service."""

    namespace: str
    url: str


def posted_alerts(deviations: Sequence[Deviation], now: datetime, origin: Origin) -> list[dict[str, Any]]:
    """What an alert with these deviations is at the moment: one of Alertmanager's alerts for each severity it had."""
    spans: dict[AlertLevel, tuple[Deviation, datetime]] = {}
    for deviation, following in zip(deviations, [*deviations[1:], None], strict=True):
        if deviation.after != "ok":
            spans[deviation.after] = deviation, min(following.at, now) if following else now + STAYS
    return [_posted(deviation, ends, origin) for deviation, ends in spans.values()]


def _posted(deviation: Deviation, ends: datetime, origin: Origin) -> dict[str, Any]:
    rule = deviation.rule
    return {
        "labels": {
            "alertname": _NAME,
            "namespace": origin.namespace,
            "queue": deviation.queue,
            "kpi": rule.kpi,
            "window": rule.window,
            "definition": rule.definition,
            "severity": deviation.after,
        },
        "annotations": {"summary": _summary(deviation), "alert": deviation.alert},
        "startsAt": deviation.at.isoformat(),
        "endsAt": max(ends, deviation.at).isoformat(),
        "generatorURL": f"{origin.url}/v1/alerts/{deviation.alert}",
    }


def _summary(deviation: Deviation) -> str:
    rule = deviation.rule
    limit = rule.critical if deviation.after == "critical" else rule.warning
    side = "at least" if rule.aim == "at_least" else "at most"
    value = "unknown" if deviation.value is None else f"{deviation.value:.4g}"
    wanted = "" if limit is None else f"; {deviation.after} unless {side} {limit:.4g}"
    return f"{rule.kpi} of {deviation.queue} in {rule.window} is {value}{wanted}"
