"""What has to go is looked for again and again: what an erasure could not see yet, and what is kept long enough.

An entry may be written just after its person was erased, by a process that still knew the key. It is gone at the next
sweep, and for an hour every sweep looks again.
"""

import asyncio
from collections.abc import Callable, Mapping
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
    """Keeps the views free of what should be gone. retention: days by channel."""

    def __init__(self, store: Store, retention: Mapping[str, int], now: Callable[[], datetime]) -> None:
        self._store = store
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
        async for erasure in self._store.erasures.find({"at": {"$gt": now - _ERASED_WITHIN}}):
            await self._store.erase([erasure["_id"]], erasure["at"])
        if self._retained is None or now - self._retained >= _RETENTION_EVERY:
            for channel, days in self._retention.items():
                await self._let_go(channel, now - timedelta(days=days))
            self._retained = now

    async def _let_go(self, channel: str, until: datetime) -> None:
        gone = 0
        while True:
            old = self._store.timeline.find({"channel": channel, "at": {"$lt": until}}, {"_id": 1}).limit(_AT_ONCE)
            if not (names := [entry["_id"] async for entry in old]):
                break
            await self._store.forget(names)
            gone += len(names)
        await self._store.forget_words(channel, until)
        if gone:
            log.info("retention_ended", channel=channel, entries=gone)
