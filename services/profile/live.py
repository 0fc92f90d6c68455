"""New timeline entries as they are written: one MongoDB change stream for all listeners of this process.

The stream runs only while somebody listens, and the server sends only what concerns a listener. Positions are the
change stream's own resume tokens (upper-case hex, which sorts in the order of the changes), so whoever lost the
connection gets exactly what came since, on any replica.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from typing import Any

import structlog
from bson.timestamp import Timestamp
from pymongo.asynchronous.change_stream import AsyncChangeStream
from pymongo.errors import OperationFailure, PyMongoError

from services.profile.readers import Readers
from services.profile.reading import Found
from shared.ending import end
from shared.mongo import Document

log = structlog.get_logger()

_LOOK_MS = 250
_QUEUE = 2_000
_PAUSE = 0.5

Token = Mapping[str, Any]
"""MongoDB's resume token; its `_data` is our position."""

Change = tuple[str, Document | Found | None]
"""A position, and what changed there: an entry of the timeline, the customer after a merge, or (None) a gap."""

_OVERLAP_SECONDS = 60
"""Other views are watched from so long ago: they may have had earlier what the ones before had not yet."""

_REMEMBERED = 10_000


class Listener:
    """One open stream: what it is about, and what it has not sent yet."""

    def __init__(self, customer: Found) -> None:
        self.customer = customer
        self.covered = asyncio.Event()
        self.since = ""
        self.turn = 0
        self._queue: asyncio.Queue[tuple[int, Change] | None] = asyncio.Queue(_QUEUE)

    def tell(self, turn: int, change: Change) -> None:
        """Adds a change, seen in that turn; too slow a reader ends the stream (it can resume)."""
        try:
            self._queue.put_nowait((turn, change))
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(None)

    async def changes(self) -> AsyncGenerator[tuple[int, Change]]:
        """The changes as they come, each with its turn: positions of different ones do not compare."""
        while (change := await self._queue.get()) is not None:
            yield change


