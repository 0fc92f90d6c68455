"""Tickets that are not resolved, and how old they are."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import get_args

from services.metrics.domain.windows import MICROSECONDS
from shared.contracts.kpis import BacklogAge

AGES: tuple[BacklogAge, ...] = get_args(BacklogAge)
_HOUR = 3_600 * MICROSECONDS
_FROM = (0, _HOUR, 4 * _HOUR, 24 * _HOUR, 72 * _HOUR, 168 * _HOUR)
"""From which age on each of AGES is."""


class Backlog:
    """When each of them was opened, in order, in microseconds since 1970."""

    __slots__ = ("_opened",)

    def __init__(self, opened: Sequence[int] = ()) -> None:
        self._opened = sorted(opened)

    def __len__(self) -> int:
        return len(self._opened)

    def add(self, opened: int) -> None:
        """One more is not resolved."""
        insort(self._opened, opened)

    def remove(self, opened: int) -> None:
        """One less is."""
        del self._opened[bisect_left(self._opened, opened)]

    def by_age(self, now: int) -> dict[BacklogAge, int]:
        """How many are of which age; one that is opened ahead of the clock is the youngest."""
        later = [len(self._opened), *(bisect_left(self._opened, now - age + 1) for age in _FROM[1:]), 0]
        return {age: more - less for age, (more, less) in zip(AGES, pairwise(later), strict=True)}
