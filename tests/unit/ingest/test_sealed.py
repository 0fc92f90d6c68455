"""What a plain event becomes: the codec reads it, the content comes back as it was, and nobody is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.draft import Draft
from services.ingest.plain import Refused
from shared.contracts.codec import interactions
from shared.contracts.content import CallContent, ContactContent, MessageContent
from shared.contracts.envelope import event_id
from shared.contracts.interactions import Call, Identification, Message, Occurrence, Party, Rating
from tests.unit.ingest.taking import NOW, Taking, unhurried

UUID = "8d2f7c52-1d5b-5c39-9a53-2b4f0a0e7c11"


def draft(text: str = "Hello", **changes: Any) -> Draft:  # noqa: ANN401 (the data's fields)
    facts: dict[str, Any] = {
        "channel": "chat",
        "direction": "inbound",
        "conversation": "C-1",
        "identity": "email:Ann@Example.org",
        "message": "M-1",
        "content": MessageContent(text=text),
    }
    return Draft(type="hub.message.received.v1", source="/plugins/shop", id="1", data=Message(**facts | changes))


def custom(content: dict[str, Any], **told: Any) -> Draft:  # noqa: ANN401 (the data's fields)
    facts: dict[str, Any] = {"channel": "crm", "direction": "internal", "conversation": "C-1", "identity": "crm:C-1"}
    data = Occurrence(**facts, content=content, **told)
    return Draft(type="x.order.placed", source="/plugins/shop", id="1", data=data)


@unhurried
@given(st.text())
async def test_any_text_comes_back_from_the_seal_as_it_was(text: str) -> None:
    _, content = await Taking().event(draft(text))

    assert content["text"] == text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text().filter(lambda key: "\0" not in key), inner, max_size=3)
    ),
    max_leaves=10,
)


@unhurried
@given(st.dictionaries(st.sampled_from(["a", "b", "$c", "d.e"]), json_values, max_size=3))
async def test_any_json_of_a_plugin_comes_back_as_it_was(value: dict[str, Any]) -> None:
    _, content = await Taking().event(custom(value))

    assert content == {"identity": "crm:C-1", **value}


async def test_the_record_is_what_the_codec_would_write() -> None:
    taking = Taking()

    event, _ = await taking.event(draft(skills=("en",), priority=2, queue="sales", automatic=True))

    assert orjson.loads(interactions.encode(event)) == orjson.loads(taking.records.published[-1].value)


@pytest.mark.parametrize(
    ("content", "rating"),
    [
        ({"score": 4, "best": 5}, Rating(score=4.0, best=5.0)),
        ({"score": "4.5"}, Rating(score=4.5, best=5.0)),
        ({"score": 6, "best": 5}, None),
        ({"score": 0, "best": 1e-400}, None),
        ({"score": 1, "best": "1e-400"}, None),
        ({"score": 1, "best": 2_000_000}, None),
        ({"score": -1}, None),
        ({"score": "very good"}, None),
        ({}, None),
    ],
)
async def test_the_answer_to_a_survey_is_told_in_the_clear_and_what_was_written_is_not(
    content: dict[str, Any], rating: Rating | None
) -> None:
    taking = Taking()
    answer = replace(custom(content | {"comment": "Bob was rude"}), type="x.survey.answered")

    event, sealed = await taking.event(answer)

    assert isinstance(event.data, Occurrence)
    assert event.data.rating == rating
    assert sealed["comment"] == "Bob was rude"
    assert b"rude" not in taking.records.published[-1].value


async def test_a_rating_that_is_given_is_kept_as_it_is() -> None:
    rating = Rating(score=9.0, best=10.0)
    survey = custom({"score": 1}, rating=rating, agent="bob")

    event, _ = await Taking().event(replace(survey, type="x.survey.answered"))

    assert isinstance(event.data, Occurrence)
    assert (event.data.rating, event.data.agent) == (rating, "bob")


async def test_only_surveys_have_their_score_told() -> None:
    event, _ = await Taking().event(custom({"score": 4, "best": 5}))

    assert isinstance(event.data, Occurrence)
    assert event.data.rating is None


async def test_the_record_names_nobody() -> None:
    taking = Taking()

    await taking.event(draft("I am Zoe", identity="email:Zoe@Example.org", message="M-Zoe", conversation="C-Zoe"))

    record = taking.records.published[-1]
    event = orjson.loads(record.value)
    del event["data"]["content"]
    assert "zoe" not in f"{record.key} {event}".lower()
    assert record.key == event["partitionkey"]


async def test_the_ids_follow_from_what_the_source_says_so_that_a_repeat_is_the_same_event() -> None:
    first, _ = await Taking().event(draft())
    again, _ = await Taking().event(draft())

    assert first.id == again.id == event_id("/plugins/shop", "1")
    assert first.data.conversation == again.data.conversation
    assert first.data.message == again.data.message


async def test_a_conversation_and_a_message_that_are_uuids_already_keep_them() -> None:
    event, _ = await Taking().event(draft(conversation=UUID, message=UUID))

    assert event.data.conversation == event.partitionkey == event.correlationid == UUID
    assert event.data.message == UUID


async def test_an_answer_refers_to_the_message_by_the_same_reference() -> None:
    taking = Taking()

    question, _ = await taking.event(draft())
    answer, _ = await taking.event(replace(draft(message="M-2", in_reply_to="M-1"), id="2"))

    assert answer.data.in_reply_to == question.data.message


async def test_two_sources_may_use_the_same_names_for_different_things() -> None:
    taking = Taking()

    one, _ = await taking.event(draft())
    other, _ = await taking.event(replace(draft(), source="/plugins/other"))

    assert (one.id, one.data.conversation) != (other.id, other.data.conversation)


async def test_times_are_utc_and_cut_to_milliseconds() -> None:
    berlin = timezone(timedelta(hours=1))
    at = datetime(2026, 11, 21, 10, 0, 0, 999_999, tzinfo=berlin)

    event, content = await Taking().event(replace(draft(content=MessageContent(sent_at=at)), time=at))

    assert event.time == datetime(2026, 11, 21, 9, 0, 0, 999_000, tzinfo=UTC)
    assert content["sent_at"].startswith("2026-11-21T09:00:00.999999")
    assert event.recordedtime == NOW


async def test_an_event_without_a_time_happened_when_it_was_taken() -> None:
    event, _ = await Taking().event(draft())

    assert event.time == NOW


async def test_a_further_identity_is_sealed_with_its_own_key() -> None:
    taking = Taking()
    data = Identification(
        channel="web",
        direction="internal",
        conversation="C-1",
        identity="email:ann@example.org",
        content=ContactContent(name="Ann"),
        also=(Party(identity="phone:+49 151 12345678", content=ContactContent(attributes={"since": "2019"})),),
        evidence="verified_login",
    )

    event, _ = await taking.event(Draft(type="hub.contact.identified.v1", source="/plugins/shop", id="1", data=data))

    further = event.data.also[0]
    assert further.identity == taking.hasher.identity("phone:+4915112345678") != event.data.identity
    assert taking.opened(event.id, further) == {
        "identity": "phone:+4915112345678",
        "hub:given_identity": "phone:+49 151 12345678",
        "attributes": {"since": "2019"},
    }


async def test_a_region_assumed_for_a_phone_number_is_noted_with_what_was_given() -> None:
    data = Call(
        channel="phone",
        direction="inbound",
        conversation="C-1",
        identity="phone:0151 12345678",
        content=CallContent(original={"a": None}),
    )

    _, content = await Taking("DE").event(Draft(type="hub.call.started.v1", source="/plugins/pbx", id="1", data=data))

    assert content["identity"] == "phone:+4915112345678"
    assert content["original"] == {"a": None}
    assert content["hub:given_identity"] == "phone:0151 12345678"
    assert content["hub:assumed_region"] == "DE"


async def test_an_identity_is_kept_as_it_was_given_where_that_was_another_spelling() -> None:
    _, content = await Taking().event(draft(identity="email:Ann@SHOP.example"))
    assert (content["identity"], content["hub:given_identity"]) == ("email:ann@shop.example", "email:Ann@SHOP.example")
    _, content = await Taking().event(draft(identity="email:ann@shop.example"))
    assert "hub:given_identity" not in content


async def test_a_batch_with_one_wrong_event_is_not_taken_at_all() -> None:
    taking = Taking()
    wrong = replace(draft(identity="email:nobody"), id="2")
    late = replace(draft(), id="3", time=datetime(1970, 1, 1, tzinfo=UTC))

    with pytest.raises(Refused) as refused:
        await taking.accept(draft(), wrong, late)

    assert [(one.index, one.field) for one in refused.value.complaints] == [(1, "data.identity"), (2, "time")]
    assert taking.records.published == []


async def test_an_event_that_kafka_would_not_take_is_refused_before() -> None:
    original = {f"field {number}": "x" * 1_000 for number in range(800)}

    with pytest.raises(Refused, match="bytes"):
        await Taking().accept(draft(content=MessageContent(original=original)))


async def test_a_plugin_cannot_write_the_identity_into_its_own_content() -> None:
    with pytest.raises(Refused, match="identity"):
        await Taking().accept(custom({"identity": "email:somebody@else.example"}))
