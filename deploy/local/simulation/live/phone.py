"""The telephone network: rings at the hub, connects agents, and tells the hub what becomes of each call."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from deploy.local.simulation.contacts import Contact
from deploy.local.simulation.live.access import Access
from deploy.local.simulation.live.events import Events
from deploy.local.simulation.live.ledger import Ledger


@dataclass(slots=True, kw_only=True)
class Call:
    """A call under way. conversation: the hub's id of it. answered, over: what both sides hear on the line.

    telling: held while the hub is told, so that it hears of one moment after the other.
    """

    contact: Contact
    conversation: str
    events: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)


class Line(Protocol):
    """A way to tell the hub of calls. Each of these returns when the hub has it, or raises Unanswered."""

    async def ring(self, contact: Contact) -> Call: ...
    async def connected(self, call: Call) -> None: ...
    async def hung_up(self, call: Call, seconds: float) -> None: ...


class PluginLine:
    """A switchboard that is a plugin of the hub: every moment of a call is a CloudEvent."""

    def __init__(self, access: Access, url: str, events: Events) -> None:
        self._access = access
        self._url = f"{url}/v1/events"
        self._events = events

    async def ring(self, contact: Contact) -> Call:
        call = Call(contact=contact, conversation=str(uuid4()))
        await self._tell(call, "started")
        return call

    async def connected(self, call: Call) -> None:
        await self._tell(call, "answered")

    async def hung_up(self, call: Call, seconds: float) -> None:
        if call.answered.is_set():
            await self._tell(call, "ended", reason="completed", duration=round(seconds, 3))
        else:
            await self._tell(call, "ended", reason="no-answer")

    async def _tell(self, call: Call, moment: str, **facts: object) -> None:
        number, call.events = call.events, call.events + 1
        await self._access.post(self._url, self._events.call(moment, call.contact, call.conversation, number, **facts))


class Switchboard:
    """The calls under way, so that an agent who accepts one is put through."""

    def __init__(self, line: Line, ledger: Ledger) -> None:
        self._line = line
        self._ledger = ledger
        self._calls: dict[str, Call] = {}

    async def ring(self, contact: Contact) -> Call:
        """Rings at the hub for the customer."""
        self._ledger.hand("call")
        call = await self._line.ring(contact)
        self._ledger.take("call", contact.identity)
        self._calls[call.conversation] = call
        return call

    async def put_through(self, conversation: str) -> Call | None:
        """Connects the agent who accepted; None when no such call is under way (any more)."""
        call = self._calls.get(conversation)
        if call is None:
            return None
        call.answered.set()
        async with call.telling:
            await self._told(call, self._line.connected(call))
        return call

    async def hang_up(self, call: Call, seconds: float) -> None:
        """Ends the call. seconds: how long customer and agent talked, in real seconds."""
        self._calls.pop(call.conversation, None)
        call.over.set()
        async with call.telling:
            await self._told(call, self._line.hung_up(call, seconds))

    async def _told(self, call: Call, telling: Awaitable[None]) -> None:
        self._ledger.hand("call")
        await telling
        self._ledger.take("call", call.contact.identity)
