"""Percentiles of durations that can be added up over time and dimensions: a DDSketch (Masson, Rim and Lee, VLDB 2019).

Bin i holds the durations in (g^(i-1), g^i] microseconds, g = (1 + a) ÷ (1 - a). A percentile is told as
2g^i ÷ (g + 1), the value whose relative distance to both ends of the bin is a at most. What is below a millisecond
stands in bin 0 and is told as 0. Bins are counts, so they add up exactly, in any order.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil, log

ALPHA = 0.005
"""The relative error of a percentile is at most this."""

_GAMMA = (1 + ALPHA) / (1 - ALPHA)
_LOG = log(_GAMMA)
_LEAST = 1_000

Bins = dict[int, int]
"""How many durations each bin holds."""


@lru_cache(maxsize=100_000)
def bin_of(duration: int) -> int:
    """The bin of a duration in microseconds."""
    return 0 if duration < _LEAST else ceil(log(duration) / _LOG)


def percentile(bins: Mapping[int, int], percent: int) -> float | None:
    """The duration, in microseconds, that `percent` of all do not exceed (nearest rank); None of nothing."""
    wanted = percent * sum(bins.values())
    seen = 0
    for number in sorted(bins):
        seen += bins[number]
        if seen * 100 >= wanted and seen:
            return 0.0 if number == 0 else 2 * _GAMMA**number / (_GAMMA + 1)
    return None
