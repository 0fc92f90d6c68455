"""A row of the speed table: what the hub does, beside what the same machine does without it in the same run."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """name: what is measured. value and baseline are in `unit`; ratio is value ÷ baseline.

    goal: the least the ratio should be, or the most where less_is_better. note: what else a reader has to know, such
    as the load of the machine at the time.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    goal: float | None
    note: str = ""
    less_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.ratio is None or self.goal is None:
            return None
        return self.ratio <= self.goal if self.less_is_better else self.ratio >= self.goal

    def __str__(self) -> str:
        against = "" if self.ratio is None else f" = {self.ratio:.2f} × {self.baseline:,.0f}"
        goal = "" if self.goal is None else f" (goal {self.goal})"
        return f"{self.name}: {self.value:,.0f} {self.unit}{against}{goal} {self.note}".rstrip()


def machine_load() -> str:
    """How busy the machine is besides: a figure is only as good as the quiet it was taken in."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
