"""Twilio's webhooks, posted and signed as Twilio does."""

import json
import uuid
from pathlib import Path

import httpx
import pytest
from twilio.request_validator import RequestValidator

from services.ingest.channels.phone_twilio import SOURCE
from shared.contracts.envelope import event_id
from tests.integration.ingest.running import TWILIO_TOKEN, Running

PAYLOADS = Path(__file__).parents[2] / "fixtures" / "twilio"
PATH = "/v1/channels/twilio/webhook"
PUBLIC = f"https://hub.example{PATH}"


def form(name: str, call: str, **changes: str) -> dict[str, str]:
    payload: dict[str, str] = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["form"]
    return payload | {"CallSid": call} | changes


def post(ingest: Running, fields: dict[str, str], signature: str | None = None, query: str = "") -> httpx.Response:
    signed = signature or RequestValidator(TWILIO_TOKEN).compute_signature(PUBLIC + query, fields)
    with ingest.client(role=None) as client:
        return client.post(PATH + query, data=fields, headers={"X-Twilio-Signature": signed})


def new_call() -> str:
    return f"CA{uuid.uuid4().hex}"


async def test_a_call_that_rings_is_answered_and_ends_is_three_events_of_one_conversation(ingest: Running) -> None:
    call = new_call()

    ringing = post(ingest, form("incoming_call", call))
    assert ringing.status_code == 200, ringing.text
    assert ringing.headers["content-type"].startswith("text/xml")
    told = f'<Enqueue action="{PUBLIC}?step=left" waitUrl="{PUBLIC}?step=waiting">hub</Enqueue>'
    assert told in ringing.text
    assert post(ingest, form("answered", call)).status_code == 204
    assert post(ingest, form("completed", call)).status_code == 204

    ids = [event_id(SOURCE, f"{call}/{moment}") for moment in ("started", "answered", "ended")]
    events = [await ingest.event(one) for one in ids]
    assert [one.event.type for one in events] == ["hub.call.started.v1", "hub.call.answered.v1", "hub.call.ended.v1"]
    assert len({one.event.data.conversation for one in events}) == 1
    assert {one.content["identity"] for one in events} == {"phone:+4915112345678"}
    assert events[-1].event.data.duration == 120


async def test_a_webhook_that_comes_again_is_the_same_event(ingest: Running) -> None:
    fields = form("incoming_call", new_call())

    assert post(ingest, fields).text == post(ingest, fields).text

    events = await ingest.logged(lambda event: event.id == event_id(SOURCE, f"{fields['CallSid']}/started"))
    assert {one.event.id for one in events} == {events[0].event.id}


def test_a_signature_covers_the_query(ingest: Running) -> None:
    assert post(ingest, form("answered", new_call()), query="?tenant=1&x=%20").status_code == 204


@pytest.mark.parametrize("signature", ["wrong", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
async def test_a_wrong_signature_is_refused_and_the_next_good_one_passes(ingest: Running, signature: str) -> None:
    fields = form("incoming_call", new_call())

    answer = post(ingest, fields, signature)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "HUB_PUBLIC_URL" in answer.json()["detail"]
    assert not await ingest.logged(lambda event: event.id == event_id(SOURCE, f"{fields['CallSid']}/started"))
    assert post(ingest, fields).status_code == 200


def test_a_signed_form_that_is_no_call_is_told_so(ingest: Running) -> None:
    answer = post(ingest, {"MessageSid": "SM1"})

    assert answer.status_code == 422
    assert "CallSid" in answer.json()["detail"]


def test_an_adapter_that_does_not_exist_is_not_found(ingest: Running) -> None:
    with ingest.client(role=None) as client:
        answer = client.post("/v1/channels/pigeon/webhook", content=b"")

    assert answer.status_code == 404
    assert "twilio" in answer.json()["detail"]
