"""docs/kpis.md speaks of every figure, definition, window and target field there is, and of none else."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

from deploy.local.configuration import read_documents
from services.metrics.domain.drill import parts_of
from services.metrics.domain.kpis import ALTERNATIVES, DEFINITIONS, NAMES
from shared.contracts.kpi_deviations import DeviationChange
from shared.contracts.kpis import AnyWindow, KpiGrouping, Kpis
from shared.contracts.targets import QueueTargets, TargetRule

PAGE = Path(__file__).parents[3].joinpath("docs/kpis.md").read_text("utf-8")


def first_column(section: str) -> list[str]:
    """The names in the first column of the tables of a section."""
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def test_every_figure_and_definition_is_explained() -> None:
    figures = [field.name for field in fields(Kpis)]
    assert sorted(first_column("Figures")) == sorted([*figures, *NAMES])


def test_every_target_field_is_explained() -> None:
    of_targets = {field.name for field in fields(QueueTargets)}
    of_rules = {field.name for field in fields(TargetRule)}
    assert sorted(first_column("Targets")) == sorted([*of_targets, *of_rules])


def test_every_change_of_an_alert_is_explained() -> None:
    assert first_column("Alerts") == list(get_args(DeviationChange))


def test_the_example_of_targets_can_be_applied(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(targets:.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "hub.yaml"
    file.write_text(example, "utf-8")
    assert [document.path for document in read_documents(file)] == ["/v1/targets/sales", "/v1/targets/%2A"]


def test_every_part_that_a_figure_is_calculated_from_is_explained() -> None:
    parts = {part.removesuffix("_split") for definition in DEFINITIONS for part in parts_of(definition)}
    assert parts <= {*first_column("Figures"), *first_column("Behind a figure")}


def test_every_window_is_named() -> None:
    assert f"window={'|'.join(get_args(AnyWindow))}" in PAGE


def test_every_dimension_is_named() -> None:
    assert f"by={'|'.join(get_args(KpiGrouping))}" in PAGE


def test_every_kpi_with_a_definition_is_a_figure_and_the_other_way_round() -> None:
    assert ALTERNATIVES.keys() | {
        "waiting",
        "oldest_wait",
        "estimated_wait",
        "backlog",
        "backlog_by_age",
        "agents",
    } == {f.name for f in fields(Kpis)}
