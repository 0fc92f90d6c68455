"""What has to go is looked for again and again: what an erasure could not see yet, and what is kept long enough.

An entry may be written just after its person was erased, by a process that still knew the key. It is gone at the next
sweep, and for an hour every sweep looks again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from pymongo.errors import PyMongoError

from services.profile.store import Store

log = structlog.get_logger()

_EVERY = 10.0
_ERASED_WITHIN = timedelta(hours=1)
_RETENTION_EVERY = timedelta(hours=6)
_AT_ONCE = 2_000


class Sweeper:
    """Keeps the views free of what should be gone. stores: of every generation; retention: days by channel."""

    def __init__(
        self, stores: Callable[[], Sequence[Store]], retention: Mapping[str, int], now: Callable[[], datetime]
    ) -> None:
        self._stores = stores
        self._retention = retention
        self._now = now
        self._retained: datetime | None = None

    async def keep(self) -> None:
        """Sweeps for ever."""
        while True:
            try:
                await self.sweep()
            except PyMongoError as error:
                log.warning("sweep_delayed", reason=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(_EVERY)

    async def sweep(self) -> None:
        """Looks once."""
        now = self._now()
        retaining = self._retained is None or now - self._retained >= _RETENTION_EVERY
        for store in self._stores():
            async for erasure in store.erasures.find({"at": {"$gt": now - _ERASED_WITHIN}}):
                await store.erase([erasure["_id"]], erasure["at"])
            for channel, days in self._retention.items() if retaining else ():
                await self._let_go(store, channel, now - timedelta(days=days))
        self._retained = now if retaining else self._retained

    async def _let_go(self, store: Store, channel: str, until: datetime) -> None:
        gone = 0
        while True:
            old = store.timeline.find({"channel": channel, "at": {"$lt": until}}, {"_id": 1}).limit(_AT_ONCE)
            if not (names := [entry["_id"] async for entry in old]):
                break
            await store.forget(names)
            gone += len(names)
        await store.forget_words(channel, until)
        if gone:
            log.info("retention_ended", channel=channel, entries=gone)
