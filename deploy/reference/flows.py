"""Which service consumes and produces which topic, read from the services' source.

A topic's name in `Intake(topic=NAME.within(…))` is consumed. A topic handed to anything else, such as
`publisher.publish(NAME, …)`, is produced. `NAME.partitions` and the like are neither.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.local import services
from shared import topics
from shared.topics import TOPICS, Topic

ROOT = Path(__file__).parents[2]
SERVICES = tuple(service.name for service in services.SERVICES)

_BY_CONSTANT = {name: value for name, value in vars(topics).items() if isinstance(value, Topic)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What a service takes from Kafka and gives to it, in the order of shared/topics.py."""

    service: str
    consumes: tuple[Topic, ...]
    produces: tuple[Topic, ...]


@cache
def flows() -> tuple[Flow, ...]:
    """Every service's flow, in the order in which an event goes through them."""
    return tuple(_flow(service) for service in SERVICES)


def _flow(service: str) -> Flow:
    consumed: set[str] = set()
    produced: set[str] = set()
    for path in sorted((ROOT / "services" / service).rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        own = {name.id for call in _intakes(tree) for name in _topic_names(call)}
        consumed |= own
        produced |= set(_handed_over(tree))
    return Flow(service=service, consumes=_ordered(consumed), produces=_ordered(produced))


def _intakes(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Intake":
            yield node


def _topic_names(tree: ast.AST) -> Iterator[ast.Name]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in _BY_CONSTANT:
            yield node


def _handed_over(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(argument, ast.Name) and argument.id in _BY_CONSTANT:
                    yield argument.id


def _ordered(constants: set[str]) -> tuple[Topic, ...]:
    named = {_BY_CONSTANT[constant].name for constant in constants}
    return tuple(topic for topic in TOPICS if topic.name in named)
