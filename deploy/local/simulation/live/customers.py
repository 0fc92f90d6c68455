"""The customers: each plays what was drawn for them, through the channel's own interface."""

import asyncio
from dataclasses import dataclass

from deploy.local.simulation.contacts import Contact, Order
from deploy.local.simulation.live.access import Access, Unanswered
from deploy.local.simulation.live.chat import ChatSite, Visit
from deploy.local.simulation.live.events import Events
from deploy.local.simulation.live.ledger import Kind, Ledger
from deploy.local.simulation.live.mail import Post
from deploy.local.simulation.live.pace import Pace
from deploy.local.simulation.live.phone import Switchboard
from deploy.local.simulation.live.signs import either


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """How customers reach the hub. plugins: where plugins post their events."""

    post: Post
    chat: ChatSite
    phone: Switchboard
    plugins: Access
    events_url: str
    events: Events


class Customers:
    """Plays contacts; many at the same time. After `close` nobody waits or talks any longer."""

    def __init__(self, channels: Channels, pace: Pace, ledger: Ledger) -> None:
        self._channels = channels
        self._pace = pace
        self._ledger = ledger
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Everybody on the line or in a chat says goodbye now."""
        self._closing.set()

    async def play(self, wish: Contact | Order) -> None:
        """Returns when this customer is done; what the hub refuses is in the ledger."""
        try:
            if isinstance(wish, Order):
                await self._order(wish)
            else:
                await self._contact(wish)
        except Unanswered as unanswered:
            self._ledger.trouble(wish.person.name, str(unanswered))

    async def _contact(self, contact: Contact) -> None:
        self._ledger.outcomes["contacts"] += 1
        if contact.joins is not None and contact.channel != "chat":
            await self._identify(contact, contact.identity)
        match contact.channel:
            case "phone":
                await self._call(contact)
            case "chat":
                await self._chat(contact)
            case "email":
                await self._write(contact)
            case _:
                await self._mention(contact)

    async def _order(self, order: Order) -> None:
        await self._tell("order", order.identity, self._channels.events.ordered(order))
        self._ledger.note(order.person.name, f"orders in the shop: {order.product}")

    async def _mention(self, contact: Contact) -> None:
        await self._tell("post", contact.identity, self._channels.events.mentioned(contact))
        self._ledger.note(contact.person.name, f"mentions us: {contact.subject}")

    async def _identify(self, contact: Contact, identity: str) -> None:
        """Joins the address that the customer uses now with one they used before."""
        also = contact.joins or ""
        if also.startswith("webchat:"):
            also = self._channels.chat.identity(contact.person) or ""
        if also:
            event = self._channels.events.identified(contact, identity, also)
            await self._tell("identification", identity, event)
            self._note_joined(contact, also)

    def _note_joined(self, contact: Contact, also: str) -> None:
        what = f"signs in: {also.partition(':')[0]} and {contact.channel} are one person"
        self._ledger.note(contact.person.name, what)

    async def _write(self, contact: Contact) -> None:
        self._ledger.hand("mail")
        await self._channels.post.send(contact)
        self._ledger.take("mail", contact.identity)
        self._ledger.note(contact.person.name, f"writes: {contact.subject}")

    async def _call(self, contact: Contact) -> None:
        self._ledger.note(contact.person.name, f"calls: {contact.subject}")
        call = await self._channels.phone.ring(contact)
        answered = await self._waits_for(call.answered, contact.patience)
        began = self._pace.elapsed
        if answered:
            await self._waits_for(call.over, contact.handling)
        elif not self._closing.is_set():
            self._gave_up(contact, "hangs up")
        await self._channels.phone.hang_up(call, self._pace.elapsed - began if answered else 0.0)

    async def _chat(self, contact: Contact) -> None:
        self._ledger.note(contact.person.name, f"opens a chat: {contact.subject}")
        async with self._channels.chat.visit(contact) as visit:
            patience = contact.patience
            for number, text in enumerate(contact.says):
                await visit.say(text)
                if number == 0 and contact.joins is not None:
                    await self._identify_in_chat(contact, visit)
                if not await self._waits_for(visit.replied, patience):
                    break
                patience = None
                await self._pause(contact.handling / len(contact.says) / 2)
            if visit.replies == 0 and not self._closing.is_set():
                self._gave_up(contact, "leaves the chat")

    def _gave_up(self, contact: Contact, how: str) -> None:
        self._ledger.outcomes["gave up"] += 1
        self._ledger.note(contact.person.name, f"{how}, tired of waiting")

    async def _identify_in_chat(self, contact: Contact, visit: Visit) -> None:
        """A mail address can be told to the chat; another one becomes known by signing in."""
        if contact.joins == contact.person.identity("email"):
            await visit.identify(contact.person.email)
            self._note_joined(contact, contact.joins)
        else:
            await self._identify(contact, visit.identity)

    async def _pause(self, seconds: float) -> None:
        """Lets a model duration pass, or what is left of it when the day is over."""
        await self._waits_for(asyncio.Event(), seconds)

    async def _waits_for(self, sign: asyncio.Event, seconds: float | None) -> bool:
        """Waits for a sign; False when it did not come in that model time, or the day is over."""
        await either(sign, self._closing, within=None if seconds is None else self._pace.real(seconds))
        return sign.is_set()

    async def _tell(self, kind: Kind, identity: str, event: dict[str, object]) -> None:
        self._ledger.hand(kind)
        await self._channels.plugins.post(self._channels.events_url, event)
        self._ledger.take(kind, identity)
