"""Names, units, help and labels of metrics: the hub's own keep the rules, and each rule finds what breaks it."""

import pytest

from tests.metric_names import MOST_SERIES, declared, every_metric, families, faults, series

HELP = "# HELP {name} Time that a request took\n# TYPE {name} gauge\n"


def test_every_declared_metric_keeps_the_rules() -> None:
    described = [family for metric in every_metric() for family in metric.describe()]
    assert {family.name for family in described} == set(declared())
    assert list(faults(described)) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hub_unheard_of 1", "is not in shared/metrics.py"),
        ('hub_agents{status="busy",agent="ann"} 1', "has other labels than it is declared with"),
        ('hub_agents{agent="ann"} 1', "has labels that are not listed: ['agent']"),
        ("hub_Agents 1", "is not written in small letters and underscores"),
        ("hub_agents_gauge 1", "names its type, which Prometheus adds where it belongs"),
        ("hub_request_ms 1", "is not in a base unit (seconds, bytes, ratio)"),
        ("hub_seconds_waited 1", "has its unit elsewhere than at the end"),
        ('hub_agents{status="ann@x.org"} 1', "tells an address or an id in status"),
        ('hub_agents{status="+4915112345678"} 1', "tells an address or an id in status"),
        ('hub_agents{status="phone:4915112345678"} 1', "tells an address or an id in status"),
        ('hub_agents{status="0b7c9a52-1d5e-5c0b"} 1', "tells an address or an id in status"),
    ],
)
def test_what_breaks_a_rule_is_found(line: str, fault: str) -> None:
    name = line.partition(" ")[0].partition("{")[0]
    assert f"{name}: {fault}" in faults(families(HELP.format(name=name) + line + "\n"))


def test_a_consumer_groups_name_is_no_address() -> None:
    told = 'hub_consumer_lag{topic="t1234567890.tickets.v1",group="t1234567890.profile.timeline@2"} 0\n'
    text = f"# HELP hub_consumer_lag Records that wait\n# TYPE hub_consumer_lag gauge\n{told}"
    assert list(faults(families(text))) == []


@pytest.mark.parametrize("words", ["", "Short", "Ends with a full stop."])
def test_help_that_helps_nobody_is_found(words: str) -> None:
    text = f"# HELP hub_agents {words}\n# TYPE hub_agents gauge\nhub_agents 1\n"
    assert list(faults(families(text))) == ["hub_agents: has no sentence of help, or one with a full stop"]


def test_a_label_with_ever_new_values_is_found() -> None:
    lines = [f'hub_agents{{status="s{number}"}} 1' for number in range(MOST_SERIES + 1)]
    text = HELP.format(name="hub_agents") + "\n".join(lines) + "\n"
    assert list(faults(families(text))) == [f"hub_agents: has {MOST_SERIES + 1} series"]


def test_a_query_may_name_what_is_told_and_nothing_else() -> None:
    names = series()
    assert names["hub_http_seconds_bucket"] == {"service", "route", "le"}
    assert names["hub_records_taken_total"] == {"topic", "group"}
    assert "hub_records_taken" not in names
    assert "hub_http_seconds" not in names
