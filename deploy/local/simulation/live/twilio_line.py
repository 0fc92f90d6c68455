"""Calls as Twilio would tell of them: signed webhooks. Used when the hub and the demo know the same auth token."""

import asyncio
from time import monotonic

from twilio.request_validator import RequestValidator

from deploy.local.simulation.contacts import Contact
from deploy.local.simulation.live.access import Access, Addresses, Unanswered
from deploy.local.simulation.live.phone import Call

DEFAULT_NUMBER = "+12025550100"
_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 5.0


class TwilioLine:
    """A telephone network that is Twilio's, as far as the hub can tell."""

    def __init__(self, access: Access, addresses: Addresses, auth_token: str, run: str, public_url: str) -> None:
        self._access = access
        self._addresses = addresses
        self._validator = RequestValidator(auth_token)
        self._run = run
        path = "/v1/channels/twilio/webhook"
        self._url = f"{addresses.ingest}{path}"
        self._signed_url = f"{public_url}{path}"

    async def ring(self, contact: Contact) -> Call:
        call = Call(contact=contact, conversation=self._sid(contact))
        await self._tell(call, "ringing")
        call.conversation = await self._conversation(contact)
        return call

    async def connected(self, call: Call) -> None:
        await self._tell(call, "in-progress")

    async def hung_up(self, call: Call, seconds: float) -> None:
        if call.answered.is_set():
            await self._tell(call, "completed", CallDuration=str(round(seconds)))
        else:
            await self._tell(call, "no-answer")

    async def _tell(self, call: Call, status: str, **more: str) -> None:
        fields = {
            "CallSid": self._sid(call.contact),
            "AccountSid": "AC" + "0" * 32,
            "From": call.contact.person.phone,
            "To": call.contact.door.address or DEFAULT_NUMBER,
            "CallStatus": status,
            "Direction": "inbound",
            "FromCountry": "US",
            **more,
        }
        if call.events:
            fields |= {"CallbackSource": "call-progress-events", "SequenceNumber": str(call.events)}
        call.events += 1
        signature = self._validator.compute_signature(self._signed_url, fields)
        await self._access.form(self._url, fields, {"X-Twilio-Signature": signature})

    def _sid(self, contact: Contact) -> str:
        return f"CA{self._run}{contact.number:020d}"

    async def _conversation(self, contact: Contact) -> str:
        """The hub's id of the call that rings: the hub alone makes it, so the caller's timeline is asked."""
        deadline = monotonic() + _PATIENCE_SECONDS
        while monotonic() < deadline:
            url = f"{self._addresses.profile}/v1/timeline"
            try:
                page = await self._access.get(url, identity=contact.identity, limit=20)
            except Unanswered as unanswered:
                if unanswered.status != 404:
                    raise
            else:
                for entry in page["timeline"]["items"]:
                    if (entry["content"].get("original") or {}).get("CallSid") == self._sid(contact):
                        return str(entry["conversation"])
            await asyncio.sleep(_LOOK_SECONDS)
        raise Unanswered("GET /v1/timeline", None, "a call that was accepted did not appear within 5 s")
