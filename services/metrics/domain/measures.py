"""What figures come to by a choice of definitions, calculated again only once they are others."""

from collections.abc import Mapping
from typing import Any

from services.metrics.domain.dimensions import Key
from services.metrics.domain.figures import Figures, summed
from services.metrics.domain.kpis import Choice

Measured = Mapping[str, Any]
"""The figure by KPI."""


class Measures:
    """Of figures that are kept and go on: those of a window, by one choice."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self._known: dict[Key, tuple[Figures, int, Measured]] = {}

    def of(self, key: Key, figures: Figures, lasting: Figures | None) -> Measured:
        """The KPIs of the figures, and of what lasted beside them."""
        if lasting is not None and self.choice.is_split:
            return self.choice.measure(summed((figures, lasting)))
        known = self._known.get(key)
        if known is None or known[0] is not figures or known[1] != figures.revision:
            known = self._known[key] = figures, figures.revision, self.choice.measure(figures)
        return known[2] if lasting is None else {**known[2], **self.choice.measure_agents(lasting)}
