"""How far each follower has carried each stream of decisions on, and waiting for it.

A mark that is lost means no more than carrying some decisions on again, so marks are not waited for on disk.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress

from pymongo import WriteConcern
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from shared.mongo import Document

_LOOK_AGAIN = 0.01

Mark = tuple[str, str]
"""A stream and its follower."""


class Marks:
    """Collection `followed`. However many wait for a mark, one looks."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._marks = database.get_collection("followed", write_concern=WriteConcern(w=1))
        self._waiting: defaultdict[Mark, dict[asyncio.Future[None], int]] = defaultdict(dict)
        self._looking: dict[Mark, asyncio.Task[None]] = {}

    async def read(self, mark: Mark) -> int:
        """Up to which sequence the follower is done; 0 at the beginning."""
        stream, follower = mark
        document = await self._marks.find_one({"_id": {"stream": stream, "follower": follower}})
        return int(document["sequence"]) if document else 0

    async def put(self, mark: Mark, sequence: int) -> None:
        """The follower is done up to `sequence`."""
        stream, follower = mark
        key = {"stream": stream, "follower": follower}
        await self._marks.update_one({"_id": key}, {"$max": {"sequence": sequence}}, upsert=True)
        self._tell(mark, sequence)

    async def reached(self, mark: Mark, sequence: int, within: float) -> bool:
        """Waits until the follower is done with decision `sequence`, so many seconds at most; whether it is."""
        done = asyncio.get_running_loop().create_future()
        self._waiting[mark][done] = sequence
        if mark not in self._looking:
            self._looking[mark] = asyncio.create_task(self._look(mark))
        try:
            await asyncio.wait_for(done, within)
        except TimeoutError:
            return False
        finally:
            self._waiting[mark].pop(done, None)
        return True

    async def _look(self, mark: Mark) -> None:
        """Looks as long as somebody waits; whoever decides here is told by `put` before that."""
        waiting = self._waiting[mark]
        try:
            while waiting:
                self._tell(mark, await self.read(mark))
                await asyncio.sleep(_LOOK_AGAIN)
        except PyMongoError as error:
            for done in waiting:
                if not done.done():
                    done.set_exception(error)
        finally:
            del self._looking[mark]

    def _tell(self, mark: Mark, sequence: int) -> None:
        for done, wanted in self._waiting[mark].items():
            if wanted <= sequence:
                with suppress(asyncio.InvalidStateError):
                    done.set_result(None)
