"""What the documents say is held against the code: variables, metrics, ports, commands, links."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from prometheus_client import Counter, Gauge, Histogram

from deploy.local import settings as local
from deploy.local.cli import app
from deploy.local.services import SERVICES
from deploy.local.settings import LocalSettings
from deploy.reference.flows import ROOT
from shared import metrics
from shared.settings import Settings
from tests.architecture.sources import files, python_files, text, tree

_NOT_OF_A_SETTINGS_CLASS = {"HUB_SERVERS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_METRIC_EXPORT_INTERVAL"}
_DOCUMENTS = [
    path for path in files() if path.suffix == ".md" and path.parts[0] in ("README.md", "CONTRIBUTING.md", "docs")
]
_OPERATIONS = text(Path("docs/operations.md"))


def _first_column(table: str) -> list[str]:
    found = re.search(rf"<!-- {table} -->(.*?)<!-- /{table} -->", _OPERATIONS, re.DOTALL)
    assert found
    _, _, *rows = found[1].strip().splitlines()
    return [row.strip("|").split("|")[0].strip().strip("`") for row in rows]


def _settings_classes() -> Iterator[type[Settings] | type[LocalSettings]]:
    yield LocalSettings
    for service in SERVICES:
        for value in vars(importlib.import_module(f"services.{service.name}.settings")).values():
            if isinstance(value, type) and issubclass(value, Settings):
                yield value


def test_every_environment_variable_is_in_the_operations_guide() -> None:
    fields = {f"HUB_{name.upper()}" for kind in _settings_classes() for name in kind.model_fields}
    assert set(_first_column("variables")) == fields | _NOT_OF_A_SETTINGS_CLASS


def test_every_setting_is_read_by_somebody() -> None:
    read = {
        node.attr
        for path in python_files("services", "shared", "deploy")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
    }
    fields = {name for kind in _settings_classes() for name in kind.model_fields}
    assert fields - read == set()


def test_every_metric_is_in_the_operations_guide() -> None:
    declared = {metric._name for metric in vars(metrics).values() if isinstance(metric, Counter | Gauge | Histogram)}
    assert set(_first_column("metrics")) == declared


def test_every_metric_is_counted_somewhere() -> None:
    names = {name for name, value in vars(metrics).items() if isinstance(value, Counter | Gauge | Histogram)}
    programs = "".join(text(path) for path in python_files("services", "shared"))
    assert {name for name in names if f"metrics.{name}" not in programs} == set()


def test_the_ports_in_the_operations_guide_are_the_hubs() -> None:
    rows = re.findall(r"^\| ([^|]+) \| (8\d{3}) \| (\d+) \|$", _OPERATIONS, re.MULTILINE)
    assert [(int(port) - int(offset)) for _, port, offset in rows] == [8000] * len(rows)
    of_services = {offset for service in SERVICES for offset in service.ports.values()}
    assert {int(offset) for _, _, offset in rows} == of_services | {local.MONGO, local.KAFKA, local.KAFKA_CONTROLLER}


@pytest.mark.parametrize("path", _DOCUMENTS, ids=str)
def test_a_document_names_commands_that_exist(path: Path) -> None:
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    named = set(re.findall(r"(?:`|^ +|\(|bin/)hub ([a-z][a-z-]*)", text(path), re.MULTILINE))
    assert named - set(command.commands) == set()


@pytest.mark.parametrize("path", _DOCUMENTS, ids=str)
def test_a_document_names_make_targets_that_exist(path: Path) -> None:
    targets = set(re.findall(r"^\.PHONY: ([a-z]+)$", text(Path("Makefile")), re.MULTILINE))
    named = set(re.findall(r"(?:`|^ +)make ([a-z]+)", text(path), re.MULTILINE))
    assert named - targets == set()


@pytest.mark.parametrize("path", _DOCUMENTS, ids=str)
def test_a_documents_links_lead_somewhere(path: Path) -> None:
    linked = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text(path), flags=re.DOTALL))
    local_links = [link for link in linked if "://" not in link]
    assert [link for link in local_links if not (ROOT / path.parent / link).exists()] == []


@pytest.mark.parametrize("path", _DOCUMENTS, ids=str)
def test_a_document_names_files_that_exist(path: Path) -> None:
    named = re.findall(r"`((?:services|shared|deploy|tests|docs)/[\w./-]+)`", text(path))
    assert [name for name in named if not (ROOT / name).exists()] == []
