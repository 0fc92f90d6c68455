"""The sockets of web chat: what visitors send is acknowledged once Kafka has it; what agents answer is delivered.

A chat outlives its connection by a grace time, so that a reloaded page is no hang-up, and it outlives its process: any
process ends chats that nobody is connected to, and delivers replies to the visitors that it has.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, assert_never
from uuid import uuid4

import orjson
import structlog
from fastapi import WebSocket, WebSocketDisconnect
from pymongo.errors import PyMongoError

from services.ingest.channels.chat import (
    Identify,
    Leave,
    Say,
    Unusable,
    Visit,
    frame_of,
    visitor_of,
    visitor_token,
)
from services.ingest.chats import ChatConversations
from services.ingest.plain import Refused
from services.ingest.settings import IngestSettings
from services.ingest.store import Chat, Chats, Outbox, Reply, reply_of
from shared.auth import now_utc
from shared.publishing import NotPublished
from shared.tracing import span

log = structlog.get_logger()

WRONG_TOKEN, TRY_LATER = 4401, 1013
"""Close codes: the first is the hub's own, the second is registered for RFC 6455."""

_LATER = "The hub cannot take it just now. Send it again in a moment, with the same id."
_MINUTE = 60.0


@dataclass(eq=False)
class Connection:
    """One socket of a visitor. first: the conversation's beginning is to be published with the next message."""

    socket: WebSocket
    visitor: str
    conversation: str = field(default_factory=lambda: str(uuid4()))
    chat: Chat | None = None
    first: bool = True
    arrivals: deque[float] = field(default_factory=deque)
    delivered: set[str] = field(default_factory=set)

    async def tell(self, kind: str, **rest: Any) -> bool:  # noqa: ANN401 (JSON values)
        """Sends a frame, without what is None; False if the visitor is gone."""
        frame = {"type": kind} | {name: value for name, value in rest.items() if value is not None}
        try:
            await self.socket.send_text(orjson.dumps(frame, option=orjson.OPT_UTC_Z).decode())
        except (WebSocketDisconnect, RuntimeError):  # starlette's two ways to say that the socket is closed
            return False
        return True

    async def close(self, code: int = 1000) -> None:
        """Closes the socket; nothing happens if it is closed."""
        try:
            await self.socket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            return

    def is_too_fast(self, limit: int) -> bool:
        """Whether this frame is one more than `limit` within a minute."""
        now = asyncio.get_running_loop().time()
        while self.arrivals and self.arrivals[0] < now - _MINUTE:
            self.arrivals.popleft()
        if len(self.arrivals) >= limit:
            return True
        self.arrivals.append(now)
        return False


