"""What Twilio is answered while a caller waits, and what its forms tell."""

from datetime import UTC, datetime
from xml.etree.ElementTree import Element, fromstring

import pytest

from services.ingest.channels.phone_twilio import Form, NotACall
from services.ingest.channels.twilio_say import TwilioSay
from services.ingest.channels.twilio_waiting import (
    Caller,
    callback_of,
    caller_of,
    is_reachable,
    keep_waiting,
    leaves_message,
    message_of,
    record,
    wait_on,
)
from services.ingest.identities import Identities
from services.ingest.plain import checked
from shared.contracts.content import CallContent
from shared.contracts.interactions import Call
from tests.unit.ingest.test_phone_twilio import ARRIVED, payload

SAY = TwilioSay(language="de-DE", music="https://music.example/a.mp3", offer="Press 1 & wait.")
ANN = Caller("phone:+4915112345678", "+493023125000")


def form(name: str, **changes: str) -> Form:
    return Form(payload(name, **changes))


def url(step: str) -> str:
    return f"https://hub.example/?step={step}"


def twiml(answer: str) -> Element:
    return fromstring(answer)  # noqa: S314 (made here)


def waiting(told: str | None = None, say: TwilioSay = SAY, **changes: str) -> Element:
    (gather,) = twiml(keep_waiting(form("waiting", **changes), say, told, url))
    assert (gather.tag, gather.get("numDigits"), gather.get("action")) == ("Gather", "1", url("chosen"))
    return gather


def test_a_caller_hears_what_is_new_of_the_wait_what_to_press_and_then_music() -> None:
    said, music = waiting("You are number 2.")
    assert (said.tag, said.text, said.get("language")) == ("Say", "You are number 2. Press 1 & wait.", "de-DE")
    assert (music.tag, music.text) == ("Play", "https://music.example/a.mp3")


def test_nothing_is_said_twice_and_without_music_it_is_quiet() -> None:
    (pause,) = waiting(say=TwilioSay())
    assert (pause.tag, pause.get("length")) == ("Pause", "10")


@pytest.mark.parametrize("queue_time", ["0", "2", "", "-1"])
def test_who_has_just_come_is_asked_for_again_soon(queue_time: str) -> None:
    (pause,) = waiting(QueueTime=queue_time)
    assert (pause.tag, pause.get("length")) == ("Pause", "2")


def test_where_no_keys_are_offered_none_are_spoken_of() -> None:
    said, _ = waiting("You are number 2.", TwilioSay(offer=""))
    assert said.text == "You are number 2."


def test_who_withholds_the_number_hears_why_nobody_can_call_and_waits_on() -> None:
    said, redirect = twiml(wait_on(SAY, url, withheld=True))
    assert (said.text, redirect.text) == (SAY.withheld, url("waiting"))
    assert not is_reachable(form("withheld_number"), Identities())
    assert is_reachable(form("waiting"), Identities())


def test_a_message_is_recorded_and_told_of_twice() -> None:
    said, recording, end = twiml(record(SAY, url("recorded"), url("recording")))
    assert (said.text, end.tag) == (SAY.voicemail, "Hangup")
    assert recording.attrib == {
        "action": url("recorded"),
        "maxLength": "180",
        "playBeep": "true",
        "recordingStatusCallback": url("recording"),
        "recordingStatusCallbackEvent": "completed",
    }


@pytest.mark.parametrize("result", ["bridged", "hangup", "queue-full", "error", "redirected", ""])
def test_who_leaves_the_queue_otherwise_is_asked_for_no_message(result: str) -> None:
    assert leaves_message(form("left"))
    assert not leaves_message(form("left", QueueResult=result))


def test_a_wish_to_be_called_back_is_one_however_often_it_is_pressed() -> None:
    first, again = (checked(callback_of(form("chosen"), ARRIVED, Identities())) for _ in range(2))
    assert (first.type, first.time, first.id) == ("hub.callback.requested.v1", ARRIVED, again.id)
    data = first.data
    assert isinstance(data, Call)
    assert (data.conversation, data.identity, data.address) == (
        payload("chosen")["CallSid"],
        "phone:+4915112345678",
        "+493023125000",
    )


def test_a_message_is_one_whichever_form_tells_of_it() -> None:
    later = datetime(2026, 11, 20, 9, 2, tzinfo=UTC)
    caller = caller_of(form("recorded"), Identities())
    assert caller == ANN
    ended, fetched = (message_of(form(name), later, caller) for name in ("recorded", "recording"))
    assert ended is not None
    assert fetched is not None
    assert ended.id == fetched.id
    assert fetched.time == datetime(2026, 11, 20, 9, 1, tzinfo=UTC)
    for draft in (checked(ended), checked(fetched)):
        assert draft.type == "hub.voicemail.left.v1"
        assert isinstance(draft.data, Call)
        assert draft.data.duration == 17
        content = draft.data.content
        assert isinstance(content, CallContent)
        assert content.recording == payload("recording")["RecordingUrl"]


@pytest.mark.parametrize(
    "changes",
    [{"RecordingStatus": "absent"}, {"RecordingUrl": ""}, {"RecordingSid": ""}, {"RecordingUrl": "x" * 2_001}],
    ids=["silence", "no link", "no id", "no sensible link"],
)
def test_without_a_recording_there_is_no_message(changes: dict[str, str]) -> None:
    assert message_of(form("recording", **changes), ARRIVED, ANN) is None


def test_a_form_without_a_call_is_refused() -> None:
    with pytest.raises(NotACall):
        callback_of(form("chosen", CallSid=""), ARRIVED, Identities())
