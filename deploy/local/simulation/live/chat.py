"""The web shop's chat: customers' sockets to the hub, and the cookies by which it knows them again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from deploy.local.simulation.contacts import Contact
from deploy.local.simulation.live.access import Unanswered
from deploy.local.simulation.live.ledger import Ledger
from deploy.local.simulation.people import Person

_SECONDS = 10.0


class Visit:
    """One customer's connection. conversation: the hub's id of it, from the first acknowledgement on.

    replied: an agent has answered what was said last. spoke: the customer said something that nobody has read yet.
    """

    def __init__(self, socket: ClientConnection, visitor: str, contact: Contact, ledger: Ledger, run: str) -> None:
        self.identity = f"webchat:{visitor}"
        self.language = contact.person.language
        self.conversation: str | None = None
        self.replies = 0
        self.replied, self.spoke, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._socket = socket
        self._contact = contact
        self._ledger = ledger
        self._run = run
        self._said = 0
        self._answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def say(self, text: str) -> None:
        """Returns when the hub has acknowledged the message."""
        self.replied.clear()
        first = self.conversation is None
        self._ledger.hand("chat message")
        if first:
            self._ledger.hand("chat")
        own_id = f"{self._run}-{self._contact.number}-{self._said}"
        self._said += 1
        answer = await self._ask({"type": "message", "id": own_id, "text": text}, "ack")
        self.conversation = answer["conversation"]
        self._ledger.take("chat message", self.identity)
        if first:
            self._ledger.take("chat", self.identity)
        self.spoke.set()

    async def identify(self, email: str) -> None:
        """Tells the hub the customer's mail address."""
        self._ledger.hand("identification")
        await self._ask({"type": "identify", "email": email, "name": self._contact.person.name}, "ack")
        self._ledger.take("identification", self.identity)

    async def leave(self) -> None:
        """Says goodbye; returns when the hub knows."""
        if self.conversation is not None:
            self._ledger.hand("chat")
            await self._ask({"type": "leave"}, "ended")
            self._ledger.take("chat", self.identity)

    async def listen(self) -> None:
        """Takes in what the hub says, until the socket closes."""
        try:
            async for text in self._socket:
                frame = orjson.loads(text)
                if frame["type"] == "message":
                    self.replies += 1
                    self.replied.set()
                else:
                    self._answers.put_nowait(frame)
        except ConnectionClosed:
            pass
        self._answers.put_nowait({"type": "closed"})

    async def _ask(self, frame: dict[str, str], wanted: str) -> dict[str, Any]:
        try:
            await self._socket.send(orjson.dumps(frame).decode())
            async with asyncio.timeout(_SECONDS):
                answer = await self._answers.get()
        except (ConnectionClosed, TimeoutError) as error:
            raise Unanswered("WS /v1/chat", None, f"no answer to a {frame['type']} ({type(error).__name__})") from error
        if answer["type"] != wanted:
            raise Unanswered("WS /v1/chat", None, f"{answer['type']}: {answer.get('reason', 'the chat is over')}")
        return answer


class ChatSite:
    """Where customers chat. url: the chat's address, with ws:// in front."""

    def __init__(self, url: str, ledger: Ledger, run: str) -> None:
        self._url = url
        self._ledger = ledger
        self._run = run
        self._cookies: dict[int, tuple[str, str]] = {}
        self._present: set[int] = set()
        self._visits: dict[str, Visit] = {}

    def identity(self, person: Person) -> str | None:
        """How the hub knows the person's browser, if they have chatted before."""
        cookie = self._cookies.get(person.number)
        return f"webchat:{cookie[0]}" if cookie else None

    def of_conversation(self, conversation: str) -> Visit | None:
        """The visit that an agent who accepted the conversation sees, unless the customer is gone."""
        return next((visit for visit in self._visits.values() if visit.conversation == conversation), None)

    @asynccontextmanager
    async def visit(self, contact: Contact) -> AsyncIterator[Visit]:
        """A connection for this customer. Who is in a chat already comes a second time as somebody new."""
        number = contact.person.number
        again = number in self._present
        cookie = None if again else self._cookies.get(number)
        try:
            socket = await connect(f"{self._url}?token={cookie[1]}" if cookie else self._url, open_timeout=_SECONDS)
        except (OSError, InvalidHandshake, TimeoutError) as error:
            raise Unanswered("WS /v1/chat", None, f"no connection ({type(error).__name__})") from error
        async with socket:
            visit = await self._welcomed(socket, contact, keep_cookie=not again)
            listening = asyncio.create_task(visit.listen())
            self._present.add(number)
            self._visits[visit.identity] = visit
            try:
                yield visit
                await visit.leave()
            finally:
                visit.over.set()
                if not again:
                    self._present.discard(number)
                del self._visits[visit.identity]
                listening.cancel()

    async def _welcomed(self, socket: ClientConnection, contact: Contact, *, keep_cookie: bool) -> Visit:
        try:
            async with asyncio.timeout(_SECONDS):
                welcome = orjson.loads(await socket.recv())
        except (ConnectionClosed, TimeoutError) as error:
            raise Unanswered("WS /v1/chat", None, f"no welcome ({type(error).__name__})") from error
        if welcome["type"] != "welcome":
            raise Unanswered("WS /v1/chat", None, str(welcome.get("reason", welcome["type"])))
        if keep_cookie:
            self._cookies[contact.person.number] = (welcome["visitor"], welcome["token"])
        return Visit(socket, welcome["visitor"], contact, self._ledger, self._run)
