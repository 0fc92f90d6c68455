"""The KPIs as data: what each is called, how it is defined, and what it comes to.

A KPI may have several definitions; the first one is told unless another is asked for. docs/kpis.md shows them to users.
Sources: the Amazon Connect administrator guide (metric definitions: `removed`), the Genesys Cloud resource centre
(configure the service level calculation: the three denominators; handle time at completion), Talkdesk (contacts
without short abandons), ISO 18295-1. A ratio or mean of nothing is None.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from services.metrics.domain.figures import Figures
from services.metrics.domain.sketch import percentile
from services.metrics.domain.windows import MICROSECONDS
from shared.contracts.kpis import ServiceLevel

Unit = Literal["count", "seconds", "share"]
Calculation = Callable[[Figures], float | None]


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


def _count(name: str) -> Calculation:
    return lambda figures: figures.sums[name]


def _seconds(*names: str) -> Calculation:
    return lambda figures: sum(figures.sums[name] for name in names) / MICROSECONDS


def _share(part: str, *whole: str, less: str | None = None) -> Calculation:
    def share(figures: Figures) -> float | None:
        sums = figures.sums
        of = sum(sums[name] for name in whole) - (sums[less] if less else 0)
        return sums[part] / of if of else None

    return share


def _mean(durations: Sequence[str], count: str) -> Calculation:
    def mean(figures: Figures) -> float | None:
        sums = figures.sums
        return sum(sums[name] for name in durations) / (sums[count] * MICROSECONDS) if sums[count] else None

    return mean


def _percentile(name: str, percent: int) -> Calculation:
    def of(figures: Figures) -> float | None:
        found = percentile(figures.bins.get(name, {}), percent)
        return None if found is None else min(found, figures.longest[name]) / MICROSECONDS

    return of


def _longest(name: str) -> Calculation:
    def longest(figures: Figures) -> float | None:
        return figures.longest[name] / MICROSECONDS if name in figures.longest else None

    return longest


_ENTERING, _LEAVING, _ACCEPTANCE, _COMPLETION = "entering", "leaving the queue", "acceptance", "completion"
_PERCENTILES = (("median", 50), ("p90", 90), ("p95", 95), ("p99", 99))
_PARTS = ("talk", "hold", "wrapup")
_SPLIT = tuple(f"{part}_split" for part in _PARTS)


def _counts() -> list[Definition]:
    told = [
        ("offered", "contacts that entered the queue", _ENTERING),
        ("answered", "contacts that an agent accepted", _ACCEPTANCE),
        ("answered_in_time", "answered with wait ≤ T", _ACCEPTANCE),
        ("abandoned", "contacts whose customer left before acceptance", _LEAVING),
        ("abandoned_short", "abandoned with wait < S", _LEAVING),
        ("handled", "accepted contacts that were completed", _COMPLETION),
    ]
    return [
        Definition(kpi=name, unit="count", formula=formula, counted=counted, of=_count(name))
        for name, formula, counted in told
    ]


def _service_levels() -> list[Definition]:
    told: list[tuple[str, str, str, Calculation]] = [
        ("strict", "÷ (answered + abandoned)", _LEAVING, _share("answered_in_time", "answered", "abandoned")),
        ("answered", "÷ answered", _LEAVING, _share("answered_in_time", "answered")),
        (
            "strict-less-short",
            "÷ (answered + abandoned - short abandoned)",
            _LEAVING,
            _share("answered_in_time", "answered", "abandoned", less="abandoned_short"),
        ),
        ("removed", "÷ offered", _ENTERING, _share("left_in_time", "offered")),
    ]
    return [
        Definition(
            kpi="service_level",
            name=name,
            unit="share",
            formula=("left the queue in any way with wait ≤ T " if name == "removed" else "answered with wait ≤ T ")
            + whole,
            counted=counted,
            of=of,
        )
        for name, whole, counted, of in told
    ]


def _speed_of_answer() -> list[Definition]:
    means = Definition(
        kpi="average_speed_of_answer",
        unit="seconds",
        formula="mean wait of answered contacts",
        counted=_ACCEPTANCE,
        of=_mean(["wait"], "answered"),
    )
    percentiles = [
        Definition(
            kpi=f"{name}_speed_of_answer",
            unit="seconds",
            formula=f"the wait that {percent} % of answered contacts do not exceed, to half a percent of itself",
            counted=_ACCEPTANCE,
            of=_percentile("wait", percent),
        )
        for name, percent in _PERCENTILES
    ]
    longest = Definition(
        kpi="longest_speed_of_answer",
        unit="seconds",
        formula="longest wait of an answered contact",
        counted=_ACCEPTANCE,
        of=_longest("wait"),
    )
    return [means, *percentiles, longest]


def _handle_times() -> list[Definition]:
    found: list[Definition] = []
    for name, parts in (("handle", _PARTS), *((part, (part,)) for part in _PARTS)):
        what = "talk + hold + wrap-up" if name == "handle" else {"wrapup": "wrap-up"}.get(name, name)
        for definition, names, counted in (
            ("completion", parts, "completion, whole"),
            ("split", tuple(f"{part}_split" for part in parts), "each second in its own interval"),
        ):
            rest = "of completed contacts" if definition == "completion" else "of all contacts"
            found += [
                Definition(
                    kpi=f"{name}_time",
                    name=definition,
                    unit="seconds",
                    formula=f"{what} {rest}",
                    counted=counted,
                    of=_seconds(*names),
                ),
                Definition(
                    kpi=f"average_{name}_time",
                    name=definition,
                    unit="seconds",
                    formula=f"{what} {rest} ÷ handled",
                    counted=counted,
                    of=_mean(names, "handled"),
                ),
            ]
    return found


def _tickets() -> list[Definition]:
    rates = [
        (kpi, f"tickets that were {name} at least once, by the first time, ÷ tickets handled", name)
        for kpi, name in (
            ("transfer_rate", "transferred"),
            ("escalation_rate", "escalated"),
            ("reopen_rate", "reopened"),
        )
    ]
    return [
        *(
            Definition(kpi=name, unit="count", formula=formula, counted=counted, of=_count(name))
            for name, formula, counted in (
                ("opened", "tickets that were opened", "opening"),
                ("resolved", "tickets that were resolved, each at its last resolution", "resolution"),
                ("tickets_handled", "tickets of which an agent completed a contact, by the first one", _COMPLETION),
            )
        ),
        *(
            Definition(kpi=kpi, unit="share", formula=formula, counted="the event", of=_share(name, "tickets_handled"))
            for kpi, formula, name in rates
        ),
        Definition(
            kpi="sla_attainment",
            unit="share",
            formula="tickets that met every target ÷ tickets with a target",
            counted="resolution or breach",
            of=_share("sla_met", "sla_met", "sla_missed"),
        ),
    ]


def _clocked(
    what: str,
    counted: str,
    elapsed: tuple[str, str, str],
    business: tuple[str, str, str],
    told: Sequence[tuple[str, int]],
) -> list[Definition]:
    """Mean and percentiles of a duration, in elapsed time and in the queue's opening hours.

    elapsed, business: the formula, and by which names the durations and how many there are were booked.
    """
    found: list[Definition] = []
    for name, (formula, durations, count) in (("elapsed", elapsed), ("business", business)):
        figures = [("average", f"{formula}; mean", _mean([durations], count))]
        figures += [
            (
                of,
                f"{formula}; what {percent} % do not exceed, to half a percent of itself",
                _percentile(durations, percent),
            )
            for of, percent in told
        ]
        found += [
            Definition(kpi=f"{of}_{what}", name=name, unit="seconds", formula=words, counted=counted, of=calculated)
            for of, words, calculated in figures
        ]
    return found


def _resolution_times() -> list[Definition]:
    return _clocked(
        "resolution_time",
        "resolution",
        ("last resolved - opened, without the time in pending states", "resolution", "resolved"),
        (
            "the same in business time, of tickets with a target for it",
            "resolution_business",
            "resolved_business",
        ),
        _PERCENTILES[:1],
    )


def _first_response_times() -> list[Definition]:
    of = "of tickets with a target for it"
    return [
        Definition(
            kpi="first_responses",
            unit="count",
            formula=f"first answers to customers, {of}",
            counted="the answer",
            of=_count("first_responses"),
        ),
        *_clocked(
            "first_response_time",
            "the answer",
            (f"first answer - first asked, {of}", "response", "first_responses"),
            (f"the same in business time, {of}", "response_business", "first_responses"),
            _PERCENTILES,
        ),
    ]


DEFINITIONS: tuple[Definition, ...] = (
    *_counts(),
    Definition(
        kpi="abandon_rate",
        unit="share",
        formula="abandoned ÷ (answered + abandoned)",
        counted=_LEAVING,
        of=_share("abandoned", "answered", "abandoned"),
    ),
    *_service_levels(),
    *_speed_of_answer(),
    *_handle_times(),
    *_tickets(),
    *_resolution_times(),
    *_first_response_times(),
)
"""Of every KPI that is told of an interval, its definitions, the one that is told unless told otherwise first."""

ALTERNATIVES: dict[str, tuple[Definition, ...]] = {
    definition.kpi: tuple(other for other in DEFINITIONS if other.kpi == definition.kpi) for definition in DEFINITIONS
}
NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(one.name for several in ALTERNATIVES.values() if len(several) > 1 for one in several)
)
"""What may be asked for."""


class UnknownDefinition(ValueError):
    """No KPI has a definition of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no definition; there are {', '.join(NAMES)}.")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which definitions are told: the first of each KPI, unless `asked` names another; if it names several, the first
    of those, and the others beside it.
    """

    told: tuple[Definition, ...]
    beside: tuple[Definition, ...]

    @property
    def service_level(self) -> ServiceLevel:
        """The name of its definition."""
        return cast("ServiceLevel", next(one.name for one in self.told if one.kpi == "service_level"))

    @property
    def is_split(self) -> bool:
        """Whether any of them speaks of each second by itself."""
        return any(one.name == "split" for one in self.chosen)

    @property
    def chosen(self) -> tuple[Definition, ...]:
        """Those of KPIs that have several, in the order they are told."""
        return tuple(one for one in self.told if len(ALTERNATIVES[one.kpi]) > 1) + self.beside

    @classmethod
    def of(cls, asked: Sequence[str] = ()) -> "Choice":
        """The choice; UnknownDefinition."""
        for name in asked:
            if name not in NAMES:
                raise UnknownDefinition(name)
        told: list[Definition] = []
        beside: list[Definition] = []
        for several in ALTERNATIVES.values():
            wanted = [one for name in dict.fromkeys(asked) for one in several if one.name == name] or [several[0]]
            told.append(wanted[0])
            beside += wanted[1:] and wanted
        return cls(tuple(told), tuple(beside))

    def measure(self, figures: Figures) -> dict[str, float | None]:
        """Each KPI by its name."""
        return {definition.kpi: definition.of(figures) for definition in self.told}

    def compare(self, figures: Figures) -> dict[str, dict[str, float | None]]:
        """Where several definitions were asked for: the figure by each, by KPI."""
        found: dict[str, dict[str, float | None]] = {}
        for definition in self.beside:
            found.setdefault(definition.kpi, {})[definition.name] = definition.of(figures)
        return found
