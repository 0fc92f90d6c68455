"""What Twilio is answered while a caller waits, by what routing has said of the call."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import assert_never
from urllib.parse import urlencode

import orjson
import structlog

from services.ingest.application import Acceptance
from services.ingest.channels import phone_twilio, twilio_waiting
from services.ingest.channels.phone_twilio import Form
from services.ingest.channels.twilio_say import TwilioSay
from services.ingest.channels.twilio_waiting import CALL_BACK, LEAVE_MESSAGE, Caller, Step
from services.ingest.identities import Identities
from services.ingest.plain import checked
from services.ingest.tellings import TOO_LATE
from services.ingest.waiting_calls import WaitingCalls
from shared.keyring import Keyring
from shared.sealing import Hasher, SealBroken, seal, unseal

log = structlog.get_logger()

_OF, _CALLER = "of", "caller"
"""Of the URL that Twilio tells of a recording: the caller's hash, and who that is, sealed with the caller's key."""


class TwilioSteps:
    """Takes the further webhooks of a call. webhook: the URL of the first one. now: the wall clock."""

    def __init__(
        self,
        *,
        webhook: str,
        queue: str,
        say: TwilioSay,
        acceptance: Acceptance,
        identities: Identities,
        keyring: Keyring,
        hasher: Hasher,
        calls: WaitingCalls,
        now: Callable[[], datetime],
    ) -> None:
        self._webhook = webhook
        self._queue = queue
        self._say = say
        self._acceptance = acceptance
        self._identities = identities
        self._keyring = keyring
        self._hasher = hasher
        self._calls = calls
        self._now = now

    def begin(self) -> str:
        """The TwiML for an incoming call."""
        return phone_twilio.answer(self._queue, self._url("waiting"), self._url("left"))

    async def take(self, step: Step, form: Form, query: Mapping[str, str]) -> str | None:
        """The TwiML that follows; None where Twilio only tells something."""
        match step:
            case "waiting":
                return await self._wait(form)
            case "chosen":
                return await self._choose(form)
            case "left":
                return await self._leave(form)
            case "recorded":
                await self._keep_message(form, twilio_waiting.caller_of(form, self._identities))
                return twilio_waiting.thanks(self._say)
            case "recording":
                caller = await self._named(form, query)
                if caller is not None:
                    await self._keep_message(form, caller)
                return None
            case _:
                assert_never(step)

    async def _wait(self, form: Form) -> str:
        conversation, now = self._conversation(form), self._now()
        if await self._calls.is_sent_to_voicemail(conversation, now):
            return twilio_waiting.to_message()
        told = await self._calls.next_word(conversation, now - TOO_LATE)
        return twilio_waiting.keep_waiting(form, self._say, told, self._url)

    async def _choose(self, form: Form) -> str:
        match form.values.get("Digits"):
            case digit if digit == CALL_BACK:
                if not twilio_waiting.is_reachable(form, self._identities):
                    return twilio_waiting.wait_on(self._say, self._url, withheld=True)
                draft = twilio_waiting.callback_of(form, self._now(), self._identities)
                await self._acceptance.accept([checked(draft)])
                return twilio_waiting.called_back(self._say)
            case digit if digit == LEAVE_MESSAGE:
                return twilio_waiting.to_message()
            case _:
                return twilio_waiting.wait_on(self._say, self._url)

    async def _leave(self, form: Form) -> str:
        if not twilio_waiting.leaves_message(form):
            return twilio_waiting.hang_up()
        caller = twilio_waiting.caller_of(form, self._identities)
        hashed = self._hasher.identity(self._identities.normal(caller.identity).identity)
        cipher = (await self._keyring.ensure([hashed]))[hashed].cipher
        who = seal(cipher, twilio_waiting.call_of(form), orjson.dumps([caller.identity, caller.address]))
        recording = self._url("recording", {_OF: hashed, _CALLER: urlsafe_b64encode(who.encode()).decode()})
        return twilio_waiting.record(self._say, self._url("recorded"), recording)

    async def _named(self, form: Form, query: Mapping[str, str]) -> Caller | None:
        """Who the URL says has called; None if they were erased meanwhile."""
        hashed, call = query.get(_OF, ""), twilio_waiting.call_of(form)
        key = (await self._keyring.find([hashed], anew=True)).get(hashed)
        if key is None:
            return None
        try:
            who = urlsafe_b64decode(query.get(_CALLER, "")).decode()
            return Caller(*orjson.loads(unseal(key.cipher, call, who)))
        except (SealBroken, Error, ValueError):
            log.warning("recording_of_nobody", call=call)
            return None

    async def _keep_message(self, form: Form, caller: Caller) -> None:
        draft = twilio_waiting.message_of(form, self._now(), caller)
        if draft is not None:
            await self._acceptance.accept([checked(draft)])

    def _conversation(self, form: Form) -> str:
        return self._acceptance.conversation(phone_twilio.SOURCE, twilio_waiting.call_of(form))

    def _url(self, step: Step, further: Mapping[str, str] | None = None) -> str:
        return f"{self._webhook}?{urlencode({'step': step, **(further or {})})}"