class ChatRoom:
    """All chat connections of this process."""

    def __init__(
        self, conversations: ChatConversations, chats: Chats, outbox: Outbox, jwt_key: bytes, settings: IngestSettings
    ) -> None:
        self._conversations = conversations
        self._chats = chats
        self._outbox = outbox
        self._key = jwt_key
        self._settings = settings
        self._present: dict[str, set[Connection]] = {}

    async def serve(self, socket: WebSocket) -> None:
        """One visitor's connection, from its beginning to its end."""
        await socket.accept()
        token = socket.query_params.get("token")
        visitor = visitor_of(self._key, token) if token else uuid4().hex
        connection = Connection(socket, visitor or "")
        if visitor is None:
            await connection.tell("error", reason="The token is not valid. Connect without one as a new visitor.")
            await connection.close(WRONG_TOKEN)
            return
        try:
            await self._welcome(connection)
            await self._listen(connection)
        except PyMongoError as error:
            log.warning("chat_put_off", reason=str(error)[:300])
            await connection.tell("error", reason=_LATER)
            await connection.close(TRY_LATER)
        finally:
            await self._forget(connection)

    async def keep_up(self) -> None:
        """Vouches for the chats that are attended here, and ends those that nobody attends anywhere, for ever."""
        grace = timedelta(seconds=self._settings.chat_grace_seconds)
        while True:
            try:
                if self._present:
                    await self._chats.vouch(tuple(self._present), now_utc())
                for chat in await self._conversations.end_abandoned(grace):
                    await self._say_ended(chat.id, chat.reason)
            except (PyMongoError, NotPublished) as error:
                log.warning("chats_not_kept_up", reason=str(error)[:300])
            await asyncio.sleep(min(2.0, self._settings.chat_grace_seconds / 4))

    async def deliver(self) -> None:
        """Delivers replies to the visitors who are here, as they come in, for ever."""
        while True:
            try:
                async with await self._outbox.watch() as stream:
                    await self._deliver_all(await self._outbox.waiting(tuple(self._present)))
                    while stream.alive:
                        change = await stream.try_next()
                        if change is not None:
                            await self._deliver_all([reply_of(change["fullDocument"])])
            except PyMongoError as error:
                log.warning("deliveries_restarted", reason=str(error)[:300])
                await asyncio.sleep(0.5)

    async def _welcome(self, connection: Connection) -> None:
        chat = await self._conversations.of_visitor(connection.visitor)
        token = visitor_token(self._key, connection.visitor, now_utc())
        await connection.tell(
            "welcome", visitor=connection.visitor, token=token, conversation=chat.id if chat else None
        )
        if chat is not None:
            self._enter(connection, chat)
            await self._deliver_all(await self._outbox.waiting([chat.id]))

    async def _listen(self, connection: Connection) -> None:
        while True:
            message = await connection.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if connection.is_too_fast(self._settings.chat_messages_a_minute):
                await connection.tell("error", reason="Too many messages within a minute. Wait a moment.")
                continue
            text = message.get("text")
            frame = frame_of(text, self._settings.chat_text_limit) if text else Unusable("A frame is text, not binary.")
            try:
                with span("ingest chat"):
                    if await self._take(connection, frame):
                        return
            except NotPublished:
                await connection.tell("error", reason=_LATER, id=getattr(frame, "id", None))
            except Refused as refused:
                await connection.tell("error", reason=refused.complaints[0].reason, id=getattr(frame, "id", None))

    async def _take(self, connection: Connection, frame: Say | Identify | Leave | Unusable) -> bool:
        """Does what the frame asks; whether it was the last one."""
        visit = Visit(connection.visitor, connection.conversation)
        match frame:
            case Say():
                said = await self._conversations.say(visit, connection.chat, frame, first=connection.first)
                self._enter(connection, said.chat)
                connection.first = False
                await connection.tell("ack", id=frame.id, event=said.accepted.event, conversation=said.chat.id)
            case Identify():
                accepted = await self._conversations.identify(visit, frame)
                await connection.tell("ack", id=frame.id or None, event=accepted.event, conversation=visit.conversation)
            case Leave():
                if connection.chat is not None:
                    await self._conversations.leave(connection.chat.id)
                    await self._say_ended(connection.chat.id, "left")
                await connection.close()
                return True
            case Unusable():
                await connection.tell("error", reason=frame.reason, id=frame.id)
            case _:
                assert_never(frame)
        return False

    def _enter(self, connection: Connection, chat: Chat) -> None:
        if connection.chat is None or connection.chat.id != chat.id:
            self._depart(connection)
            connection.chat, connection.conversation = chat, chat.id
            self._present.setdefault(chat.id, set()).add(connection)

    def _depart(self, connection: Connection) -> bool:
        """Takes the connection out of its chat; whether it was the last one here."""
        if connection.chat is None or connection not in (present := self._present.get(connection.chat.id, set())):
            return False
        present.discard(connection)
        if not present:
            del self._present[connection.chat.id]
        return not present

    async def _forget(self, connection: Connection) -> None:
        if self._depart(connection) and connection.chat is not None:
            try:
                await self._conversations.disconnect(connection.chat.id)
            except PyMongoError as error:  # nobody vouches for the chat any more, so it ends all the same
                log.warning("chat_left_unnoted", reason=str(error)[:300])

    async def _say_ended(self, conversation: str, reason: str | None) -> None:
        for connection in tuple(self._present.pop(conversation, ())):
            connection.chat, connection.first, connection.conversation = None, True, str(uuid4())
            await connection.tell("ended", reason=reason)

    async def _deliver_all(self, replies: list[Reply]) -> None:
        for reply in replies:
            here = [one for one in self._present.get(reply.conversation, ()) if reply.id not in one.delivered]
            if not here:
                continue
            text, sender = await self._conversations.text_of(reply), "hub" if reply.automatic else "agent"
            told = [
                text is None or await one.tell("message", id=reply.id, **{"from": sender}, text=text, at=reply.at)
                for one in here
            ]
            for one in here:
                one.delivered.add(reply.id)
            if any(told):
                await self._outbox.mark_delivered(reply.id, now_utc())
