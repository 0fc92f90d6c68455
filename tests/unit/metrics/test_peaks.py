"""The longest of a window that moves on: what remembers few tells the same as what remembers all."""

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.peaks import Peak

booked = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=30)


@given(booked=booked, ends=st.lists(st.integers(-1, 13), min_size=1, max_size=6))
def test_the_longest_is_that_of_all_that_came_after(booked: list[tuple[int, int]], ends: list[int]) -> None:
    peak = Peak()
    for second, amount in booked:
        peak.add(second, amount)
    for end in sorted(ends):
        assert peak.longest(end) == max((amount for second, amount in booked if second > end), default=None)


@given(booked=booked, which=st.integers(0, 29))
def test_what_is_taken_back_is_either_told_of_or_changes_nothing(booked: list[tuple[int, int]], which: int) -> None:
    peak = Peak()
    for second, amount in booked:
        peak.add(second, amount)
    if which < len(booked) and peak.tells_without(*booked[which]):
        left = booked[:which] + booked[which + 1 :]
        for end in range(-1, 13):
            assert peak.longest(end) == max((amount for second, amount in left if second > end), default=None)


def test_few_are_remembered_while_it_goes_down_and_one_while_it_goes_up() -> None:
    peak = Peak()
    for second in range(1_000):
        peak.add(second, second)
    assert [peak.longest(second) for second in (0, 500, 998, 999)] == [999, 999, 999, None]
