"""Sums of what happened: additive, so that any interval's figures are the sum of its seconds' figures.

Every fact is booked in the second it belongs to by its own time, however late it becomes known.
"""

from dataclasses import dataclass, field
from typing import assert_never

from services.metrics.domain.contacts import Abandoned, Answered, Entered, Fact, Handled, LeftInTime, Stray
from services.metrics.domain.windows import second_of


@dataclass(slots=True, kw_only=True)
class Figures:
    """Sums over contacts. Durations are in microseconds; waits: each answered contact's wait, in no order.

    left_in_time is counted in the second of entering, everything else in the second in which it happened.
    """

    offered: int = 0
    left_in_time: int = 0
    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    handled: int = 0
    talk: int = 0
    hold: int = 0
    wrapup: int = 0
    waits: list[int] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        """Adds another interval's figures to these."""
        for name in COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.waits += other.waits


COUNTERS: tuple[str, ...] = tuple(name for name in Figures.__slots__ if name != "waits")
"""The fields of Figures that are plain sums."""

Cell = tuple[int, str, str]
"""Where a fact counts: its second, queue and channel."""

Cells = dict[Cell, Figures]


def book(cells: Cells, fact: Fact) -> int:
    """Adds a fact to the cell it belongs to; a Stray counts nowhere. Answers the number of strays, 0 or 1."""
    if isinstance(fact, Stray):
        return 1
    cell = (second_of(fact.at), fact.queue, fact.channel)
    figures = cells.get(cell)
    if figures is None:
        figures = cells[cell] = Figures()
    match fact:
        case Entered():
            figures.offered += 1
        case LeftInTime():
            figures.left_in_time += 1
        case Answered():
            figures.answered += 1
            figures.answered_in_time += fact.in_time
            figures.waits.append(fact.wait)
        case Abandoned():
            figures.abandoned += 1
            figures.abandoned_short += fact.short
        case Handled():
            figures.handled += 1
            figures.talk += fact.talk
            figures.hold += fact.hold
            figures.wrapup += fact.wrapup
        case _:
            assert_never(fact)
    return 0
