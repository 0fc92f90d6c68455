"""When a figure deviates: levels, hysteresis, how long it must last, and what is not known."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.metrics.domain.alerting import (
    MOST_BEHIND,
    Reading,
    RuleState,
    Sight,
    evaluate,
    reading_of,
    withdraw,
)
from services.metrics.domain.rules import QueueRule
from tests.unit.metrics.nothing import NOTHING
from tests.unit.metrics.rules_given import NOON, history, reading, rule


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ((0.9, 0.8), ("ok", "ok")),  # at least 0.8 is reached by 0.8
        ((0.79, 0.82, 0.849), ("warning", "warning", "warning")),  # better, but not by the hysteresis
        ((0.79, 0.85), ("warning", "ok")),  # by it exactly
        ((0.5, 0.62, 0.65, 0.79, 0.85), ("critical", "critical", "warning", "warning", "ok")),
        ((0.5, 0.9), ("critical", "ok")),
        ((0.5, 0.7, 0.5), ("critical", "warning", "critical")),
    ],
)
def test_a_level_is_over_when_the_figure_is_better_by_the_hysteresis(
    values: tuple[float, ...], levels: tuple[str, ...]
) -> None:
    assert history(rule(), *(reading(n, value) for n, value in enumerate(values)))[0] == list(levels)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ((30, 31, 28, 25, 30), ("ok", "warning", "warning", "ok", "ok")),
        ((61, 58, 55, 20), ("critical", "critical", "warning", "ok")),
    ],
)
def test_at_most_is_the_same_the_other_way_round(values: tuple[float, ...], levels: tuple[str, ...]) -> None:
    given = rule(kpi="average_speed_of_answer", aim="at_most", warning=30, critical=60, hysteresis=5)
    assert history(given, *(reading(n, value) for n, value in enumerate(values)))[0] == list(levels)


def test_an_alert_begins_worsens_eases_and_ends_under_one_id() -> None:
    _, deviations = history(rule(), *(reading(n, value) for n, value in enumerate((0.9, 0.7, 0.5, 0.7, 0.9, 0.7))))
    assert [(one.change, one.before, one.after, one.number, one.alert) for one in deviations] == [
        ("began", "ok", "warning", 1, "alert-1"),
        ("worsened", "warning", "critical", 2, "alert-1"),
        ("eased", "critical", "warning", 3, "alert-1"),
        ("ended", "warning", "ok", 4, "alert-1"),
        ("began", "ok", "warning", 1, "alert-5"),
    ]
    assert (deviations[1].value, deviations[1].volume, deviations[1].at) == (0.5, 100, NOON + timedelta(seconds=2))
    assert deviations[1].rule == rule()


def test_a_level_that_must_last_is_entered_when_it_has_lasted_without_a_break() -> None:
    given = rule(for_s=10)
    readings = [reading(0, 0.7), reading(9, 0.7), reading(10, 0.7)]
    assert history(given, *readings)[0] == ["ok", "ok", "warning"]
    assert history(given, reading(0, 0.7), reading(5, 0.8), reading(10, 0.7), reading(19, 0.7))[0][-1] == "ok"
    assert history(given, reading(0, 0.7), reading(5, None), reading(10, 0.7), reading(19, 0.7))[0][-1] == "ok"


def test_what_gets_worse_must_last_again() -> None:
    given = rule(for_s=10)
    levels, _ = history(given, reading(0, 0.7), reading(10, 0.5), reading(19, 0.5), reading(20, 0.5))
    assert levels == ["ok", "warning", "warning", "critical"]


@pytest.mark.parametrize("unknown", [reading(1, None), reading(1, 0.9, volume=9), reading(1, 0.1, volume=9)])
def test_what_is_not_known_changes_nothing(unknown: Reading) -> None:
    assert history(rule(), reading(0, 0.7), unknown)[0] == ["warning", "warning"]
    assert history(rule(), unknown) == (["ok"], [])


def test_a_minimum_volume_of_none_is_reached_by_nothing() -> None:
    assert history(rule(kpi="waiting", minimum_volume=0), reading(0, 0.0, volume=0))[0] == ["critical"]


def test_a_rule_with_one_level_has_one() -> None:
    assert history(rule(warning=None), reading(0, 0.7), reading(1, 0.5), reading(2, 0.65))[0] == [
        "ok",
        "critical",
        "ok",
    ]
    assert history(rule(critical=None), reading(0, 0.1))[0] == ["warning"]


def test_a_rule_whose_level_is_taken_away_eases_its_alert() -> None:
    state, _ = evaluate(QueueRule(queue="sales", rule=rule()), RuleState(), reading(0, 0.5), "alert-1")
    after, deviation = evaluate(QueueRule(queue="sales", rule=rule(critical=None)), state, reading(1, 0.5), "other")
    assert (after.level, deviation and deviation.change, deviation and deviation.alert) == (
        "warning",
        "eased",
        "alert-1",
    )


def test_an_alert_ends_with_its_rule() -> None:
    watched = QueueRule(queue="sales", rule=rule())
    assert withdraw(watched, RuleState(), NOON) is None
    state, _ = evaluate(watched, RuleState(), reading(0, 0.5), "alert-1")
    ended = withdraw(watched, state, NOON)
    assert ended is not None
    assert (ended.change, ended.cause, ended.number, ended.value, ended.volume) == ("ended", "rule", 2, None, None)


def of_sales(**given: Any) -> QueueRule:  # noqa: ANN401 (fields of a rule)
    return QueueRule(queue="sales", rule=rule(**given))


def test_where_nothing_happened_counts_are_0_and_nobody_waits_but_shares_are_not_known() -> None:
    for kpis in ({}, {"sales": NOTHING}):
        sight = Sight(kpis=kpis, complete_until=NOON)
        assert reading_of(of_sales(kpi="waiting"), sight, NOON).value == 0
        assert reading_of(of_sales(kpi="oldest_wait"), sight, NOON).value == 0
        assert reading_of(of_sales(), sight, NOON) == Reading(at=NOON, value=None, volume=0)


def test_nothing_is_known_while_figures_are_behind() -> None:
    waits = of_sales(kpi="waiting", aim="at_most", warning=5, critical=9, hysteresis=0, minimum_volume=0)

    def told(complete_until: datetime | None) -> float | None:
        return reading_of(waits, Sight(kpis={"sales": NOTHING}, complete_until=complete_until), NOON).known(waits.rule)

    assert told(NOON - MOST_BEHIND) == 0
    assert told(NOON - MOST_BEHIND - timedelta(milliseconds=1)) is None
    assert told(None) is None
