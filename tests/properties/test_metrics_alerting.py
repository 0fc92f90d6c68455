"""Whatever figures do: levels are what a slow look at the whole history says, and nothing flaps."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.alerting import Reading
from shared.contracts.kpi_deviations import AlertLevel
from shared.contracts.targets import Aim, TargetRule
from tests.unit.metrics.rules_given import history, reading

_UNITS = st.integers(0, 12)
"""Values and levels are small whole numbers, so that levels are met and passed again and again."""


@st.composite
def rules(draw: st.DrawFn) -> TargetRule:
    """Any rule that makes sense."""
    aim: Aim = draw(st.sampled_from(get_args(Aim)))
    worse = -1 if aim == "at_least" else 1
    warning = draw(st.integers(4, 8))
    levels: dict[str, Any] = {"warning": warning, "critical": warning + worse * draw(st.integers(1, 4))}
    for name in draw(st.sampled_from(((), ("warning",), ("critical",)))):
        levels[name] = None
    return TargetRule(
        kpi="offered",
        aim=aim,
        **levels,
        hysteresis=draw(st.sampled_from((0, 1, 2, 4))),
        for_s=draw(st.sampled_from((0, 0, 5, 12))),
        minimum_volume=draw(st.sampled_from((0, 10))),
    )


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    """A history of readings, some unknown and some with too little behind them."""
    steps = st.tuples(
        st.integers(1, 9),
        st.one_of(_UNITS, _UNITS, _UNITS, st.none()),
        st.sampled_from((9, 10, 10, 10, 50)),
    )
    found, second = [], 0
    for after, value, volume in draw(st.lists(steps, min_size=10, max_size=40)):
        second += after
        found.append(reading(second, value, volume))
    return found


@given(rules(), readings())
def test_levels_are_what_a_slow_look_at_the_whole_history_says(rule: TargetRule, given_readings: list[Reading]) -> None:
    levels, _ = history(rule, *given_readings)
    assert levels == [_level_at(rule, given_readings[: place + 1]) for place in range(len(given_readings))]


@given(rules(), readings())
def test_between_two_changes_the_figure_has_moved_by_the_hysteresis(
    rule: TargetRule, given_readings: list[Reading]
) -> None:
    _, deviations = history(rule, *given_readings)
    for one, other in pairwise(deviations):
        if (one.after, one.before) == (other.before, other.after):  # there and back
            assert one.value is not None
            assert other.value is not None
            assert abs(one.value - other.value) >= rule.hysteresis
            assert one.value != other.value


@given(rules(), readings())
def test_an_alert_is_one_unbroken_story(rule: TargetRule, given_readings: list[Reading]) -> None:
    levels, deviations = history(rule, *given_readings)
    before: AlertLevel = "ok"
    number, alert = 0, ""
    for one in deviations:
        assert one.before == before != one.after
        assert (one.change == "began") == (before == "ok")
        assert (one.change == "ended") == (one.after == "ok")
        number, alert = (1, one.alert) if before == "ok" else (number + 1, alert)
        assert (one.number, one.alert) == (number, alert)
        assert one.value is not None
        assert one.volume is not None
        assert one.volume >= rule.minimum_volume
        before = one.after
    assert levels[-1:] == ([before] if levels else [])


def _level_at(rule: TargetRule, readings: Sequence[Reading]) -> AlertLevel:
    """The worst level that was entered at some reading and that no known reading since was over."""
    limits: dict[AlertLevel, float | None] = {"critical": rule.critical, "warning": rule.warning}
    for level, limit in limits.items():
        if limit is not None and any(
            _entered(rule, limit, readings[: place + 1]) and not _over_since(rule, limit, readings[place + 1 :])
            for place in range(len(readings))
        ):
            return level
    return "ok"


def _entered(rule: TargetRule, limit: float, readings: Sequence[Reading]) -> bool:
    """Whether the figure was beyond the limit in the last reading and in a run before it that is long enough."""
    run: list[Reading] = []
    for one in reversed(readings):
        if not _is_known(rule, one) or not _is_beyond(rule, limit, one):
            break
        run.append(one)
    return bool(run) and (run[0].at - run[-1].at).total_seconds() >= rule.for_s


def _over_since(rule: TargetRule, limit: float, readings: Sequence[Reading]) -> bool:
    far = rule.hysteresis
    return any(
        _is_known(rule, one)
        and one.value is not None
        and (one.value - limit >= far if rule.aim == "at_least" else limit - one.value >= far)
        for one in readings
    )


def _is_beyond(rule: TargetRule, limit: float, one: Reading) -> bool:
    assert one.value is not None
    return one.value < limit if rule.aim == "at_least" else one.value > limit


def _is_known(rule: TargetRule, one: Reading) -> bool:
    return one.value is not None and one.volume is not None and one.volume >= rule.minimum_volume
