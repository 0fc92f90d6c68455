"""What a chat's frames say, and who a visitor is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.channels.chat import (
    MAX_FRAME,
    Identify,
    Leave,
    Say,
    Unusable,
    Visit,
    frame_of,
    visitor_of,
    visitor_token,
)
from services.ingest.plain import checked
from shared.auth import mint
from tests.unit.ingest.taking import unhurried

KEY = b"k" * 32
NOW = datetime.now(UTC)
VISIT = Visit("v1", "8d2f7c52-1d5b-5c39-9a53-2b4f0a0e7c11")


def test_a_message_has_an_id_and_a_text() -> None:
    assert frame_of('{"type":"message","id":"1","text":"Hello 😀 \\u0000"}', 100) == Say("1", "Hello 😀 \0")


def test_a_visitor_may_tell_who_they_are() -> None:
    assert frame_of('{"type":"identify","email":"a@b.org","name":"Ann"}', 100) == Identify("", "a@b.org", "Ann")


def test_a_visitor_may_leave() -> None:
    assert frame_of('{"type":"leave"}', 100) == Leave()


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("nonsense", "JSON"),
        ("[]", "object"),
        ("{}", "A frame is"),
        ('{"type":"message","text":"no id"}', "id"),
        ('{"type":"message","id":"","text":"x"}', "id"),
        ('{"type":"message","id":5,"text":"x"}', "id"),
        ('{"type":"message","id":"1","text":5}', "A frame is"),
        ('{"type":"message","id":"1","text":"  "}', "characters"),
        ('{"type":"message","id":"1","text":"' + "x" * 101 + '"}', "characters"),
        ('{"type":"message","id":"1","text":"x","more":1}', "no more"),
        ('{"type":"message","id":"1","text":"\\ud800"}', "JSON"),
        ('{"type":"identify","email":"a@b.org","name":""}', "name"),
        ('"' + "x" * MAX_FRAME + '"', "at most"),
    ],
)
def test_other_frames_are_refused_with_the_reason(frame: str, why: str) -> None:
    refused = frame_of(frame, 100)

    assert isinstance(refused, Unusable)
    assert why in refused.reason


@unhurried
@given(st.text() | st.from_type(dict[str, str]).map(json.dumps))
def test_no_frame_breaks_the_chat(text: str) -> None:
    assert isinstance(frame_of(text, 100), Say | Identify | Leave | Unusable)


def test_a_visitor_is_who_the_hub_signed() -> None:
    assert visitor_of(KEY, visitor_token(KEY, "v1", NOW)) == "v1"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        visitor_token(b"x" * 32, "v1", NOW),
        visitor_token(KEY, "v1", NOW - timedelta(days=200)),
        mint(KEY, subject="agent-1", role="agent", now=NOW, ttl=timedelta(hours=1)),
    ],
)
def test_nobody_else_is_a_visitor(token: str) -> None:
    assert visitor_of(KEY, token) is None


def test_a_chats_events_keep_the_contract_and_have_ids_of_their_own() -> None:
    drafts = [
        VISIT.started(NOW),
        VISIT.received(Say("1", "Hello"), NOW),
        VISIT.identified(Identify("", " Ann@example.org ", None), NOW),
        VISIT.sent("1", "Hello Ann", "agent-1", NOW),
        VISIT.ended(NOW, "left"),
    ]

    assert len({checked(draft).id for draft in drafts}) == len(drafts)
    assert {draft.data.identity for draft in drafts} == {"webchat:v1"}
