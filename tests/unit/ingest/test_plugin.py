"""CloudEvents in their three modes over HTTP."""

import json
from typing import Any

import pytest

from services.ingest.channels.plugin import WrongMediaType, drafts_from
from services.ingest.plain import MAX_BATCH, NotJson, Refused
from shared.contracts.interactions import Message

ONE = "application/cloudevents+json"
MANY = "application/cloudevents-batch+json"


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON values)
    return {
        "specversion": "1.0",
        "id": "1",
        "source": "/plugins/shop",
        "type": "hub.message.received.v1",
        "time": "2026-11-21T10:00:00Z",
        "data": {
            "channel": "chat",
            "direction": "inbound",
            "conversation": "C-1",
            "identity": "crm:C-1009",
            "message": "M-1",
            "content": {"text": "Hello"},
        },
    } | changes


def drafts(body: Any, media_type: str = "application/json", **headers: str) -> list[Any]:  # noqa: ANN401 (JSON or bytes)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return drafts_from(raw, {"content-type": media_type} | headers)


def complaints(body: Any) -> list[tuple[int, str, str]]:  # noqa: ANN401 (JSON)
    with pytest.raises(Refused) as refused:
        drafts(body)
    return [(one.index, one.field, one.reason) for one in refused.value.complaints]


@pytest.mark.parametrize("media_type", [ONE, "application/json", "application/json; charset=utf-8", ONE.upper()])
def test_one_event_may_come_as_an_object(media_type: str) -> None:
    (draft,) = drafts(event(), media_type)

    assert (draft.type, draft.source, draft.id) == ("hub.message.received.v1", "/plugins/shop", "1")
    assert isinstance(draft.data, Message)


@pytest.mark.parametrize("media_type", [MANY, "application/json"])
def test_a_batch_comes_as_an_array_in_its_order(media_type: str) -> None:
    assert [draft.id for draft in drafts([event(id="b"), event(id="a")], media_type)] == ["b", "a"]


def test_an_empty_batch_is_a_batch() -> None:
    assert drafts([], MANY) == []


def test_an_event_may_come_in_headers_with_its_data_as_body() -> None:
    headers = {f"ce-{name}": value for name, value in event(source="/pl%C3%BCgins").items() if name != "data"}

    (draft,) = drafts(event()["data"], **headers)

    assert draft.source == "/plügins"
    assert draft.data.content.text == "Hello"


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml"])
def test_other_media_types_are_refused(media_type: str) -> None:
    with pytest.raises(WrongMediaType, match="cloudevents"):
        drafts(event(), media_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": 1} trailing',
        b'{"text": "\\ud800"}',
        b'{"text": "\xed\xa0\x80"}',
        json.dumps(event()).encode() + b"," + json.dumps(event()).encode(),
        b"[" * 1_000 + b"]" * 1_000,
    ],
)
def test_what_is_no_json_is_told_so(body: bytes) -> None:
    with pytest.raises(NotJson):
        drafts(body)


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"type": "hub.message.invented.v1"}, "type", "no event type"),
        ({"type": 5}, "type", "not a string"),
        ({"type": "x.Bad Name"}, "type", "pattern"),
        ({"specversion": "0.3"}, "specversion", "1.0"),
        ({"id": ""}, "id", "at least 1"),
        ({"id": "x" * 201}, "id", "at most 200"),
        ({"time": "2026-11-21T10:00:00"}, "time", "timezone"),
        ({"time": 1_795_255_200}, "time", "datetime"),
        ({"time": "yesterday"}, "time", "datetime"),
        ({"subject": "more"}, "subject", "not a field"),
        ({"datacontenttype": "text/xml"}, "datacontenttype", "json"),
        ({"dataschema": "urn:other"}, "dataschema", "urn:hub:schema:hub.message.received.v1"),
        ({"traceparent": "00-abc"}, "traceparent", "pattern"),
        ({"source": "/hub/channels/email"}, "source", "hub's own"),
        ({"data": {}}, "data.channel", "required"),
        ({"data": event()["data"] | {"content": {"text": 5}}}, "data.content.text", "string"),
        ({"data": event()["data"] | {"content": {"words": "x"}}}, "data.content.words", "not a field"),
        ({"data": event()["data"] | {"content": {"text": "x" * 262_145}}}, "data.content.text", "at most"),
        ({"data": event()["data"] | {"automatic": "yes"}}, "data.automatic", "boolean"),
        ({"data": event()["data"] | {"queue_hint": "x"}}, "data.queue_hint", "not a field"),
    ],
)
def test_a_wrong_field_is_named_with_the_reason(changes: dict[str, Any], field: str, why: str) -> None:
    (complaint,) = [one for one in complaints(event(**changes)) if one[1] == field]

    assert complaint[0] == 0
    assert why in complaint[2]


def test_every_wrong_event_of_a_batch_is_named() -> None:
    told = complaints([event(), event(type="hub.no.v1"), event(), 5, event(id="")])

    assert [(index, field) for index, field, _ in told] == [(1, "type"), (3, "event"), (4, "id")]


def test_a_complaint_does_not_repeat_what_was_sent() -> None:
    ((_, _, reason),) = complaints(event(data=event()["data"] | {"automatic": "ann@example.org"}))

    assert "ann" not in reason


def test_a_batch_has_a_limit() -> None:
    ((_, _, reason),) = complaints([event(id=str(number)) for number in range(MAX_BATCH + 1)])

    assert str(MAX_BATCH) in reason


def test_text_with_nul_and_four_byte_characters_is_taken_as_it_is() -> None:
    (draft,) = drafts(event(data=event()["data"] | {"content": {"text": "a\0b 😀"}}))

    assert draft.data.content.text == "a\0b 😀"


def test_a_plugins_own_type_may_have_any_object_as_content() -> None:
    own = event(type="x.shop.order-placed", data=event()["data"] | {"content": {"order": {"lines": [1, None]}}})
    del own["data"]["message"]

    (draft,) = drafts(own)

    assert draft.data.content == {"order": {"lines": [1, None]}}


def survey(**rating: float) -> dict[str, Any]:
    about = {"queue": "sales", "agent": "bob", "ticket": "t-1", "rating": rating, "content": {}}
    told = {"channel": "web", "direction": "inbound", "conversation": "C-1", "identity": "crm:C-1009", **about}
    return event(type="x.survey.answered", data=told)


def test_an_answer_to_a_survey_may_name_what_it_is_about() -> None:
    (draft,) = drafts(survey(score=4, best=5))

    assert (draft.data.rating.score, draft.data.queue, draft.data.agent) == (4, "sales", "bob")


def test_a_score_above_the_best_is_refused() -> None:
    assert complaints([event(), survey(score=6, best=5)]) == [(1, "data.rating.score", "is above the best score")]


@pytest.mark.parametrize(
    "rating", [{"score": 1, "best": 2e6}, {"score": 0, "best": 0}, {"score": -1, "best": 5}, {"score": 4}]
)
def test_a_rating_is_of_numbers_that_make_sense(rating: dict[str, float]) -> None:
    with pytest.raises(Refused):
        drafts(survey(**rating))


def test_a_rating_beyond_all_numbers_is_no_json() -> None:
    body = json.dumps([survey(score=4, best=5)]).encode()

    with pytest.raises(NotJson):
        drafts(body.replace(b'{"score": 4, "best": 5}', b'{"score": 1e999, "best": 1e999}'))


def test_only_events_of_a_plugins_own_have_a_rating() -> None:
    body = event()
    body["data"]["rating"] = {"score": 4, "best": 5}

    assert complaints(body) == [(0, "data.rating", "is not a field of this event")]
