"""What a KPI's definition is, and the ways figures are calculated from sums. A ratio or mean of nothing is None.

Sums are asked for with `get`: a Counter that has to tell what it does not have does so in Python.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from services.metrics.domain.figures import Figures
from services.metrics.domain.sketch import percentile
from services.metrics.domain.windows import MICROSECONDS

Unit = Literal["count", "seconds", "share"]
Calculation = Callable[[Figures], float | None]

PERCENTILES = (("median", 50), ("p90", 90), ("p95", 95), ("p99", 99))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One way to define a KPI. formula: in words. counted: at the time of what. version: another one where the same
    events lead to another figure.
    """

    kpi: str
    name: str = "default"
    version: int = 1
    unit: Unit
    formula: str
    counted: str
    of: Calculation


def count_of(name: str) -> Calculation:
    """How often it was booked."""
    return lambda figures: figures.sums.get(name, 0)


def seconds_of(*names: str) -> Calculation:
    """Durations together."""
    return lambda figures: sum([figures.sums.get(name, 0) for name in names]) / MICROSECONDS


def share_of(part: str, *whole: str, less: str | None = None) -> Calculation:
    """A part of the whole; less: what does not belong to the whole."""

    def share(figures: Figures) -> float | None:
        told = figures.sums.get
        of = sum([told(name, 0) for name in whole]) - (told(less, 0) if less else 0)
        return told(part, 0) / of if of else None

    return share


def mean_of(durations: Sequence[str], count: str) -> Calculation:
    """Durations together, divided by how many there are."""

    def mean(figures: Figures) -> float | None:
        told = figures.sums.get
        times = told(count, 0)
        return sum([told(name, 0) for name in durations]) / (times * MICROSECONDS) if times else None

    return mean


def percentile_of(name: str, percent: int) -> Calculation:
    """The duration that so many percent do not exceed."""

    def of(figures: Figures) -> float | None:
        found = percentile(figures.bins.get(name, {}), percent)
        return None if found is None else min(found, figures.longest[name]) / MICROSECONDS

    return of


def longest_of(name: str) -> Calculation:
    """The longest duration."""

    def longest(figures: Figures) -> float | None:
        return figures.longest[name] / MICROSECONDS if name in figures.longest else None

    return longest
