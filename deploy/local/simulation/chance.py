"""Chance from a seed: every part of the simulation draws from a stream of its own.

So what one agent does never changes who calls next, however the threads of the hub interleave.
"""

import random
from math import exp, log

Chance = random.Random


def chance_for(seed: int, *names: object) -> Chance:
    """The stream of that name: the same for the same seed and name, on every machine."""
    return random.Random("/".join(map(str, (seed, *names))))  # noqa: S311 (repeatable on purpose; guards nothing)


def happens(chance: Chance, share: float) -> bool:
    """True in that share of cases."""
    return chance.random() < share


def around(chance: Chance, median: float, spread: float) -> float:
    """A log-normal duration in seconds, as handle times are. spread: the standard deviation of its logarithm."""
    return chance.lognormvariate(log(median), spread)


def mean_around(median: float, spread: float) -> float:
    """The mean of `around` with the same arguments."""
    return median * exp(spread**2 / 2)
