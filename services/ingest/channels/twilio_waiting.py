"""Callers who wait in a queue of Twilio's: what they hear, choose and leave behind. Pure: forms → TwiML and drafts.

    waiting   Twilio asks again and again what the caller hears next (Enqueue's waitUrl)
    chosen    the caller has pressed a key (Gather's action)
    left      the call has left the queue (Enqueue's action): whoever left it to leave a message is recorded
    recorded  the recording is over (Record's action)
    recording the recording can be fetched (recordingStatusCallback); that form does not say who called, so the URL does

Formats: Twilio's TwiML documentation of Enqueue, Gather, Leave and Record, as of 2026-11.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from twilio.twiml.voice_response import Gather, VoiceResponse

from services.ingest.channels.phone_twilio import SOURCE, Form, NotACall, content_of, customer_of, moment_of, seconds_of
from services.ingest.channels.twilio_say import TwilioSay
from services.ingest.domain.draft import Draft
from services.ingest.domain.moments import time_of_report
from services.ingest.identities import Identities
from shared.contracts.content import CallContent
from shared.contracts.interactions import Call

Step = Literal["waiting", "chosen", "left", "recorded", "recording"]
STEPS: tuple[Step, ...] = get_args(Step)

CALL_BACK, LEAVE_MESSAGE = "1", "2"
"""The keys that a caller presses."""

_ARRIVING_SECONDS = 3
"""So long after a call came nothing may be decided yet, so Twilio asks again soon."""

_SOON, _LATER = 2, 10
_LONGEST_MESSAGE = 180

UrlOf = Callable[[Step], str]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who left a message, where Twilio does not say so again. address: the number that was called."""

    identity: str
    address: str | None


def keep_waiting(form: Form, say: TwilioSay, told: str | None, url: UrlOf) -> str:
    """What a caller hears next, and what to press meanwhile. told: what routing says of the wait, if that is new."""
    gather = Gather(input="dtmf", num_digits=1, timeout=1, action=url("chosen"))
    if told is not None:
        gather.say(" ".join(filter(None, (told, say.offer))), language=say.language)
    if (seconds_of(form.values.get("QueueTime")) or 0) < _ARRIVING_SECONDS:
        gather.pause(length=_SOON)
    elif say.music:
        gather.play(say.music)
    else:
        gather.pause(length=_LATER)
    response = VoiceResponse()
    response.append(gather)
    return str(response)


def to_message() -> str:
    """The caller leaves the queue, and is then asked for a message (see after_leaving)."""
    response = VoiceResponse()
    response.leave()
    return str(response)


def called_back(say: TwilioSay) -> str:
    """The caller need not wait on the line."""
    return _last_words(say.callback, say)


def wait_on(say: TwilioSay, url: UrlOf, *, withheld: bool = False) -> str:
    """The caller goes on waiting. withheld: told that nobody can call a number that they withhold."""
    response = VoiceResponse()
    if withheld:
        response.say(say.withheld, language=say.language)
    response.redirect(url("waiting"))
    return str(response)


def leaves_message(form: Form) -> bool:
    """Whether the call has left the queue for a message, and not because it was answered or is over."""
    return form.values.get("QueueResult") == "leave"


def record(say: TwilioSay, recorded: str, recording: str) -> str:
    """The caller is asked for a message. recorded, recording: the URLs of Twilio's next steps."""
    response = VoiceResponse()
    response.say(say.voicemail, language=say.language)
    response.record(
        action=recorded,
        max_length=_LONGEST_MESSAGE,
        play_beep=True,
        recording_status_callback=recording,
        recording_status_callback_event="completed",
    )
    response.hangup()
    return str(response)


def hang_up() -> str:
    """The call is over."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def thanks(say: TwilioSay) -> str:
    """The message is recorded."""
    return _last_words(say.thanks, say)


def call_of(form: Form) -> str:
    """The call's id; NotACall if the form is about none."""
    call = form.values.get("CallSid")
    if not call or len(call) > 64:
        raise NotACall("it has no CallSid")
    return call


def is_reachable(form: Form, identities: Identities) -> bool:
    """Whether anybody could call back."""
    return not customer_of(form, identities).startswith("call:")


def caller_of(form: Form, identities: Identities) -> Caller:
    """Who calls, and which number."""
    return Caller(customer_of(form, identities), form.values.get("To", "")[:200] or None)


def callback_of(form: Form, arrived: datetime, identities: Identities) -> Draft:
    """The caller wants to be called back. However often that is pressed, it is one event."""
    call = call_of(form)
    data = _call(call, caller_of(form, identities), form)
    return _draft("hub.callback.requested.v1", f"{call}/callback", arrived, data)


def message_of(form: Form, arrived: datetime, caller: Caller) -> Draft | None:
    """The message that was left; None if nothing was recorded. Both forms that tell of it lead to the same event."""
    call, recording, link = call_of(form), form.values.get("RecordingSid", ""), form.values.get("RecordingUrl", "")
    if not recording or not link or len(recording) > 64 or len(link) > 2_000:
        return None
    if form.values.get("RecordingStatus", "completed") != "completed":
        return None
    time = time_of_report(moment_of(form.values.get("RecordingStartTime")), arrived)
    data = _call(call, caller, form)
    content: CallContent = data.content
    data = replace(
        data,
        duration=seconds_of(form.values.get("RecordingDuration")),
        content=replace(content, recording=link),
    )
    return _draft("hub.voicemail.left.v1", f"{call}/voicemail/{recording}", time, data)


def _last_words(text: str, say: TwilioSay) -> str:
    response = VoiceResponse()
    response.say(text, language=say.language)
    response.hangup()
    return str(response)


def _call(call: str, caller: Caller, form: Form) -> Call[CallContent]:
    return Call(
        channel="phone",
        direction="inbound",
        conversation=call,
        identity=caller.identity,
        address=caller.address,
        content=content_of(form),
    )


def _draft(kind: str, own_id: str, time: datetime, data: Call[CallContent]) -> Draft:
    return Draft(type=kind, source=SOURCE, id=own_id, time=time, data=data)
