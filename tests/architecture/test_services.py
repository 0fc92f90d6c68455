"""The services as the README tells of them: what they consume and produce, on which ports, in which files."""

import re
from collections.abc import Iterable

import pytest

from deploy.local.services import SERVICES, Service
from deploy.reference.flows import ROOT, Flow, flows
from shared.topics import DEAD_LETTERS, KPIS, TOPICS, Topic
from tests.architecture.sources import files

_PORT_BASE = 8000
_FILES = ("main.py", "settings.py", "stream.py", "api.py", "application.py", "store.py", "domain/__init__.py")
_COLUMNS = ["service", "port", "consumes", "decides", "produces", "stores"]


def _table() -> dict[str, dict[str, str]]:
    """The README's rows between the markers, by service."""
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"<!-- services -->(.*)<!-- /services -->", readme, re.DOTALL)
    assert found, "README.md needs its table of services between <!-- services --> and <!-- /services -->"
    header, _, *rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")] for line in found[1].strip().splitlines()
    ]
    assert header == _COLUMNS
    return {row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in rows}


def _topics_in(cell: str) -> set[str]:
    """The topics that a cell names, in backticks."""
    return set(re.findall(r"`([^`]+)`", cell))


def _names(topics: Iterable[Topic]) -> set[str]:
    return {topic.name for topic in topics}


@pytest.mark.parametrize("flow", flows(), ids=lambda flow: flow.service)
def test_the_readme_names_the_topics_that_a_service_consumes_and_produces(flow: Flow) -> None:
    row = _table()[flow.service]
    by_everybody = {DEAD_LETTERS.name}
    assert _topics_in(row["consumes"]) == _names(flow.consumes)
    assert _topics_in(row["produces"]) - by_everybody == _names(flow.produces)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_readme_names_the_ports_that_a_service_listens_on(service: Service) -> None:
    ports = set(re.findall(r"\d{4}", _table()[service.name]["port"]))
    assert ports == {str(_PORT_BASE + offset) for offset in service.ports.values()}


@pytest.mark.parametrize("flow", flows(), ids=lambda flow: flow.service)
def test_a_service_says_its_topics_in_its_stream(flow: Flow) -> None:
    """A stranger reads from stream.py alone what the service consumes."""
    stream = (ROOT / "services" / flow.service / "stream.py").read_text("utf-8")
    assert [topic.name for topic in flow.consumes if f"hub.{topic.name}" not in stream.partition('\n"""\n')[0]] == []


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_service_has_the_same_files(service: Service) -> None:
    there = {str(path) for path in files()}
    assert [name for name in _FILES if f"services/{service.name}/{name}" not in there] == []


def test_every_topic_has_somebody_who_writes_it_and_somebody_who_reads_it() -> None:
    """Those that no service reads are for others, and are listed here."""
    for_others = {KPIS.name}
    written = {topic.name for flow in flows() for topic in flow.produces} | {DEAD_LETTERS.name}
    read = {topic.name for flow in flows() for topic in flow.consumes}
    assert _names(TOPICS) - written == set()
    assert _names(TOPICS) - read == for_others
