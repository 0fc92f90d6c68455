"""Erlang's formulas against published figures, and against a small simulation of what they describe."""

from heapq import heapify, heapreplace
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.erlang import (
    answered_within,
    mean_wait,
    stages_quantile,
    wait_quantile,
    waiting_probability,
)


@pytest.mark.parametrize(
    ("servers", "load", "waiting"),
    [(1, 0.5, 0.5), (2, 1.0, 1 / 3), (10, 8.0, 0.4092), (14, 10.0, 0.1741), (55, 48.0, 0.239), (3, 0.0, 0.0)],
)
def test_the_probability_of_waiting_is_that_of_the_tables(servers: int, load: float, waiting: float) -> None:
    """Two with closed forms; ten places and eight Erlang of common tables; the worked examples of Call Centre Helper
    (200 calls of three minutes an hour) and of Mitan (360 calls of four minutes in half an hour, 55 agents).
    """
    assert waiting_probability(servers, load) == pytest.approx(waiting, abs=0.001)


def test_service_level_and_mean_wait_are_those_of_the_worked_example() -> None:
    assert answered_within(14, 10.0, 180.0, 20.0) == pytest.approx(0.888, abs=0.001)
    assert mean_wait(14, 10.0, 180.0) == pytest.approx(7.8, abs=0.05)


def test_what_cannot_be_done_waits_without_bound() -> None:
    assert waiting_probability(3, 3.0) == 1.0
    assert (mean_wait(3, 3.5, 60.0), wait_quantile(3, 3.5, 60.0, 0.9)) == (inf, inf)
    assert answered_within(3, 3.5, 60.0, 20.0) == 0.0


@given(st.integers(1, 50), st.floats(0.01, 0.99), st.floats(0.5, 0.99))
def test_a_quantile_is_where_that_share_is_answered(servers: int, busy: float, share: float) -> None:
    load = servers * busy
    wait = wait_quantile(servers, load, 100.0, share)
    within = answered_within(servers, load, 100.0, wait)
    assert within == pytest.approx(share) if wait else within >= share


def test_stages_have_the_quantiles_of_the_chi_squared_tables() -> None:
    """A sum of k stages of mean 1 is half of chi-squared with 2 k degrees of freedom."""
    for stages, half, nine_of_ten in (
        (1, 1.386, 4.605),
        (5, 9.342, 15.987),
        (10, 19.337, 28.412),
        (50, 99.334, 118.498),
    ):
        assert stages_quantile(stages, 0.5) == pytest.approx(half / 2, abs=0.001)
        assert stages_quantile(stages, 0.9) == pytest.approx(nine_of_ten / 2, abs=0.001)


def test_the_approximation_goes_on_where_the_sum_ends() -> None:
    for share in (0.5, 0.9):
        step = stages_quantile(101, share) - stages_quantile(100, share)
        assert step == pytest.approx(stages_quantile(100, share) - stages_quantile(99, share), rel=0.01)


@given(st.integers(1, 12), st.integers(0, 15), st.integers(0, 10_000))
def test_the_wait_behind_others_is_what_a_simulation_finds(places: int, ahead: int, seed: int) -> None:
    random = Random(seed)
    waits = sorted(_simulated(random, places, ahead) for _ in range(1_500))
    for share in (0.5, 0.9):
        expected = stages_quantile(ahead + 1, share) / places
        found = sum(wait <= expected for wait in waits) / len(waits)
        assert found == pytest.approx(share, abs=0.08)


def test_the_share_that_waits_is_what_a_simulation_finds() -> None:
    random, places, handling = Random(1), 4, 1.0
    free = [0.0] * places
    now, waits = 0.0, []
    for _ in range(60_000):
        now += random.expovariate(3.0)
        begins = max(now, free[0])
        heapreplace(free, begins + random.expovariate(1 / handling))
        waits.append(begins - now)
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(waiting_probability(places, 3.0), abs=0.03)
    assert sum(waits) / len(waits) == pytest.approx(mean_wait(places, 3.0, handling), rel=0.15)


def _simulated(random: Random, places: int, ahead: int) -> float:
    """When a place is free for the contact behind `ahead` others, all places being taken, with a mean of 1."""
    free = [random.expovariate(1.0) for _ in range(places)]
    heapify(free)
    for _ in range(ahead):
        heapreplace(free, free[0] + random.expovariate(1.0))
    return free[0]
