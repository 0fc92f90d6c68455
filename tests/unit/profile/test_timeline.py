"""An entry of the timeline, from an event and its content."""

from dataclasses import asdict, fields
from typing import Any

from pydantic import TypeAdapter

from services.profile.domain.timeline import entry
from shared.contracts.codec import interactions
from shared.contracts.interactions import CONTENT, Occurrence, SealedInteraction
from tests.contract.examples import examples
from tests.sealed_events import MOMENT, call, message

_IN_THE_ENTRY = {"channel", "direction", "conversation", "identity", "content"}
_ELSEWHERE = {"also"}
"""The further parties of an identification stand on timelines of their own, once they are linked."""


def _event(value: bytes) -> SealedInteraction:
    return interactions.decode(value)


def _sealed(plain: Any) -> SealedInteraction:  # noqa: ANN401 (any class of InteractionEvent)
    body = TypeAdapter(type(plain)).dump_python(plain, mode="json", exclude_none=True)
    body["data"] |= {"identity": "0" * 32, "content": "c2VhbGVk"}
    return _event(TypeAdapter(dict).dump_json(body))


def test_every_given_fact_of_every_event_type_is_kept() -> None:
    for event_type, codec, event in examples():
        if codec is not interactions:
            continue
        kept = entry(event, {})
        names = {field.name for field in fields(event.data)} - _IN_THE_ENTRY - _ELSEWHERE
        given = {name: asdict(event.data)[name] for name in names}
        facts = {name: value for name, value in given.items() if value not in (None, (), False)}
        assert kept["facts"] == facts, event_type


def test_examples_cover_every_kind_of_data() -> None:
    covered = {type(event.data) for _, codec, event in examples() if codec is interactions}
    assert covered == {*CONTENT, Occurrence}


def test_a_call_of_no_length_keeps_its_length() -> None:
    plain = call("c-1", "phone:+4915112345678")
    body = TypeAdapter(type(plain)).dump_python(plain, mode="json", exclude_none=True)
    body["data"] |= {"identity": "0" * 32, "content": "c2VhbGVk", "duration": 0}
    made = entry(_event(TypeAdapter(dict).dump_json(body)), {})
    assert made["facts"]["duration"] == 0


def test_an_entry_is_bound_to_the_identity_as_the_log_has_it() -> None:
    _, _, event = next(examples())
    made = entry(event, {"text": "Hello"})
    assert made["identity"] == event.data.identity
    assert made["content"] == {"text": "Hello"}
    assert "erased" not in made


def test_what_belongs_to_an_earlier_event_carries_its_reference() -> None:
    made = {event.type: entry(event, {}) for _, codec, event in examples() if codec is interactions}
    for part, head, ref in (
        ("hub.message.edited.v1", "hub.message.sent.v1", "message"),
        ("hub.call.ended.v1", "hub.call.started.v1", "conversation"),
        ("hub.post.deleted.v1", "hub.post.published.v1", "post"),
    ):
        assert made[part].get("part") is True, part
        assert "part" not in made[head], head
        for one in (made[part], made[head]):
            assert one.get("ref") == {**one, **one["facts"]}[ref], ref


def test_a_mail_that_came_in_needs_no_reference() -> None:
    assert "ref" not in entry(_sealed(message("m-1", "email:ann@x.org")), {})
    assert entry(_sealed(message("m-1", "webchat:v-1", channel="chat")), {}).get("ref") == "m-1"


def test_an_erased_person_leaves_the_facts_only() -> None:
    _, _, event = next(examples())
    made = entry(event, None)
    assert made["erased"] is True
    assert made["content"] == {}
    assert made["identity"] == event.data.identity
    assert made["at"] >= MOMENT
