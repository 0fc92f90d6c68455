"""Twilio's webhooks, in the shapes its documentation gives, signed by its own library."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from services.ingest.channels.phone_twilio import Form, NotACall, NotFromTwilio, answer, drafts_of, verified
from services.ingest.domain.draft import Draft
from services.ingest.identities import Identities
from services.ingest.plain import checked
from shared.contracts.interactions import Call

ARRIVED = datetime(2026, 11, 20, 9, 0, 0, 500_000, tzinfo=UTC)
URL = "https://hub.example/v1/channels/twilio/webhook"
TOKEN = "12345"  # noqa: S105 (the token of Twilio's own documentation)
PAYLOADS = Path(__file__).parents[2] / "fixtures" / "twilio"


def payload(name: str, **changes: str) -> dict[str, str]:
    form: dict[str, str] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["form"]
    return form | changes


def drafts(form: dict[str, str], arrived: datetime = ARRIVED) -> list[Draft]:
    return [checked(draft) for draft in drafts_of(Form(form), arrived, Identities())]


def call(draft: Draft) -> Call[object]:
    assert isinstance(draft.data, Call)
    return draft.data


def test_a_call_that_rings_has_started() -> None:
    (draft,) = drafts(payload("incoming_call"))

    assert draft.type == "hub.call.started.v1"
    assert draft.time == ARRIVED
    assert call(draft).identity == "phone:+4915112345678"
    assert call(draft).address == "+493023125000"
    assert call(draft).direction == "inbound"
    assert draft.data.content.city == "Hamburg"
    assert draft.data.content.original == payload("incoming_call")


def test_a_call_is_answered_and_ends_in_the_same_conversation_at_the_times_it_says() -> None:
    later = datetime(2026, 11, 20, 9, 5, tzinfo=UTC)

    ((ringing,), (answered,), (ended,)) = (
        drafts(payload(name), later) for name in ("incoming_call", "answered", "completed")
    )

    assert answered.type == "hub.call.answered.v1"
    assert answered.time == datetime(2026, 11, 20, 9, 0, 7, tzinfo=UTC)
    assert ended.type == "hub.call.ended.v1"
    assert (call(ended).reason, call(ended).duration) == ("completed", 120.0)
    assert len({draft.data.conversation for draft in (ringing, answered, ended)}) == 1
    assert len({draft.id for draft in (ringing, answered, ended)}) == 3


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_nobody_took_ends_with_its_reason(status: str) -> None:
    (draft,) = drafts(payload("no_answer", CallStatus=status))

    assert call(draft).reason == status


def test_the_incoming_call_and_its_own_ringing_callback_are_one_event() -> None:
    (incoming,) = drafts(payload("incoming_call"))
    (callback,) = drafts(payload("answered", CallStatus="ringing", SequenceNumber="1"))

    assert incoming.id == callback.id


def test_callers_who_withhold_their_number_are_not_one_person() -> None:
    (one,) = drafts(payload("withheld_number"))
    (other,) = drafts(payload("withheld_number", CallSid="CA3", From="Anonymous"))

    assert one.data.identity == "call:CA00000000000000000000000000000002"
    assert other.data.identity == "call:CA3"


@pytest.mark.parametrize(
    ("given", "identity"),
    [
        ("sip:Ann@pbx.example;transport=tls", "sip:ann@pbx.example"),
        ("client:Ann", "client:Ann"),
        ("", "call:CA00000000000000000000000000000001"),
        ("+7378742833", "call:CA00000000000000000000000000000001"),
    ],
)
def test_a_caller_may_be_something_else_than_a_number(given: str, identity: str) -> None:
    (draft,) = drafts(payload("incoming_call", From=given))

    assert draft.data.identity == identity


def test_of_an_outbound_call_the_customer_is_the_one_who_was_called() -> None:
    (draft,) = drafts(payload("incoming_call", Direction="outbound-api", From="+493023125000", To="+4915112345678"))

    assert call(draft).identity == "phone:+4915112345678"
    assert (call(draft).direction, call(draft).address) == ("outbound", "+493023125000")


def test_the_leg_to_an_agent_is_no_call_of_its_own() -> None:
    assert drafts(payload("incoming_call", ParentCallSid="CA9")) == []


def test_a_status_that_the_hub_has_no_event_for_is_left_alone() -> None:
    assert drafts(payload("incoming_call", CallStatus="some-new-status")) == []


@pytest.mark.parametrize("timestamp", ["", "yesterday", "Fri, 99 Nov 2026 09:00:07 +0000"])
def test_a_timestamp_that_cannot_be_read_gives_way_to_the_arrival(timestamp: str) -> None:
    (draft,) = drafts(payload("answered", Timestamp=timestamp))

    assert draft.time == ARRIVED


def test_a_form_without_a_call_is_none() -> None:
    with pytest.raises(NotACall):
        drafts({"CallStatus": "ringing"})


def test_what_twilio_signed_is_taken_with_its_empty_and_repeated_fields() -> None:
    form = payload("incoming_call", Extra="")
    signature = RequestValidator(TOKEN).compute_signature(URL, form)

    assert verified(urlencode(form).encode(), URL, signature, TOKEN).values == form


@pytest.mark.parametrize("body", [b"CallSid=CA2&CallStatus=ringing", b"", b"\xff\xfe=%ff&a", b"&" * 10_000])
@pytest.mark.parametrize("signature", [None, "", "wrong", "\xff"])
def test_what_twilio_did_not_sign_is_refused(body: bytes, signature: str | None) -> None:
    with pytest.raises(NotFromTwilio):
        verified(body, URL, signature, TOKEN)


def test_a_signature_for_another_address_is_refused() -> None:
    form = payload("incoming_call")
    signature = RequestValidator(TOKEN).compute_signature("https://other.example/", form)

    with pytest.raises(NotFromTwilio):
        verified(urlencode(form).encode(), URL, signature, TOKEN)


def test_only_an_incoming_call_asks_what_to_do() -> None:
    assert Form(payload("incoming_call")).is_incoming_call
    assert not Form(payload("answered")).is_incoming_call
    assert not Form(payload("answered", CallStatus="ringing")).is_incoming_call


def test_the_answer_puts_the_call_into_a_queue() -> None:
    told = '<Response><Enqueue action="https://h/left" waitUrl="https://h/wait">hub</Enqueue></Response>'
    assert answer("hub", "https://h/wait", "https://h/left").endswith(told)
