"""Records that no model accepts: what is wrong is said without what the record holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.codec import DecodeError, interactions, tickets

_GOLDEN = Path(__file__).parents[2] / "contract" / "golden"
PERSONAL = "ann@x.org"  # stands for whatever must not be repeated in an error


def record(event_type: str = "hub.message.received.v1") -> dict[str, Any]:
    written: dict[str, Any] = json.loads((_GOLDEN / f"{event_type}.json").read_bytes())
    return written


def complaint(wrong: object) -> str:
    value = wrong if isinstance(wrong, bytes) else json.dumps(wrong).encode()
    with pytest.raises(DecodeError) as refused:
        interactions.decode(value)
    return refused.value.reason


def test_a_missing_field_is_named() -> None:
    wrong = record()
    del wrong["data"]["message"]
    assert complaint(wrong).startswith("data.message: ")


def test_a_wrong_value_is_named_and_not_repeated() -> None:
    wrong = record() | {"id": PERSONAL}
    assert complaint(wrong).startswith("id: ")
    assert PERSONAL not in complaint(wrong)


def test_a_field_that_nobody_declared_is_named() -> None:
    wrong = record()
    wrong["data"]["address_of_sender"] = PERSONAL
    assert complaint(wrong) == "data.address_of_sender: is not a field of this event"


def test_a_time_without_an_offset_is_refused() -> None:
    assert complaint(record() | {"time": "2026-11-21T10:00:00"}).startswith("time: ")


def test_an_unknown_type_says_how_own_types_begin() -> None:
    assert complaint(record() | {"type": "hub.letter.sent.v1"}) == (
        "type: no event type 'hub.letter.sent.v1' is known; a plugin's own types begin with x."
    )


@pytest.mark.parametrize("wrong", [b"", b"{", b"\xff\xfe", b"null", b"7", b'"text"', b"[]", b"{}"])
def test_what_is_no_event_at_all_gets_a_reason(wrong: bytes) -> None:
    assert complaint(wrong)


def test_a_batch_gives_one_result_a_record_in_their_order() -> None:
    good = json.dumps(record()).encode()
    results = interactions.decode_all([good, b"{no", good])
    assert [isinstance(result, DecodeError) for result in results] == [False, True, False]


def test_two_events_in_one_record_are_no_event() -> None:
    good = json.dumps(record()).encode()
    results = interactions.decode_all([good + b"," + good, good])
    assert [isinstance(result, DecodeError) for result in results] == [True, False]


def test_a_decode_error_speaks_for_itself() -> None:
    with pytest.raises(DecodeError, match=r"^No event model accepts the record: .*\.$"):
        tickets.decode(b"{}")


def test_attributes_without_a_value_are_left_out() -> None:
    event = interactions.decode(json.dumps(record("x.order.placed")).encode())
    assert b"null" not in interactions.encode(event)
