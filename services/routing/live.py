"""The floor of each pool that somebody watches, live: one fold of the decision log for all who watch it here.

It runs beside the deciding, in whichever process is asked, and only while somebody watches and for a minute after. Its
changes are told together, so whoever watches gets at most two messages a second, and each row is written once for all.
An id is the sequence of a decision: every row remembers the decision that changed it last, so whoever comes back gets
the rows that changed since, as they are now.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

import orjson
import structlog
from pymongo.errors import PyMongoError

from services.routing.commands import stream_of
from services.routing.domain.evolve_floor import evolve_floor
from services.routing.domain.floor import Floor, Key, Part
from services.routing.kept_floor import KeptFloor
from services.routing.store import Store
from shared.breath import Breath
from shared.ending import end
from shared.mongo import Document
from shared.sse import ServerSentEvent

log = structlog.get_logger()

_AT_MOST_EVERY = 0.5
_AT_LEAST_EVERY = 5.0
_REST = 4
"""After each turn it rests so many times as long as that took: in a rush it tells less often, so decisions go first."""
_LOOK_ANYWAY = 5.0
"""A decision that the watch of the log has lost shows after so many seconds."""
_KEPT = 60.0
_PAUSE = 0.5
_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows as they were after decision `sequence`. data: JSON, written once for all who get them."""

    sequence: int
    data: bytes


class LivePool:
    """The floor of one pool, kept up to date. watching: how many streams it has."""

    def __init__(self, store: Store, pool: str) -> None:
        self.pool = pool
        self.watching = 0
        self.ended = False
        self._store = store
        self._stream = stream_of(pool)
        self._floor = Floor()
        self._began = self._sequence = 0
        self._changed: dict[Key, int] = {}
        self._latest = 0
        self._told: deque[Document] = deque(maxlen=_REMEMBERED)
        self._news = asyncio.Event()
        self._turn = asyncio.Event()
        self._rows: dict[Key, orjson.Fragment] = {}
        self._pictures: dict[int | None, Picture] = {}
        self._ready = asyncio.Event()
        self._alone = asyncio.Lock()
        self._used = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._keep(), name=f"live/{pool}")

    async def stop(self) -> None:
        """Ends it, and every stream that it has."""
        await end(self._task)

    def tell(self, decision: Document) -> None:
        """A decision of the pool that became durable just now."""
        self._told.append(decision)
        self._news.set()

    async def now(self) -> Picture:
        """Everything, with every decision that was durable when this was called."""
        self._used = asyncio.get_running_loop().time()
        await self._readied()
        await self._catch_up(look=True)
        return self._picture(None)

    async def changes(self, last_id: str | None) -> AsyncGenerator[ServerSentEvent]:
        """First a `snapshot`, or what changed after `last_id` where that is known; then `changes`, as they come."""
        await self._readied()
        seen = await self._place(last_id)
        if seen is None:
            picture = self._picture(None)
            seen = picture.sequence
            yield _event("snapshot", picture)
        while not self.ended:
            turn = self._turn
            if self._latest > seen:
                picture = self._picture(seen)
                seen = picture.sequence
                yield _event("changes", picture)
            if turn is self._turn:
                await turn.wait()
        self._raise_failure()

    async def _readied(self) -> None:
        await self._ready.wait()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._task.done() and not self._task.cancelled():
            self._task.result()

    async def _place(self, last_id: str | None) -> int | None:
        with suppress(ValueError):
            seen = int(last_id or "")
            if seen > self._sequence:  # it was told by another process, which is a little ahead
                await self._catch_up(look=True)
            if self._began <= seen <= self._sequence:
                return seen
        return None

    def _picture(self, seen: int | None) -> Picture:
        """The rows that changed after decision `seen`; all of them for None."""
        known = self._pictures.get(seen)
        if known is None:
            keys = self._floor.rows() if seen is None else sorted(key for key, at in self._changed.items() if at > seen)
            parts: dict[Part, list[orjson.Fragment]] = {"queues": [], "agents": [], "teams": []}
            for key in keys:
                parts[key[0]].append(self._row(key))
            known = Picture(self._sequence, orjson.dumps({"pool": self.pool, "sequence": self._sequence, **parts}))
            self._pictures[seen] = known
        return known

    def _row(self, key: Key) -> orjson.Fragment:
        written = self._rows.get(key)
        if written is None:
            row = orjson.dumps(self._floor.row(key), option=orjson.OPT_UTC_Z)
            written = self._rows[key] = orjson.Fragment(row)
        return written

    async def _write_rows(self) -> None:
        """Writes what changed, in small steps, so that pictures are put together of what is there."""
        breath = Breath()
        for key in self._floor.rows():
            self._row(key)
            await breath.take()

    async def _keep(self) -> None:
        try:
            await self._load()
            took = 0.0
            while self._is_used():
                self._next_turn()
                await asyncio.sleep(min(max(_AT_MOST_EVERY, _REST * took), _AT_LEAST_EVERY))
                lost = False
                try:
                    await asyncio.wait_for(self._news.wait(), _LOOK_ANYWAY)
                except TimeoutError:
                    lost = True
                began = perf_counter()
                self._news.clear()
                await self._try_to_catch_up(look=lost)
                if self.watching:
                    await self._write_rows()
                took = perf_counter() - began
        finally:
            self.ended = True
            self._ready.set()
            self._next_turn()

    def _is_used(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self.watching:
            self._used = now
        return now < self._used + _KEPT

    def _next_turn(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()

    async def _load(self) -> None:
        while True:
            try:
                snapshot = await self._store.log.snapshots.load_as(KeptFloor(), self._stream)
                if snapshot is not None:
                    self._floor, self._sequence = snapshot.state, snapshot.sequence
                await self._catch_up(look=True)
            except PyMongoError as error:
                await self._wait_for_log(error)
                continue
            await self._write_rows()
            self._began = self._sequence
            self._ready.set()
            return

    async def _try_to_catch_up(self, *, look: bool) -> None:
        try:
            await self._catch_up(look=look)
        except PyMongoError as error:
            await self._wait_for_log(error)
            self._news.set()

    async def _wait_for_log(self, error: PyMongoError) -> None:
        log.warning("live_view_waits", stream=self._stream, reason=f"{type(error).__name__}: {error}"[:300])
        await asyncio.sleep(_PAUSE)

    async def _catch_up(self, *, look: bool) -> None:
        """Takes in what was told; what is missing between, and with `look` behind it, is read from the log."""
        async with self._alone:
            breath = Breath()
            while self._told:
                decision = self._told.popleft()
                if decision["_id"]["sequence"] > self._sequence + 1:
                    look = True
                    break
                self._take(decision)
                await breath.take()
            if look:
                async for document in self._store.log.documents(self._stream, self._sequence):
                    self._take(document)
                    await breath.take()

    def _take(self, decision: Document) -> None:
        sequence = decision["_id"]["sequence"]
        if sequence <= self._sequence:
            return
        for _, event in self._store.log.entry(decision).events:
            evolve_floor(self._floor, event)
        self._sequence = sequence
        if self._floor.touched:
            self._changed.update(dict.fromkeys(self._floor.touched, sequence))
            self._latest = sequence
            for key in self._floor.touched:
                self._rows.pop(key, None)
            self._floor.touched.clear()
        self._pictures.clear()


def _event(kind: str, picture: Picture) -> ServerSentEvent:
    return ServerSentEvent(str(picture.sequence), kind, orjson.Fragment(picture.data))
