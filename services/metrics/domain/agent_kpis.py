"""The KPIs of agents: time in each status, and occupancy. Each second counts in the interval that it lies in.

Source: the Amazon Connect administrator guide (occupancy: agent on contact by wall clock ÷ (agent on contact by wall
clock + agent idle time)).
"""

from services.metrics.domain.agents import STATUSES
from services.metrics.domain.definition import Calculation, Definition, seconds_of, share_of
from services.metrics.domain.figures import Figures

_COUNTED = "each second in its own interval"
_SIGNED_IN = tuple(f"{status}_split" for status in STATUSES)


def _time(*names: str) -> Calculation:
    """Seconds in these statuses; None where nobody was signed in."""
    signed_in, wanted = seconds_of(*_SIGNED_IN), seconds_of(*names)

    def time(figures: Figures) -> float | None:
        return wanted(figures) if signed_in(figures) else None

    return time


AGENT_KPIS: tuple[Definition, ...] = (
    Definition(
        kpi="signed_in_time",
        unit="seconds",
        formula="time for which agents were signed in, in whatever status",
        counted=_COUNTED,
        of=_time(*_SIGNED_IN),
    ),
    *(
        Definition(
            kpi=f"{status}_time",
            unit="seconds",
            formula=f"time that agents spent in the status {status}",
            counted=_COUNTED,
            of=_time(f"{status}_split"),
        )
        for status in STATUSES
    ),
    Definition(
        kpi="occupancy",
        name="wall-clock",
        unit="share",
        formula="time with at least one contact ÷ (that + time available without one)",
        counted=_COUNTED,
        of=share_of("occupied_split", "occupied_split", "idle_split"),
    ),
    Definition(
        kpi="occupancy",
        name="weighted",
        unit="share",
        formula="capacity units in use × time ÷ capacity units × (time with a contact + time available without one)",
        counted=_COUNTED,
        of=share_of("in_use_split", "capacity_split"),
    ),
)
