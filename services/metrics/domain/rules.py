"""The rules that follow from targets, and what is wrong with those that make no sense."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from types import NoneType
from typing import get_args, get_type_hints

from services.metrics.domain.kpis import ALTERNATIVES, NAMES, UnknownDefinition
from shared.contracts.kpis import Kpis
from shared.contracts.targets import Aim, QueueTargets, TargetRule

_TYPES = {name: set(get_args(kind)) or {kind} for name, kind in get_type_hints(Kpis).items()}

KPI_NAMES: tuple[str, ...] = tuple(name for name, kinds in _TYPES.items() if kinds <= {int, float, NoneType})
"""The KPIs that are one number, which a rule can be about."""

COUNTS: tuple[str, ...] = tuple(name for name in KPI_NAMES if _TYPES[name] - {NoneType} == {int})
"""Those that count something, which a minimum volume can be of."""

_AIMS: Mapping[str, Aim] = {
    "service_level": "at_least",
    "abandon_rate": "at_most",
    "average_speed_of_answer": "at_most",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """A rule with the queue it is for."""

    queue: str
    rule: TargetRule

    @property
    def key(self) -> str:
        """What stays the same while the levels of the rule change."""
        return f"{self.rule.kpi}/{self.rule.window}/{self.rule.definition}/{self.queue}"

    @property
    def version(self) -> str:
        """The same for the same rule, in every process."""
        return blake2b(repr(self.rule).encode(), digest_size=6).hexdigest()


def rules_of(targets: Mapping[str, QueueTargets]) -> dict[str, QueueRule]:
    """All rules that are enabled, by their keys."""
    found = (QueueRule(queue=queue, rule=rule) for queue, target in targets.items() for rule in _rules_of(target))
    return {one.key: one for one in found if one.rule.enabled}


def _rules_of(target: QueueTargets) -> Iterator[TargetRule]:
    yield from target.rules
    own = {rule.kpi for rule in target.rules}
    for kpi, aim in _AIMS.items():
        level: float | None = getattr(target, kpi)
        if level is not None and kpi not in own:
            yield TargetRule(kpi=kpi, aim=aim, warning=level)


def complaint_of_targets(target: QueueTargets) -> str | None:
    """What is wrong with a queue's target as a whole, with what to do; None if nothing is."""
    if target.service_level is None and (target.abandon_rate is not None or target.average_speed_of_answer is not None):
        return "service_level is missing; give it, or write the others as rules"
    if target.service_level is None and not target.rules:
        return "neither service_level nor rules are given; give one of them"
    seen: set[tuple[str, str, str]] = set()
    for rule in target.rules:
        same = (rule.kpi, rule.window, rule.definition)
        if same in seen:
            return f"two rules are about {rule.kpi} in {rule.window} ({rule.definition}); make them one"
        seen.add(same)
    return None


def complaint(rule: TargetRule) -> str | None:
    """What is wrong with a rule, with what to do; None if nothing is."""
    if rule.kpi not in KPI_NAMES:
        return f"no KPI is called {rule.kpi!r}; there are {', '.join(KPI_NAMES)}"
    if rule.volume not in COUNTS:
        return f"volume {rule.volume!r} is not a count; there are {', '.join(COUNTS)}"
    if rule.definition not in NAMES:
        return str(UnknownDefinition(rule.definition)).rstrip(".")
    levels = [level for level in (rule.warning, rule.critical) if level is not None]
    if not levels:
        return "neither warning nor critical is given; give the level from which on somebody is to be told"
    if not all(map(isfinite, (*levels, rule.hysteresis))):
        return "warning, critical and hysteresis are finite numbers"
    if rule.hysteresis < 0:
        return "hysteresis is by how much the figure must get better, so it is not below 0"
    if _is_share(rule.kpi) and not all(0 <= level <= 1 for level in levels):
        return f"{rule.kpi} is a share, so its levels are from 0 to 1; write 80 % as 0.8"
    return _order_complaint(rule)


def _order_complaint(rule: TargetRule) -> str | None:
    if rule.warning is None or rule.critical is None:
        return None
    if rule.aim == "at_least" and rule.critical >= rule.warning:
        return "critical is not worse than warning; with at_least it is below it"
    if rule.aim == "at_most" and rule.critical <= rule.warning:
        return "critical is not worse than warning; with at_most it is above it"
    return None


def _is_share(kpi: str) -> bool:
    return kpi in ALTERNATIVES and ALTERNATIVES[kpi][0].unit == "share"
