"""Which rules follow from targets, and which make no sense."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.metrics.domain.rules import KPI_NAMES, QueueRule, rules_of
from services.metrics.targets_bodies import TargetsWanted
from shared.contracts.targets import QueueTargets, TargetRule
from tests.unit.metrics.rules_given import rule

_ADAPTER = TypeAdapter(TargetsWanted)
_ABANDON = {"kpi": "abandon_rate", "aim": "at_most", "warning": 0.05}


def test_the_targets_of_a_queue_are_warnings_when_they_are_missed() -> None:
    targets = QueueTargets(service_level=0.8, threshold_s=20, abandon_rate=0.05, average_speed_of_answer=15)
    assert [one.rule for one in rules_of({"sales": targets}).values()] == [
        TargetRule(kpi="service_level", aim="at_least", warning=0.8),
        TargetRule(kpi="abandon_rate", aim="at_most", warning=0.05),
        TargetRule(kpi="average_speed_of_answer", aim="at_most", warning=15),
    ]


def test_a_rule_of_its_own_takes_the_place_of_a_target_and_may_be_switched_off() -> None:
    own = rule(window="1m", critical=0.5)
    assert [one.rule for one in rules_of({"sales": QueueTargets(service_level=0.8, rules=(own,))}).values()] == [own]
    assert rules_of({"sales": QueueTargets(service_level=0.8, rules=(rule(enabled=False),))}) == {}


def test_a_rule_keeps_its_key_and_changes_its_version_with_its_levels() -> None:
    one, other = QueueRule(queue="sales", rule=rule()), QueueRule(queue="sales", rule=rule(critical=0.5))
    assert one.key == other.key
    assert one.version != other.version
    assert one.version == QueueRule(queue="billing", rule=rule()).version


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"kpi": "speed"}, f"no KPI is called 'speed'; there are {', '.join(KPI_NAMES)}"),
        ({"kpi": "agents"}, "no KPI is called 'agents'"),
        ({"volume": "service_level"}, "volume 'service_level' is not a count; there are offered, "),
        ({"warning": None}, "neither warning nor critical is given"),
        ({"critical": 0.04}, "with at_most it is above it"),
        ({"critical": 0.05}, "critical is not worse than warning"),
        ({"aim": "at_least", "critical": 0.06}, "with at_least it is below it"),
        ({"hysteresis": -0.01}, "so it is not below 0"),
        ({"hysteresis": float("inf")}, "finite"),
        ({"warning": float("nan")}, "finite"),
        ({"warning": 5}, "write 80 % as 0.8"),
        ({"window": "2m"}, "'15m', '30m' or '1h'"),
        ({"definition": "lenient"}, "'lenient' is no definition; there are strict, answered"),
        ({"aim": "up"}, "'at_least' or 'at_most'"),
        ({"aim": None}, "'at_least' or 'at_most'"),
        ({"for_s": -1}, "greater than or equal to 0"),
        ({"minimum_volume": -1}, "greater than or equal to 0"),
        ({"level": 1}, "Unexpected keyword argument"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_what_to_do(rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _ADAPTER.validate_python({"service_level": 0.8, "rules": [_ABANDON | rule]})
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        ({}, "give one of them"),
        ({"threshold_s": 20}, "give one of them"),
        ({"abandon_rate": 0.1}, "service_level is missing"),
        ({"rules": [_ABANDON, _ABANDON | {"warning": 0.1}]}, "two rules are about abandon_rate in 15m (strict)"),
    ],
)
def test_targets_that_make_no_sense_are_refused_with_what_to_do(targets: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _ADAPTER.validate_python(targets)
    assert reason in str(refused.value)


def test_a_target_may_be_rules_alone() -> None:
    wanted = _ADAPTER.validate_python({"rules": [_ABANDON]})
    assert wanted.targets() == QueueTargets(rules=(TargetRule(kpi="abandon_rate", aim="at_most", warning=0.05),))
