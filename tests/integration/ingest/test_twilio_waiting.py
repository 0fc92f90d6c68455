"""Callers wait in a queue of Twilio's: they hear what routing says, are called back, or leave a message."""

import uuid
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, fromstring

import httpx
import pytest

from services.ingest.channels.phone_twilio import SOURCE
from shared.auth import now_utc
from shared.contracts.envelope import event_id
from shared.contracts.tickets import TicketOverflowed
from shared.contracts.tickets_relief import TicketWaitTold
from shared.contracts.values import to_milliseconds
from tests.eventually import eventually
from tests.integration.ingest.running import Running
from tests.integration.ingest.test_tellings import publish
from tests.integration.ingest.test_twilio import form, new_call, post


async def called(ingest: Running) -> tuple[str, str]:
    """An incoming call, and the hub's id of its conversation."""
    call = new_call()
    assert post(ingest, form("incoming_call", call)).status_code == 200
    started = await ingest.event(event_id(SOURCE, f"{call}/started"))
    return call, started.event.data.conversation


def step(ingest: Running, name: str, call: str, query: str | None = None, **changes: str) -> httpx.Response:
    """Twilio asks for what follows, at the URL that the hub gave."""
    return post(ingest, form(name, call, **changes), query=query or f"?step={name}")


def heard(answer: httpx.Response) -> list[Element]:
    """What the TwiML says, verb by verb; of what is read out while keys are awaited, too."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/xml")
    return [verb for verb in fromstring(answer.text).iter() if verb.tag != "Response"]  # noqa: S314 (the hub's own)


def told(conversation: str, text: str, ago: float = 0) -> TicketWaitTold:
    return TicketWaitTold(
        ticket=conversation,
        at=to_milliseconds(now_utc() - timedelta(seconds=ago)),
        queue="calls",
        channel="phone",
        conversation=conversation,
        position=2,
        wait_s=100,
        wait_90_s=300,
        text=text,
    )


def sent_to_voicemail(conversation: str) -> TicketOverflowed:
    now = to_milliseconds(now_utc())
    return TicketOverflowed(
        ticket=conversation,
        at=now,
        queue="calls",
        to="calls",
        reason="wait",
        voicemail_until=now + timedelta(minutes=15),
        conversation=conversation,
    )


def said(answer: httpx.Response) -> list[str | None]:
    return [verb.text for verb in heard(answer) if verb.tag == "Say"]


async def test_a_caller_hears_place_and_wait_once_and_never_too_late(ingest: Running) -> None:
    call, conversation = await called(ingest)
    assert said(step(ingest, "waiting", call)) == []
    late, new = told(conversation, "You were number 9.", ago=90), told(conversation, "You are number 2.", ago=1)
    await publish(ingest, new, late, new)
    other, _ = await called(ingest)

    async def hears() -> list[str | None]:
        return said(step(ingest, "waiting", call))

    (heard_once,) = await eventually(hears, what="the caller hearing it")
    assert heard_once == "You are number 2. Press 1 to be called back, or 2 to leave a message."
    assert said(step(ingest, "waiting", other)) == [], "it is told to whoever it is about"
    await publish(ingest, new)
    await publish(ingest, told(conversation, "You are next."))
    assert await eventually(hears) == ["You are next. Press 1 to be called back, or 2 to leave a message."]
    assert await hears() == []


async def test_what_could_not_be_said_in_time_is_not_said(ingest: Running) -> None:
    call, conversation = await called(ingest)
    second, other = await called(ingest)
    await publish(ingest, told(conversation, "You were number 9.", ago=90), told(other, "You are next."))

    async def hears() -> list[str | None]:
        return said(step(ingest, "waiting", second))

    assert await eventually(hears)
    assert said(step(ingest, "waiting", call)) == []


async def test_who_presses_one_is_called_back(ingest: Running) -> None:
    call, conversation = await called(ingest)
    verbs = heard(step(ingest, "chosen", call))
    assert [verb.tag for verb in verbs] == ["Say", "Hangup"]
    assert "keep your place" in (verbs[0].text or "")
    wish = await ingest.event(event_id(SOURCE, f"{call}/callback"))
    assert wish.event.type == "hub.callback.requested.v1"
    assert (wish.event.data.conversation, wish.event.data.direction) == (conversation, "inbound")
    assert wish.content["identity"] == "phone:+4915112345678"


async def test_whom_nobody_could_call_is_told_so_and_waits_on(ingest: Running) -> None:
    call = new_call()
    withheld = form("withheld_number", call)["From"]
    verbs = heard(step(ingest, "chosen", call, From=withheld))
    assert [verb.tag for verb in verbs] == ["Say", "Redirect"]
    assert (verbs[1].text or "").endswith("?step=waiting")
    assert not await ingest.logged(lambda event: event.id == event_id(SOURCE, f"{call}/callback"))


def test_any_other_key_changes_nothing(ingest: Running) -> None:
    assert [verb.tag for verb in heard(step(ingest, "chosen", new_call(), Digits="7"))] == ["Redirect"]


async def test_whom_routing_sends_to_voicemail_leaves_a_message(ingest: Running) -> None:
    call, conversation = await called(ingest)
    await publish(ingest, sent_to_voicemail(conversation))

    async def leaves() -> bool:
        return [verb.tag for verb in heard(step(ingest, "waiting", call))] == ["Leave"]

    await eventually(leaves, what="the caller leaving the queue")
    verbs = heard(step(ingest, "left", call))
    assert [verb.tag for verb in verbs] == ["Say", "Record", "Hangup"]
    fetched = urlsplit(verbs[1].get("recordingStatusCallback"))
    assert parse_qs(str(fetched.query))["step"] == ["recording"]
    assert "4915112345678" not in str(fetched.query), "the caller's number stands in no URL"
    recording = f"RE{uuid.uuid4().hex}"
    answer = step(ingest, "recording", call, f"?{fetched.query!s}", RecordingSid=recording)
    assert answer.status_code == 204, answer.text
    left = await ingest.event(event_id(SOURCE, f"{call}/voicemail/{recording}"))
    assert left.event.type == "hub.voicemail.left.v1"
    assert (left.event.data.conversation, left.event.data.duration) == (conversation, 17)
    assert left.event.data.address == "+493023125000"
    assert left.content["identity"] == "phone:+4915112345678"
    assert left.content["recording"].endswith("/Recordings/RE00000000000000000000000000000001")
    thanked = heard(step(ingest, "recorded", call, RecordingSid=recording))
    assert [verb.tag for verb in thanked] == ["Say", "Hangup"]
    again = await ingest.logged(lambda event: event.id == left.event.id)
    assert {one.event.data.identity for one in again} == {left.event.data.identity}


async def test_who_presses_two_leaves_a_message_that_is_kept_even_if_nothing_tells_when_it_can_be_fetched(
    ingest: Running,
) -> None:
    call, conversation = await called(ingest)
    assert [verb.tag for verb in heard(step(ingest, "chosen", call, Digits="2"))] == ["Leave"]
    assert "<Record" in step(ingest, "left", call).text
    recording = f"RE{uuid.uuid4().hex}"
    heard(step(ingest, "recorded", call, RecordingSid=recording))
    left = await ingest.event(event_id(SOURCE, f"{call}/voicemail/{recording}"))
    assert left.event.data.conversation == conversation
    assert left.content["identity"] == "phone:+4915112345678"


def test_who_was_answered_or_has_hung_up_is_asked_for_no_message(ingest: Running) -> None:
    for result in ("bridged", "hangup"):
        assert [verb.tag for verb in heard(step(ingest, "left", new_call(), QueueResult=result))] == ["Hangup"]


@pytest.mark.parametrize("caller", ["", "caller=AAAA", "of=0f&caller=AAAA", "caller=%21"])
async def test_a_recording_of_nobody_that_can_be_named_is_let_be(ingest: Running, caller: str) -> None:
    call, conversation = await called(ingest)
    answer = step(ingest, "recording", call, f"?step=recording&{caller}" if caller else "?step=recording")
    assert answer.status_code == 204, answer.text
    (only,) = await ingest.logged(lambda event: event.data.conversation == conversation)
    assert only.event.type == "hub.call.started.v1"


def test_steps_that_there_are_not_and_forms_without_a_call_are_refused(ingest: Running) -> None:
    unknown = step(ingest, "waiting", new_call(), "?step=dance")
    assert (unknown.status_code, "waiting" in unknown.json()["detail"]) == (404, True)
    assert step(ingest, "waiting", "").status_code == 422
    forged = post(ingest, form("waiting", new_call()), signature="wrong", query="?step=waiting")
    assert forged.status_code == 403
