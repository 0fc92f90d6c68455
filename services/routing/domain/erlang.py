"""Waiting times of a queue with several servers, by Erlang (the M/M/N queue, "Erlang C").

Contacts come at random (Poisson) and their handling times are taken for exponential, with the same mean for all N
places. Then, with `load` = arrivals a second × mean handling time, in Erlang:

    B(0) = 1,  B(n) = load B(n-1) / (n + load B(n-1))             all of n places are taken (Erlang B)
    C = N B(N) / (N - load (1 - B(N)))                            a contact has to wait (Erlang C)
    P(W > t) = C exp(-(N - load) t / mean)                        and waits longer than t

While all places are taken, one becomes free every mean/N on average, whatever happened before. So the wait of a contact
with k others before it is the sum of k + 1 such times, which is Erlang distributed with k + 1 stages.

Source: R. B. Cooper, Introduction to Queueing Theory, 2nd edition, 1981, chapter 3.
"""

from math import exp, inf, log
from statistics import NormalDist

_EXACT_UP_TO = 100
_HALVINGS = 60


def waiting_probability(servers: int, load: float) -> float:
    """Erlang C: how likely a contact has to wait. 1 where the places cannot keep up."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def mean_wait(servers: int, load: float, handling: float) -> float:
    """The mean wait of all contacts, those that need not wait too. handling: its mean; the answer has its unit."""
    if load >= servers:
        return inf
    return waiting_probability(servers, load) * handling / (servers - load)


def answered_within(servers: int, load: float, handling: float, wait: float) -> float:
    """The share of contacts that wait no longer than `wait`."""
    if load >= servers:
        return 0.0
    return 1 - waiting_probability(servers, load) * exp(-(servers - load) * wait / handling)


def wait_quantile(servers: int, load: float, handling: float, share: float) -> float:
    """The wait that this share of contacts does not exceed."""
    if load >= servers:
        return inf
    waiting = waiting_probability(servers, load)
    return max(0.0, log(waiting / (1 - share)) * handling / (servers - load)) if waiting else 0.0


def stages_quantile(stages: int, share: float) -> float:
    """The time that the sum of so many stages, each of mean 1, does not exceed with probability `share`.

    Exact for up to 100 stages, beyond that by Wilson and Hilferty (1931), who are within a tenth of a percent there.
    """
    if stages > _EXACT_UP_TO:
        ninth = 1 / (9 * stages)
        return float(stages * (1 - ninth + NormalDist().inv_cdf(share) * ninth**0.5) ** 3)
    low, high = 0.0, 10.0 * stages
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _done_by(stages, middle) < share:
            low = middle
        else:
            high = middle
    return high


def _done_by(stages: int, time: float) -> float:
    """The probability that so many stages are over by then: 1 - Σ exp(-t) tⁱ/i! for i below `stages`."""
    term = total = exp(-time)
    for number in range(1, stages):
        term *= time / number
        total += term
    return 1 - total
