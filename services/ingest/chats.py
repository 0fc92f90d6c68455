"""What happens in chats, without their sockets: they open, are spoken in, answered, left, and end.

NoChat     (there is no such chat)
ChatEnded  (the visitor has left it)
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import structlog

from services.ingest.application import Acceptance, Accepted
from services.ingest.channels.chat import Identify, Say, Visit, identity_of
from services.ingest.domain.draft import Draft
from services.ingest.plain import checked
from services.ingest.sealed import Ready
from services.ingest.store import Chat, Chats, Reply
from shared.keyring import Keyring
from shared.sealing import Hasher, SealBroken, seal, unseal
from shared.topics import OUTBOUND

log = structlog.get_logger()


class NoChat(Exception):
    """No chat of that conversation was ever opened."""


class ChatEnded(Exception):
    """Nobody would read a reply any more."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a visitor's message, and the chat it opened or went on with."""

    chat: Chat
    accepted: Accepted


class ChatConversations:
    """The chats of one namespace. now: the wall clock."""

    def __init__(
        self, acceptance: Acceptance, keyring: Keyring, hasher: Hasher, chats: Chats, now: Callable[[], datetime]
    ) -> None:
        self._acceptance = acceptance
        self._keyring = keyring
        self._hasher = hasher
        self._chats = chats
        self._now = now

    async def of_visitor(self, visitor: str) -> Chat | None:
        """The visitor's open chat, which now counts as attended."""
        chat = await self._chats.of_visitor(self._hasher.identity(identity_of(visitor)))
        if chat is not None and await self._chats.touch(chat.id, self._now()):
            return chat
        return None

    async def say(self, visit: Visit, chat: Chat | None, said: Say, *, first: bool) -> Said:
        """Takes a message of a visitor: into `chat` if that is still open, else into a new one.

        first: publish the conversation's beginning with it. It always has the same id and time, so one time too many
        is harmless, and one too few cannot happen. A visitor who was erased since the chat began is somebody new, in a
        chat of their own.
        """
        if chat is not None and await self._visitor(chat) is None:
            await self.leave(chat.id)
            chat, visit = None, Visit(visit.visitor, str(uuid4()))
        if chat is None or not await self._chats.touch(chat.id, self._now()):
            chat, first = await self._open(visit), True
        visit = Visit(visit.visitor, chat.id)
        drafts = [visit.started(chat.at)] if first else []
        drafts.append(visit.received(said, self._now()))
        accepted = await self._acceptance.accept([checked(draft) for draft in drafts])
        return Said(chat, accepted[-1])

    async def identify(self, visit: Visit, claim: Identify) -> Accepted:
        """Takes a visitor's word on who they are."""
        (accepted,) = await self._acceptance.accept([checked(visit.identified(claim, self._now()))])
        return accepted

    async def leave(self, conversation: str) -> None:
        """Ends a chat because the visitor says so."""
        chat = await self._chats.end(conversation, self._now(), "left")
        if chat is not None:
            await self._publish_end(chat)

    async def disconnect(self, conversation: str) -> None:
        """Notes that nobody is connected: unless somebody comes back within the grace time, the chat ends."""
        await self._chats.leave(conversation, self._now())

    async def end_abandoned(self, grace: timedelta) -> list[Chat]:
        """Ends the chats whose visitors stayed away longer than `grace`, and those whose end another process began."""
        gone = await self._chats.abandoned(self._now(), grace)
        await asyncio.gather(*(self._publish_end(chat) for chat in gone))
        return gone

    async def reply(self, conversation: str, own_id: str, text: str, agent: str) -> Ready:
        """Publishes an agent's message to hub.outbound.v1, durably; from there it is delivered and told to the log.

        own_id: the agent's program's own id of it; the same id is the same message for ever.
        """
        return await self._send(conversation, lambda visit: visit.sent(own_id, text, agent, self._now()))

    async def tell(self, conversation: str, own_id: str, text: str, at: datetime) -> None:
        """Publishes a message that no person wrote in the same way; the same id is the same message for ever."""
        await self._send(conversation, lambda visit: visit.told(own_id, text, at))

    async def _send(self, conversation: str, draft: Callable[[Visit], Draft]) -> Ready:
        chat = await self._chats.find(conversation)
        if chat is None:
            raise NoChat
        if chat.state != "open":
            raise ChatEnded
        visitor = await self._visitor(chat)
        if visitor is None:
            raise NoChat
        ready = await self._acceptance.prepare([checked(draft(Visit(visitor, chat.id)))])
        await self._acceptance.publish(OUTBOUND, ready)
        return ready[0]

    async def text_of(self, reply: Reply) -> str | None:
        """What the agent wrote; None if the visitor's key was destroyed or never sealed it."""
        key = (await self._keyring.find([reply.identity])).get(reply.identity)
        if key is None or not key.is_readable(reply.at, reply.at):
            return None
        try:
            return str(orjson.loads(unseal(key.cipher, reply.id, reply.content))["text"])
        except (SealBroken, orjson.JSONDecodeError, LookupError):
            log.warning("reply_unreadable", event_id=reply.id)
            return None

    async def _open(self, visit: Visit) -> Chat:
        identity = self._hasher.identity(identity_of(visit.visitor))
        cipher = (await self._keyring.ensure([identity]))[identity].cipher
        now = self._now()
        sealed = seal(cipher, visit.conversation, visit.visitor.encode())
        return await self._chats.open(Chat(id=visit.conversation, identity=identity, visitor=sealed, at=now, seen=now))

    async def _visitor(self, chat: Chat) -> str | None:
        """Whose chat it is; None if the visitor was erased since it began."""
        for anew in (False, True):
            key = (await self._keyring.find([chat.identity], anew=anew)).get(chat.identity)
            if key is None or not key.is_readable(chat.at, chat.at):
                return None
            with suppress(SealBroken):  # the remembered key may be one that another process has destroyed just now
                return unseal(key.cipher, chat.id, chat.visitor).decode()
        return None

    async def _publish_end(self, chat: Chat) -> None:
        at, reason = chat.ended or self._now(), chat.reason or "left"
        visitor = await self._visitor(chat)
        if visitor is None:
            await self._acceptance.accept_of_erased(Visit("", chat.id).ended(at, reason), chat.identity)
        else:
            await self._acceptance.accept([checked(Visit(visitor, chat.id).ended(at, reason))])
        await self._chats.close(chat.id)
