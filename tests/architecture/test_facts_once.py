"""Topics, event types, metrics and secrets: each is declared in one place, and nowhere else."""

import ast
import importlib
import re
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.local.settings import LocalSettings
from deploy.reference.catalogue import event_types
from deploy.reference.flows import SERVICES
from shared.topics import TOPICS
from tests.architecture.sources import PROGRAM, files, python_files, string_literals, text, tree

_TOPIC = re.compile(rf"(?:[a-z][a-z0-9-]*\.)?({'|'.join(topic.name.removesuffix('.v1') for topic in TOPICS)})\.v\d+")
_EVENT_TYPE = re.compile(r"hub\.[a-z_]+(?:\.[a-z_]+)+\.v\d+")
_METRIC_CLASSES = {"Counter", "Gauge", "Histogram", "Summary", "Info", "Enum"}
_SECRET = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential)", re.IGNORECASE)
_SECRET_VALUE = re.compile(rf"^\s*-?\s*['\"]?\w*{_SECRET.pattern}\w*['\"]?\s*[:=]\s*(?P<value>\S.*)$", re.IGNORECASE)
_NOT_A_VALUE = re.compile(r"^(\$\w+|\$\{\w+(:-|:\?[^}]*)?\}|\{\}|null|''|\"\")$")
_NAMES_A_PLACE = ("_dir", "_file", "_path")


def _literals(pattern: re.Pattern[str], except_in: str) -> Iterator[tuple[str, str]]:
    for path in python_files(*PROGRAM):
        if str(path) != except_in:
            for literal in string_literals(tree(path)):
                if pattern.fullmatch(str(literal.value)):
                    yield f"{path}:{literal.lineno}", str(literal.value)


def test_a_topic_is_named_in_shared_topics_only() -> None:
    assert list(_literals(_TOPIC, "shared/topics.py")) == []


def test_no_two_topics_have_one_name() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)


def test_every_event_type_that_a_program_writes_is_declared() -> None:
    """A misspelt type would be an event that nobody accepts."""
    declared = {event.name for event in event_types()}
    assert [place for place in _literals(_EVENT_TYPE, "") if place[1] not in declared] == []


def test_a_metric_is_declared_in_shared_metrics_only() -> None:
    made = [
        f"{path}:{node.lineno}"
        for path in python_files(*PROGRAM)
        if str(path) != "shared/metrics.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("prometheus_client")
        and any(name.name in _METRIC_CLASSES for name in node.names)
    ]
    assert made == []


def test_a_metric_begins_with_hub() -> None:
    module = next(tree(path) for path in python_files("shared") if path.name == "metrics.py")
    names = [
        str(call.args[0].value)
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert names
    assert [name for name in names if not name.startswith("hub_")] == []
    assert len(set(names)) == len(names)


def _settings() -> Iterator[type[BaseSettings]]:
    yield LocalSettings
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.settings")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseSettings):
                yield value


@pytest.mark.parametrize("kind", dict.fromkeys(_settings()), ids=lambda kind: kind.__name__)
def test_no_secret_has_a_default(kind: type[BaseSettings]) -> None:
    defaults = {
        name: field.default
        for name, field in kind.model_fields.items()
        if SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
        or (_SECRET.search(name) and not name.endswith(_NAMES_A_PLACE))
    }
    assert {
        name for name, default in defaults.items() if default is not None and repr(default) != "PydanticUndefined"
    } == set()


def test_no_file_of_the_deployment_gives_a_secret() -> None:
    """A password that is the same in every installation is none. `${NAME:-}` takes it from whoever starts the hub."""
    given = [
        f"{path}:{number}: {line.strip()}"
        for path in files()
        if path.suffix in (".yml", ".yaml", ".env", ".conf", ".properties", ".toml") or path.name == "Dockerfile"
        for number, line in enumerate(text(path).splitlines(), 1)
        if (found := _SECRET_VALUE.match(line)) and not _NOT_A_VALUE.match(found["value"])
    ]
    assert [line for line in given if "secrets:" not in line] == []
