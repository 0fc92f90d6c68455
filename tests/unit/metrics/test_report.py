"""What a report says of figures: standards, deviations and changes."""

from services.metrics.domain.kpis import Choice
from services.metrics.domain.report import Judged, change, differing, judged, standards
from shared.contracts.targets import QueueTargets, TargetRule
from tests.unit.metrics.given import abandoned, accepted, figures, queued

TARGET = QueueTargets(service_level=0.5, abandon_rate=0.3, average_speed_of_answer=20)
"""Of what is given below: service level `strict` 1/3 and `answered` 1/2, abandon rate 1/3, speed of answer 20 s."""

SUMS = figures(*(queued(name, 0) for name in "abc"), accepted("a", 10), accepted("b", 30), abandoned("c", 12))


def told(targets: QueueTargets, *definitions: str) -> dict[tuple[str, str], Judged]:
    return {(one.kpi, one.source): judged(one, SUMS) for one in standards(targets, Choice.of(definitions))}


def test_a_target_is_held_against_the_figure_by_the_definition_that_is_told_first() -> None:
    strict, answered = told(TARGET), told(TARGET, "answered", "strict")
    level = strict["service_level", "target"]
    assert (level.value, level.deviation, level.is_met) == (1 / 3, 1 / 3 - 0.5, False)
    assert answered["service_level", "target"].is_met is True
    assert answered["service_level", "target"].standard.definition == "answered"
    assert (strict["abandon_rate", "target"].is_met, strict["abandon_rate", "target"].standard.definition) == (
        False,
        None,
    )
    speed = strict["average_speed_of_answer", "target"]
    assert (speed.value, speed.deviation, speed.is_met) == (20, 0, True)


def test_both_levels_of_a_rule_are_standards_by_the_rules_own_definition() -> None:
    rule = TargetRule(
        kpi="service_level", aim="at_least", warning=0.6, critical=0.5, definition="answered", minimum_volume=3
    )
    found = told(QueueTargets(rules=(rule,)))
    assert {source: one.is_met for (_, source), one in found.items()} == {"warning": False, "critical": True}


def test_nothing_is_concluded_from_too_little_nor_from_what_is_of_now_nor_from_a_rule_that_is_off() -> None:
    few = TargetRule(kpi="abandon_rate", aim="at_most", warning=0.1, minimum_volume=4)
    now = TargetRule(kpi="oldest_wait", aim="at_most", critical=300, minimum_volume=0)
    off = TargetRule(kpi="abandon_rate", aim="at_most", critical=0.1, enabled=False)
    found = told(QueueTargets(rules=(few, now, off)))
    assert found.keys() == {("abandon_rate", "warning"), ("oldest_wait", "critical")}
    assert (found["abandon_rate", "warning"].value, found["abandon_rate", "warning"].is_met) == (1 / 3, None)
    assert (found["oldest_wait", "critical"].value, found["oldest_wait", "critical"].is_met) == (None, None)


def test_a_change_needs_both_figures() -> None:
    assert change({"a": 3, "b": None, "c": 2.0}, {"a": 5, "b": 1.0, "c": None}) == {"a": -2, "b": None, "c": None}


def test_what_differs_is_told_with_both_values() -> None:
    assert differing({"a": 1, "b": None}, {"a": 1, "b": 0.5, "c": 2}) == {"b": (None, 0.5), "c": (None, 2)}
