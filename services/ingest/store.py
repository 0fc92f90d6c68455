"""Ingest's own collections: dead letters as a view, open chats, and replies on their way to chats.

No timeline needs them; what is personal in them is sealed under its identity's key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.change_stream import AsyncCollectionChangeStream
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shared.dead_letters import DeadLetter
from shared.mongo import Document, only_duplicates
from shared.paging import Place, newest

CHAT_LEASE = timedelta(seconds=60)
"""A chat that no process has vouched for so long lost its process, and its visitor with it."""


class Letters:
    """Dead letters of hub.dead-letters.v1, to be looked at and retried."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._collection = database["dead_letters"]

    async def prepare(self) -> None:
        """Makes the index."""
        await self._collection.create_index([("at", DESCENDING), ("_id", DESCENDING)])

    async def keep(self, letters: Iterable[DeadLetter]) -> None:
        """Adds letters; those that are there already stay as they are."""
        documents = [{"_id": letter.id, **asdict(letter)} for letter in letters]
        for document in documents:
            del document["id"]
        await _insert_new(self._collection, documents)

    async def page(self, limit: int, after: Place | None) -> list[Document]:
        """Up to `limit` letters, newest first, of those behind the place `after`."""
        return await newest(self._collection, {}, "at", after, limit, {"value": 0, "key": 0})

    async def find(self, letter_id: str) -> DeadLetter | None:
        """The letter of that id."""
        document = await self._collection.find_one({"_id": letter_id})
        if document is None:
            return None
        names = {field.name for field in fields(DeadLetter)} - {"id"}
        return DeadLetter(id=document["_id"], **{name: document[name] for name in names})

    async def mark_retried(self, letter_id: str, at: datetime, by: str) -> None:
        """Notes that the letter's record was published again."""
        await self._collection.update_one({"_id": letter_id}, {"$set": {"retried_at": at, "retried_by": by}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat. identity: the visitor's hash. visitor: sealed under it. at: the first message. left: since when nobody
    is connected. seen: when a process last vouched for it. ended, reason: how it ended, if it has."""

    id: str
    identity: str
    visitor: str
    at: datetime
    seen: datetime
    left: datetime | None = None
    state: str = "open"
    ended: datetime | None = None
    reason: str | None = None


class Chats:
    """Chat conversations: `open`, then `ending` while the end is being published, then `ended`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._collection = database["chats"]

    async def prepare(self) -> None:
        """Makes the indexes. One open chat a visitor is a rule of the database, whichever process opens it."""
        await self._collection.create_index("identity", unique=True, partialFilterExpression={"state": "open"})
        await self._collection.create_index([("state", ASCENDING), ("seen", ASCENDING)])

    async def open(self, chat: Chat) -> Chat:
        """The visitor's open chat: this one, or the one that another connection of the visitor opened first."""
        document = {"_id": chat.id, **asdict(chat)}
        del document["id"]
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError:
            return await self.of_visitor(chat.identity) or chat
        return chat

    async def of_visitor(self, identity: str) -> Chat | None:
        """The visitor's open chat, if there is one."""
        return _chat(await self._collection.find_one({"identity": identity, "state": "open"}))

    async def find(self, conversation: str) -> Chat | None:
        """The chat of that conversation."""
        return _chat(await self._collection.find_one({"_id": conversation}))

    async def vouch(self, conversations: Sequence[str], now: datetime) -> None:
        """Says that the visitors of these chats were connected at that time; who left since then stays gone."""
        query = {"_id": {"$in": list(conversations)}, "state": "open"}
        left: Any = {"$cond": [{"$gte": ["$left", now]}, "$left", None]}  # the two may be written in either order
        await self._collection.update_many(query, [{"$set": {"seen": now, "left": left}}])

    async def touch(self, conversation: str, now: datetime) -> bool:
        """Says so of one chat; False if it is not open any more."""
        query = {"_id": conversation, "state": "open"}
        result = await self._collection.update_one(query, {"$set": {"seen": now, "left": None}})
        return result.matched_count == 1

    async def leave(self, conversation: str, now: datetime) -> None:
        """Says that the visitor's connection is gone."""
        await self._collection.update_one({"_id": conversation, "state": "open"}, {"$set": {"left": now}})

    async def end(self, conversation: str, now: datetime, reason: str) -> Chat | None:
        """Begins to end an open chat; None if it is not open."""
        query = {"_id": conversation, "state": "open"}
        ended = {"state": "ending", "ended": now, "reason": reason}
        await self._collection.update_one(query, {"$set": ended})
        return _chat(await self._collection.find_one({"_id": conversation, "state": "ending"}))

    async def abandoned(self, now: datetime, grace: timedelta) -> list[Chat]:
        """Begins to end the chats whose visitors stayed away, and gives all whose end is not published yet."""
        gone = [{"left": {"$lt": now - grace}}, {"seen": {"$lt": now - CHAT_LEASE}}]
        ended: Any = [{"$set": {"state": "ending", "ended": {"$ifNull": ["$left", "$seen"]}, "reason": "left"}}]
        await self._collection.update_many({"state": "open", "$or": gone}, ended)
        found = self._collection.find({"state": "ending"}).limit(500)
        return [chat async for document in found if (chat := _chat(document))]

    async def close(self, conversation: str) -> None:
        """Says that the end is published."""
        await self._collection.update_one({"_id": conversation, "state": "ending"}, {"$set": {"state": "ended"}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply on its way to a chat. id: its event's. content: sealed under identity's key.

    automatic: no person wrote it.
    """

    id: str
    conversation: str
    identity: str
    at: datetime
    content: str
    automatic: bool = False


class Outbox:
    """Replies until a process that has the visitor's connection delivered them."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._collection = database["outbox"]

    async def prepare(self) -> None:
        """Makes the index."""
        await self._collection.create_index([("conversation", ASCENDING), ("delivered", ASCENDING), ("at", ASCENDING)])

    async def keep(self, replies: Iterable[Reply]) -> None:
        """Adds replies; those that are there already stay as they are."""
        documents: list[Document] = [{"_id": reply.id, "delivered": None, **asdict(reply)} for reply in replies]
        for document in documents:
            del document["id"]
        await _insert_new(self._collection, documents)

    async def waiting(self, conversations: Sequence[str]) -> list[Reply]:
        """The replies of these chats that nobody delivered, oldest first."""
        query = {"conversation": {"$in": list(conversations)}, "delivered": None}
        found = self._collection.find(query).sort("at", ASCENDING).limit(1_000)
        return [reply_of(document) async for document in found]

    async def mark_delivered(self, reply: str, now: datetime) -> None:
        """Says that the reply reached the visitor's connection."""
        await self._collection.update_one({"_id": reply}, {"$set": {"delivered": now}})

    async def watch(self) -> AsyncCollectionChangeStream[Document]:
        """New replies as they come in, as a change stream; it needs to be opened again after a PyMongoError."""
        return await self._collection.watch([{"$match": {"operationType": "insert"}}], max_await_time_ms=1_000)


def reply_of(document: Document) -> Reply:
    """The reply in a document of the outbox."""
    names = {field.name for field in fields(Reply)} - {"id"}
    return Reply(id=document["_id"], **{name: document[name] for name in names if name in document})


def _chat(document: Document | None) -> Chat | None:
    if document is None:
        return None
    return Chat(id=document["_id"], **{name: value for name, value in document.items() if name != "_id"})


async def _insert_new(collection: AsyncCollection[Document], documents: Sequence[Document]) -> None:
    if not documents:
        return
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if not only_duplicates(error):
            raise
