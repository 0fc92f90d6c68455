"""When a figure deviates from its target: levels with hysteresis, a time to last, and a minimum volume.

A level is entered once figures have been beyond it for `for_s` without a break, and is over once a figure is better
than it by the hysteresis. A figure that is not known, or that too few contacts stand behind, changes no level and
breaks what had to last: there is never an alert from nothing, and none ends for want of figures. No figure is known
while metrics is behind: after a pause it counts through hours in which everybody seems to wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.metrics.domain.rules import COUNTS, QueueRule
from shared.contracts.kpi_deviations import AlertLevel, Deviation, DeviationCause, DeviationChange
from shared.contracts.kpis import Kpis
from shared.contracts.targets import TargetRule

LEVELS: tuple[AlertLevel, ...] = ("warning", "critical")
"""Those that a rule can have, from the milder one on."""

_RANK: dict[AlertLevel, int] = {"ok": 0, "warning": 1, "critical": 2}
MOST_BEHIND = timedelta(seconds=60)
"""Figures that are further behind are not known."""

_DIGITS = 9
"""Levels are compared to so many digits, so that 0.8 + 0.05 is 0.85."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Figures by queue, where something happened or somebody waits, and until when all that happened is in them."""

    kpis: Mapping[str, Kpis]
    complete_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a rule is judged by. value: None if it is not known."""

    at: datetime
    value: float | None
    volume: int | None

    def known(self, rule: TargetRule) -> float | None:
        """The value, unless too little stands behind it."""
        return self.value if self.volume is not None and self.volume >= rule.minimum_volume else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """Where a rule's figure stands. warning_since, critical_since: since when it has been
    beyond a level that it has not entered yet. alert: the open alert's id; number: how many deviations that has had.
    """

    level: AlertLevel = "ok"
    warning_since: datetime | None = None
    critical_since: datetime | None = None
    alert: str | None = None
    number: int = 0


def reading_of(watched: QueueRule, sight: Sight, at: datetime) -> Reading:
    """What the figures say to a rule. Where nothing happened and nobody waits every count is 0."""
    if sight.complete_until is None or sight.complete_until < at - MOST_BEHIND:
        return Reading(at=at, value=None, volume=None)
    rule, kpis = watched.rule, sight.kpis.get(watched.queue)
    figure = getattr(kpis, rule.kpi) if kpis else 0 if rule.kpi in COUNTS else None
    if figure is None and rule.kpi == "oldest_wait":
        figure = 0  # nobody waits, which is known
    volume = (getattr(kpis, rule.volume) or 0) if kpis else 0
    return Reading(at=at, value=None if figure is None else float(figure), volume=volume)


def evaluate(
    watched: QueueRule, state: RuleState, reading: Reading, new_alert: str
) -> tuple[RuleState, Deviation | None]:
    """The state after a reading, and the deviation that this is, if it is one. new_alert: the id if one begins."""
    value = reading.known(watched.rule)
    if value is None:
        return replace(state, warning_since=None, critical_since=None), None
    beyond = {level: _beyond_since(watched.rule, state, level, value, reading.at) for level in LEVELS}
    lasting = timedelta(seconds=watched.rule.for_s)
    after = state.level if state.level != "ok" and not _is_over(watched.rule, state.level, value) else "ok"
    for level, since in beyond.items():
        entered = since is not None and reading.at - since >= lasting
        held = _RANK[level] < _RANK[state.level] and not _is_over(watched.rule, level, value)
        if (entered or held) and _RANK[level] > _RANK[after]:
            after = level
    return _after(watched, state, after, beyond, reading, new_alert)


def withdraw(watched: QueueRule, state: RuleState, at: datetime) -> Deviation | None:
    """What it is that a rule is gone or switched off: the end of its alert, if one is open."""
    if state.level == "ok":
        return None
    return _deviation(watched, state, "ok", Reading(at=at, value=None, volume=None), cause="rule")


def _after(
    watched: QueueRule,
    state: RuleState,
    after: AlertLevel,
    beyond: Mapping[AlertLevel, datetime | None],
    reading: Reading,
    new_alert: str,
) -> tuple[RuleState, Deviation | None]:
    waiting = {level: since if _RANK[level] > _RANK[after] else None for level, since in beyond.items()}
    moved = replace(state, level=after, warning_since=waiting["warning"], critical_since=waiting["critical"])
    if after == state.level:
        return moved, None
    begun = state if state.alert else replace(state, alert=new_alert)
    deviation = _deviation(watched, begun, after, reading)
    if after == "ok":
        return replace(moved, alert=None, number=0), deviation
    return replace(moved, alert=deviation.alert, number=deviation.number), deviation


def _deviation(
    watched: QueueRule, state: RuleState, after: AlertLevel, reading: Reading, cause: DeviationCause = "figures"
) -> Deviation:
    assert state.alert  # noqa: S101 (what is not ok has an alert, and what begins was given one)
    return Deviation(
        alert=state.alert,
        number=state.number + 1,
        change=_change(state.level, after),
        cause=cause,
        queue=watched.queue,
        before=state.level,
        after=after,
        value=reading.value,
        volume=reading.volume,
        at=reading.at,
        rule=watched.rule,
        version=watched.version,
    )


def _change(before: AlertLevel, after: AlertLevel) -> DeviationChange:
    if before == "ok":
        return "began"
    if after == "ok":
        return "ended"
    return "worsened" if _RANK[after] > _RANK[before] else "eased"


def _beyond_since(rule: TargetRule, state: RuleState, level: AlertLevel, value: float, at: datetime) -> datetime | None:
    if not _is_beyond(rule, level, value):
        return None
    return (state.warning_since if level == "warning" else state.critical_since) or at


def _is_beyond(rule: TargetRule, level: AlertLevel, value: float) -> bool:
    limit = _limit(rule, level)
    if limit is None:
        return False
    return value < limit if rule.aim == "at_least" else value > limit


def _is_over(rule: TargetRule, level: AlertLevel, value: float) -> bool:
    limit = _limit(rule, level)
    if limit is None:
        return True
    if rule.aim == "at_least":
        return value >= round(limit + rule.hysteresis, _DIGITS)
    return value <= round(limit - rule.hysteresis, _DIGITS)


def _limit(rule: TargetRule, level: AlertLevel) -> float | None:
    return rule.warning if level == "warning" else rule.critical
