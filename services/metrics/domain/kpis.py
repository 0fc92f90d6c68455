"""The KPIs as data: what each is called, how it is defined, and which definition of it is told.

A KPI may have several definitions; the first one is told unless another is asked for. docs/kpis.md shows them to users.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from services.metrics.domain.agent_kpis import AGENT_KPIS
from services.metrics.domain.contact_kpis import CONTACT_KPIS
from services.metrics.domain.definition import Definition
from services.metrics.domain.figures import Figures
from services.metrics.domain.interaction_kpis import INTERACTION_KPIS
from services.metrics.domain.returns import provisional
from services.metrics.domain.ticket_kpis import TICKET_KPIS
from shared.contracts.kpis import ServiceLevel

DEFINITIONS: tuple[Definition, ...] = (*CONTACT_KPIS, *TICKET_KPIS, *INTERACTION_KPIS, *AGENT_KPIS)
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


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Which definitions are told: the first of each KPI, unless `asked` names another; if it names several, the first
    of those, and the others beside it. of_agents: what of it speaks of agents' time. returns_within: within how
    long a customer comes back. is_split: whether any of it speaks of each second by itself. The same names are the same
    choice.
    """

    told: tuple[Definition, ...]
    beside: tuple[Definition, ...]
    of_agents: tuple[Definition, ...]
    returns_within: str
    is_split: bool

    @property
    def service_level(self) -> ServiceLevel:
        """The name of its definition."""
        return cast("ServiceLevel", next(one.name for one in self.told if one.kpi == "service_level"))

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
        return _choice(tuple(dict.fromkeys(asked)))

    def measure(self, figures: Figures) -> dict[str, float | None]:
        """Each KPI by its name."""
        return {definition.kpi: definition.of(figures) for definition in self.told}

    def measure_agents(self, figures: Figures) -> dict[str, float | None]:
        """The KPIs of agents alone."""
        return {definition.kpi: definition.of(figures) for definition in self.of_agents}

    def provisional(self, parts: Iterable[tuple[int, Figures]], now: int) -> dict[str, int] | None:
        """How many of what counts as good may yet turn out otherwise, by KPI. parts: see `returns.provisional`."""
        count = provisional(self.returns_within, parts, now)
        return {"first_contact_resolution": count} if count else None

    def compare(self, figures: Figures) -> dict[str, dict[str, float | None]]:
        """Where several definitions were asked for: the figure by each, by KPI."""
        found: dict[str, dict[str, float | None]] = {}
        for definition in self.beside:
            found.setdefault(definition.kpi, {})[definition.name] = definition.of(figures)
        return found


@lru_cache(maxsize=1_000)
def _choice(asked: tuple[str, ...]) -> Choice:
    told: list[Definition] = []
    beside: list[Definition] = []
    for several in ALTERNATIVES.values():
        wanted = [one for name in asked for one in several if one.name == name] or [several[0]]
        told.append(wanted[0])
        beside += wanted[1:] and wanted
    return Choice(
        told=tuple(told),
        beside=tuple(beside),
        of_agents=tuple(one for one in told if one in AGENT_KPIS),
        is_split="split" in {one.name for one in (*told, *beside)},
        returns_within=next(one.name for one in told if one.kpi == "first_contact_resolution"),
    )
