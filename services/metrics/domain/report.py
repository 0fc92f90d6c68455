"""What a report says of figures: whether they reached their standards, by how much they deviate, and what changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import ALTERNATIVES, Choice
from shared.contracts.kpis import KpiWindow
from shared.contracts.targets import Aim, QueueTargets, TargetRule

Told = Mapping[str, float | None]
Source = Literal["target", "warning", "critical"]

_TARGETS: dict[str, Aim] = {
    "service_level": "at_least",
    "abandon_rate": "at_most",
    "average_speed_of_answer": "at_most",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What a figure should reach over the period. source: the target itself, or a level of one of its rules. window: of
    that rule; here the same level is held against the whole period. definition: None where a KPI has only one.
    """

    kpi: str
    aim: Aim
    level: float
    source: Source
    definition: str | None
    window: KpiWindow | None = None
    volume: str = "offered"
    minimum_volume: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A standard and what became of it. deviation: the figure less the level. is_met: None while the figure has nothing
    behind it or too little, or is one of now.
    """

    standard: Standard
    value: float | None
    deviation: float | None
    is_met: bool | None


def standards(targets: QueueTargets, choice: Choice) -> Iterator[Standard]:
    """Those of the target, by the definitions that are told, and the levels of its rules, by their own."""
    for kpi, aim in _TARGETS.items():
        level: float | None = getattr(targets, kpi)
        if level is not None:
            yield Standard(kpi=kpi, aim=aim, level=level, source="target", definition=_told_by(choice, kpi))
    for rule in targets.rules:
        if rule.enabled:
            yield from _levels(rule)


def judged(standard: Standard, figures: Figures) -> Judged:
    """The standard, held against the figures of a period."""
    value = _measured(standard.kpi, standard.definition, figures)
    volume = _measured(standard.volume, None, figures) or 0
    if value is None:
        return Judged(standard=standard, value=None, deviation=None, is_met=None)
    reached = value >= standard.level if standard.aim == "at_least" else value <= standard.level
    return Judged(
        standard=standard,
        value=value,
        deviation=value - standard.level,
        is_met=reached if volume >= standard.minimum_volume else None,
    )


def change(now: Told, before: Told) -> dict[str, float | None]:
    """By how much each figure is above that of before; None where one of the two is."""
    return {
        name: None if figure is None or (was := before.get(name)) is None else figure - was
        for name, figure in now.items()
    }


def differing(before: Told, after: Told) -> dict[str, tuple[float | None, float | None]]:
    """The figures that are not what they were, each with both values."""
    return {name: (before.get(name), figure) for name, figure in after.items() if before.get(name) != figure}


def _levels(rule: TargetRule) -> Iterator[Standard]:
    levels: tuple[tuple[Source, float | None], ...] = (("warning", rule.warning), ("critical", rule.critical))
    for source, level in levels:
        if level is not None:
            yield Standard(
                kpi=rule.kpi,
                aim=rule.aim,
                level=level,
                source=source,
                definition=rule.definition if _has(rule.kpi, rule.definition) else None,
                window=rule.window,
                volume=rule.volume,
                minimum_volume=rule.minimum_volume,
            )


def _told_by(choice: Choice, kpi: str) -> str | None:
    if len(ALTERNATIVES[kpi]) == 1:
        return None
    return next(one.name for one in choice.told if one.kpi == kpi)


def _has(kpi: str, definition: str) -> bool:
    several = ALTERNATIVES.get(kpi, ())
    return len(several) > 1 and any(one.name == definition for one in several)


def _measured(kpi: str, definition: str | None, figures: Figures) -> float | None:
    several = ALTERNATIVES.get(kpi, ())
    found = [one for one in several if one.name == definition] or several[:1]
    return found[0].of(figures) if found else None
