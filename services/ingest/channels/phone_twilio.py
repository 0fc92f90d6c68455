"""Phone by Twilio Voice: webhooks of incoming calls and status callbacks → drafts, and the TwiML to answer with. Pure.

Formats: Twilio's Voice documentation (request parameters, status callbacks, X-Twilio-Signature), as of 2026-11.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from services.ingest.domain.draft import RESERVED, Draft
from services.ingest.domain.moments import time_of_report
from services.ingest.identities import Identities, WrongIdentity
from shared.contracts.content import CallContent
from shared.contracts.interactions import Call

SOURCE = f"{RESERVED}channels/phone/twilio"

_MAX_FIELDS = 300
_STARTED = {"queued", "initiated", "ringing"}
_ANSWERED = {"in-progress", "answered"}
_ENDED = {"completed", "busy", "no-answer", "failed", "canceled"}
_WITHHELD = {"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"}
"""What Twilio gives as From where the caller is unknown: the words ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and
UNAVAILABLE on a telephone's keys. A person is none of them."""


class NotFromTwilio(Exception):
    """The signature is not that of the request."""


class NotACall(Exception):
    """Signed by Twilio, but no voice webhook that the hub knows. The reason says what it lacks."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Form:
    """A verified form: what Twilio signed."""

    values: dict[str, str]

    @property
    def is_incoming_call(self) -> bool:
        """Whether Twilio asks what to do with a call, rather than telling how it went."""
        return (
            "CallbackSource" not in self.values and "SequenceNumber" not in self.values and _moment(self) == "started"
        )


def verified(body: bytes, url: str, signature: str | None, auth_token: str) -> Form:
    """The form in `body`, which Twilio posted to `url`; NotFromTwilio unless its signature says so."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise NotFromTwilio from error
    if not signature or not RequestValidator(auth_token).validate(url, _Fields(pairs), signature):
        raise NotFromTwilio
    return Form(dict(pairs))


def drafts_of(form: Form, arrived: datetime, identities: Identities) -> list[Draft]:
    """The call's moment as a draft; none if the hub has no event for it. NotACall if it is no voice webhook.

    A call starts, is answered and ends once, so its id and the moment make the event's id: the incoming call and its
    own `ringing` callback are one event.
    """
    call = form.values.get("CallSid")
    if not call or len(call) > 64:
        raise NotACall("it has no CallSid")
    moment = _moment(form)
    if moment is None or form.values.get("ParentCallSid"):  # the leg to an agent is part of the caller's call
        return []
    outbound = form.values.get("Direction", "inbound").startswith("outbound")
    ours = "From" if outbound else "To"
    return [
        Draft(
            type=f"hub.call.{moment}.v1",
            source=SOURCE,
            id=f"{call}/{moment}",
            time=time_of_report(moment_of(form.values.get("Timestamp")), arrived),
            data=Call(
                channel="phone",
                direction="outbound" if outbound else "inbound",
                conversation=call,
                identity=customer_of(form, identities),
                address=form.values.get(ours, "")[:200] or None,
                reason=form.values["CallStatus"].lower() if moment == "ended" else None,
                duration=seconds_of(form.values.get("CallDuration")) if moment == "ended" else None,
                content=content_of(form),
            ),
        )
    ]


def answer(queue: str, waiting: str, left: str) -> str:
    """The TwiML that puts an incoming call into a queue of Twilio's, where it waits for an agent.

    waiting, left: the URLs that Twilio asks what a caller hears meanwhile, and what follows when it leaves the queue.
    """
    response = VoiceResponse()
    response.enqueue(queue, wait_url=waiting, action=left)
    return str(response)


def customer_of(form: Form, identities: Identities) -> str:
    """The customer on the other end of a call. One who withholds the number is known by this call alone: strangers must
    not become one person.
    """
    outbound = form.values.get("Direction", "inbound").startswith("outbound")
    return _identity(form.values.get("To" if outbound else "From", ""), form.values["CallSid"], identities)


def moment_of(given: str | None) -> datetime | None:
    """A moment as Twilio writes it (RFC 2822); None if it is none."""
    try:
        moment = parsedate_to_datetime(given or "")
    except (ValueError, TypeError, IndexError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def seconds_of(given: str | None) -> float | None:
    """Whole seconds as Twilio writes them; None if they are none."""
    return float(given) if given and given.isascii() and given.isdigit() and len(given) <= 7 else None


class _Fields(dict[str, str]):
    """The form as RequestValidator wants it: every value of a name that comes twice is signed."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = tuple(pairs)

    def getall(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


def _moment(form: Form) -> Literal["started", "answered", "ended"] | None:
    status = form.values.get("CallStatus", "").lower()
    if status in _STARTED:
        return "started"
    if status in _ANSWERED:
        return "answered"
    return "ended" if status in _ENDED else None


def _identity(given: str, call: str, identities: Identities) -> str:
    if given.startswith(("sip:", "sips:", "client:")):
        kind, _, address = given.partition(":")
        given = f"{kind}:{address.split(';')[0].lower() if kind != 'client' else address}"
    elif given in _WITHHELD:
        given = ""
    else:
        given = f"phone:{given}"
    try:
        identities.normal(given)
    except WrongIdentity:
        return f"call:{call}"
    return given


def content_of(form: Form) -> CallContent:
    """What is personal in a form, and the form as it came."""
    outbound = form.values.get("Direction", "inbound").startswith("outbound")
    side = "To" if outbound else "From"
    country = form.values.get(f"{side}Country", "")
    return CallContent(
        name=form.values.get("CallerName", "")[:200] or None,
        city=form.values.get(f"{side}City", "")[:200] or None,
        country=country if len(country) == 2 else None,
        original={name: value[:2_000] for name, value in form.values.items() if "\0" not in name},
    )
