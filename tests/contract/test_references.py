"""The generated references in docs/ are what the code says now; `make docs` writes them anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.reference import DOCS, references
from deploy.reference.catalogue import OWN_TYPES, event_types
from shared.topics import TOPICS
from tests.contract.examples import examples

REFERENCES = references()


@pytest.mark.parametrize("path", REFERENCES, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_reference_is_what_the_code_says(path: Path) -> None:
    written = path.read_text("utf-8") if path.exists() else ""
    assert written == REFERENCES[path], f"docs/{path.relative_to(DOCS)} is not up to date: run make docs"


def test_no_reference_is_left_over() -> None:
    there = {path for pattern in ("api/*", "*.json") for path in DOCS.glob(pattern)} - set(DOCS.glob("benchmarks.*"))
    assert there <= set(REFERENCES), "delete what `make docs` writes no more"


def test_the_catalogue_has_every_event_type_that_has_a_golden_file() -> None:
    golden = {event_type for event_type, _, _ in examples()}
    catalogue = {event.name for event in event_types()}
    assert {name for name in golden if name.startswith("hub.")} == catalogue - {OWN_TYPES}


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = json.loads(REFERENCES[DOCS / "asyncapi.json"])
    for reference in _references_in(document):
        _follow(document, reference)
    assert set(document["channels"]) == {topic.name.removesuffix(".v1") for topic in TOPICS}


@pytest.mark.parametrize("path", sorted(DOCS.glob("api/*.openapi.json")), ids=lambda path: path.stem)
def test_every_reference_in_an_openapi_document_leads_somewhere(path: Path) -> None:
    document = json.loads(path.read_bytes())
    for reference in _references_in(document):
        _follow(document, reference)


def _references_in(part: Any) -> list[str]:  # noqa: ANN401 (any part of a JSON document)
    if isinstance(part, list):
        return [reference for one in part for reference in _references_in(one)]
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for one in part.values() for reference in _references_in(one)]
    return []


def _follow(document: Any, reference: str) -> None:  # noqa: ANN401 (any part of a JSON document)
    place, _, path = reference.partition("/")
    assert place == "#"
    for key in path.split("/"):
        assert key in document, reference
        document = document[key]
