"""The golden files are what was written to a log that nobody can rewrite: every version ever must stay readable."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.codec import Codec
from tests.contract.examples import examples

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = {event_type: (codec, event) for event_type, codec, event in examples()}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_event_is_read_and_written_unchanged(path: Path) -> None:
    codec: Codec[Any] = EXAMPLES[path.stem][0]
    written = json.loads(path.read_bytes())

    event = codec.decode(path.read_bytes())

    assert event.type == path.stem
    assert json.loads(codec.encode(event)) == written


def test_every_event_type_has_a_golden_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EXAMPLES)


def test_the_examples_are_what_the_golden_files_hold() -> None:
    for event_type, (codec, event) in EXAMPLES.items():
        assert codec.decode((GOLDEN / f"{event_type}.json").read_bytes()) == event