class LiveTimeline:
    """Tells listeners what is new on the timelines of their customers, and when a customer is merged or split.

    readers: of the views that are current. When others become it, a new turn begins: those are watched from then on.
    """

    def __init__(self, readers: Callable[[], Readers]) -> None:
        self._readers = readers
        self._turn = 0
        self._told: dict[str, int] = {}
        self._listeners: set[Listener] = set()
        self._changed = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self._token: Token | None = None

    async def stop(self) -> None:
        """Stops watching."""
        if self._watch:
            await end(self._watch)

    def look_again(self) -> None:
        """Other views are current now."""
        self._turn += 1
        self._changed.set()

    async def follow(self, customer: Found, after: str | None) -> AsyncGenerator[Change]:
        """First the customer, as soon as nothing can be missed any more; then the customer's changes.

        after: a position; what came beyond it is told too. A change of None says that this is no longer known: the
        reader has to look anew.
        """
        listener = Listener(customer)
        self._listeners.add(listener)
        self._changed.set()
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._run())
        try:
            await listener.covered.wait()
            customer = await self._anew(listener)
            yield after or listener.since, customer
            seen = (0, "")
            if after is not None:
                async for change in self._missed(customer, after, listener.since):
                    yield change
                seen = listener.turn, listener.since
            async for turn, (position, what) in listener.changes():
                if what is None or (turn, position) > seen:  # after a fault, the change stream repeats what came before
                    yield position, what
                    seen = max(seen, (turn, position))
        finally:
            self._listeners.discard(listener)
            self._changed.set()

    async def _anew(self, listener: Listener) -> Found:
        """The listener's customer as it is now: nobody told of a merge that came before anything was watched."""
        before = listener.customer.hashes
        listener.customer = await self._readers().customers.by_hash(listener.customer.asked)
        if listener.customer.hashes != before:
            self._changed.set()
        return listener.customer

    async def _missed(self, customer: Found, after: str, until: str) -> AsyncGenerator[Change]:
        # An empty look does not mean that all was seen: the server pauses while it searches the log. The position does.
        try:
            async with await self._open(customer.hashes, {"_data": after}) as stream:
                while (_position(stream) or "") < until:
                    change = await stream.try_next()
                    if change is not None and change["ns"]["coll"] == "timeline" and change["_id"]["_data"] <= until:
                        yield change["_id"]["_data"], change["fullDocument"]
        except OperationFailure as error:
            log.info("resume_not_possible", reason=str(error.details and error.details.get("codeName")))
            yield "", None

    async def _run(self) -> None:
        self._token, turn, since = None, self._turn, None
        while self._listeners:
            listeners = set(self._listeners)
            self._changed.clear()
            try:
                if turn != self._turn:
                    since = await self._a_while_ago()
                    self._token, turn = None, self._turn
                await self._follow(listeners, turn, since)
            except PyMongoError as error:
                log.warning("timeline_watch_restarted", reason=f"{type(error).__name__}: {error}"[:300])
                if error.has_error_label("NonResumableChangeStreamError"):
                    self._token = since = None
                    for listener in listeners:
                        listener.tell(turn, ("", None))
                await asyncio.sleep(_PAUSE)

    async def _a_while_ago(self) -> Timestamp:
        now = (await self._readers().store.database.client.admin.command("hello"))["operationTime"]
        return Timestamp(max(now.time - _OVERLAP_SECONDS, 1), 0)

    async def _follow(self, listeners: set[Listener], turn: int, since: Timestamp | None) -> None:
        listening: dict[str, list[Listener]] = {}
        for listener in listeners:
            for hashed in listener.customer.hashes:
                listening.setdefault(hashed, []).append(listener)
        async with await self._open(listening, self._token, since) as stream:
            for listener in listeners:
                if not listener.covered.is_set():
                    listener.turn, listener.since = turn, _position(stream) or ""
                    listener.covered.set()
            while not self._changed.is_set():
                change = await stream.try_next()
                if change is None:
                    self._token = stream.resume_token
                    continue
                position, document = change["_id"]["_data"], change["fullDocument"]
                if change["ns"]["coll"] != "timeline":
                    await self._merged(turn, position, document)
                elif self._is_new(document["_id"], turn):
                    for listener in listening.get(document["identity"], ()):
                        listener.tell(turn, (position, document))
                self._token = stream.resume_token  # only now: what a fault interrupts is told again

    def _is_new(self, entry: str, turn: int) -> bool:
        """Whether the entry was not told in an earlier turn."""
        known = self._told.setdefault(entry, turn) < turn
        while len(self._told) > _REMEMBERED:
            del self._told[next(iter(self._told))]
        return not known

    async def _merged(self, turn: int, position: str, document: Document) -> None:
        for listener in tuple(self._listeners):
            if not set(document["members"]).isdisjoint(listener.customer.hashes):
                before = listener.customer
                listener.customer = await self._readers().customers.by_hash(before.asked)
                if listener.customer.hashes == before.hashes:
                    continue
                listener.tell(turn, (position, listener.customer))
                self._changed.set()  # from this very change on, the server has to send the others' entries too

    async def _open(
        self, hashes: Iterable[str], token: Token | None, since: Timestamp | None = None
    ) -> AsyncChangeStream[Document]:
        ours = {"ns.coll": "timeline", "fullDocument.identity": {"$in": sorted(hashes)}}
        matching = {"operationType": "insert", "$or": [{"ns.coll": "customers"}, ours]}
        return await self._readers().store.database.watch(
            [{"$match": matching}],
            resume_after=token,
            start_at_operation_time=since if token is None else None,
            max_await_time_ms=_LOOK_MS,
        )


def _position(stream: AsyncChangeStream[Document]) -> str | None:
    token = stream.resume_token
    return str(token["_data"]) if token else None
