"""Grafana's dashboards and Prometheus' rules: every metric and label that they name is told by the services."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from deploy.local.services import SERVICES
from deploy.reference.flows import ROOT
from tests.metric_names import series
from tests.promql import WrongQuery, labels_of

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
PROMETHEUS = ROOT / "deploy/prometheus"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
_OF_THE_LIBRARY = {
    sample.name: set(sample.labels)
    for family in REGISTRY.collect()
    for sample in family.samples
    if family.name.startswith(("process_", "python_"))
}
EXPOSED = {**series(), **_OF_THE_LIBRARY, "up": set[str]()}
_INTERVAL = re.compile(r"\$__(rate_interval|interval|range)")
_LEGEND_LABEL = re.compile(r"{{\s*([a-z_]+)\s*}}")
_ALERT_LABEL = re.compile(r"\$labels\.([a-z_]+)")
_LABEL_VALUES = re.compile(r"label_values\((.+), ([a-z_]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query, where it stands, and the labels that are shown of its result."""

    place: str
    text: str
    shown: frozenset[str]


def board(path: Any) -> dict[str, Any]:  # noqa: ANN401 (a Path of the list above)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def queries_of_boards() -> Iterator[Query]:
    for path in DASHBOARDS:
        for panel in board(path)["panels"]:
            for target in panel.get("targets", ()):
                shown = frozenset(_LEGEND_LABEL.findall(target["legendFormat"]))
                yield Query(
                    place=f"{path.stem}: {panel['title']}", text=_INTERVAL.sub("5m", target["expr"]), shown=shown
                )
        for variable in board(path)["templating"]["list"]:
            if variable["type"] == "query":
                asked = _LABEL_VALUES.fullmatch(variable["definition"])
                assert asked, variable["definition"]
                yield Query(place=f"{path.stem}: ${variable['name']}", text=asked[1], shown=frozenset({asked[2]}))


def queries_of_rules() -> Iterator[Query]:
    for rule in RULES:
        shown = frozenset(_ALERT_LABEL.findall(json.dumps(rule["annotations"])))
        yield Query(place=f"rules: {rule['alert']}", text=rule["expr"], shown=shown)


QUERIES = [*queries_of_boards(), *queries_of_rules()]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_a_query_names_what_the_services_tell(query: Query) -> None:
    assert query.shown <= labels_of(query.text, EXPOSED), query.text


def test_every_metric_is_on_a_dashboard() -> None:
    """What nobody looks at need not be measured."""
    asked = " ".join(query.text for query in QUERIES)
    names = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in series()}
    assert {name for name in names if name not in asked} == set()


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("sum(hub_agents", "is no PromQL"),
        ("hub_cups_of_tea", "names hub_cups_of_tea, which nobody tells"),
        ("rate(hub_records_taken[5m])", "names hub_records_taken, which"),
        ('hub_agents{agent="ann"}', "expects ['agent'] of hub_agents"),
        ("sum by (queue) (hub_agents)", "expects ['queue'] of sum"),
        ("histogram_quantile(0.9, sum by (service) (rate(hub_http_seconds_bucket[5m])))", "expects ['le'] of"),
        ("sum by (status) (hub_agents) / sum(hub_agents)", "compares ['status'] with []"),
        ("sum(hub_agents) / on (queue) sum(hub_agents)", "expects ['queue'] of"),
        ("max_over_time(sum(hub_teas)[5m:1m])", "names hub_teas"),
        ("-(hub_teas)", "names hub_teas"),
    ],
)
def test_a_query_that_would_show_nothing_is_found(query: str, fault: str) -> None:
    with pytest.raises(WrongQuery) as wrong:
        labels_of(query, EXPOSED)
    assert fault in str(wrong.value)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_loaded_into_any_grafana(path: Any) -> None:  # noqa: ANN401 (a Path)
    """Panels have ids of their own and do not overlap, and no data source of one installation is named."""
    dashboard = board(path)
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["title"] for panel in panels)
    assert {json.dumps(found) for found in _data_sources(dashboard)} == {
        '{"type": "prometheus", "uid": "${datasource}"}'
    }
    cells = [cell for panel in panels for cell in _cells(panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert dashboard["templating"]["list"][0]["name"] == "datasource"
    assert "id" not in dashboard


def _data_sources(value: Any) -> Iterator[Any]:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        yield from (found for key, found in value.items() if key == "datasource")
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _data_sources(inner)


def _cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def test_no_two_dashboards_have_one_id() -> None:
    assert len({board(path)["uid"] for path in DASHBOARDS}) == len(DASHBOARDS) == 2


def test_every_variable_that_a_query_uses_is_one_of_its_dashboard() -> None:
    for path in DASHBOARDS:
        dashboard = board(path)
        known = {variable["name"] for variable in dashboard["templating"]["list"]}
        used = set(re.findall(r"\$(?!__)\{?([a-z]+)", json.dumps(dashboard["panels"])))
        assert used == known, path.stem


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}


def test_prometheus_scrapes_every_service_where_it_listens() -> None:
    """Here on this machine's ports, in the containers by the containers' names."""
    for file, host in (("targets.yml", "127.0.0.1"), ("targets-docker.yml", "{service}")):
        targets = {each["labels"]["job"]: each["targets"] for each in yaml.safe_load((PROMETHEUS / file).read_text())}
        assert targets == {
            service.name: [f"{host.format(service=service.name)}:{8000 + service.ports['HUB_HTTP_PORT']}"]
            for service in SERVICES
        }


def test_prometheus_reads_the_files_that_there_are() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    named = [*config["rule_files"], *job["file_sd_configs"][0]["files"]]
    assert [name for name in named if not (PROMETHEUS / name).exists()] == []
