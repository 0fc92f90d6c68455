"""The pools that are watched in this process."""

from collections.abc import AsyncGenerator

from services.routing.commands import stream_of
from services.routing.live import LivePool, Picture
from services.routing.store import Store
from shared.commanding import Outcomes
from shared.mongo import Document
from shared.sse import ServerSentEvent


class LivePools:
    """Each pool is followed once, however many watch it."""

    def __init__(self, store: Store, outcomes: Outcomes) -> None:
        self._store = store
        self._pools: dict[str, LivePool] = {}
        outcomes.listen(self._on_decision)

    async def now(self, pool: str) -> Picture:
        """The floor of a pool, with all that was decided when this was called."""
        return await self._pool(pool).now()

    async def follow(self, pool: str, last_id: str | None) -> AsyncGenerator[ServerSentEvent]:
        """The floor of a pool, live."""
        live = self._pool(pool)
        live.watching += 1
        try:
            async for event in live.changes(last_id):
                yield event
        finally:
            live.watching -= 1

    async def stop(self) -> None:
        """Ends them all."""
        for live in tuple(self._pools.values()):
            await live.stop()

    def _pool(self, pool: str) -> LivePool:
        live = self._pools.get(stream_of(pool))
        if live is None or live.ended:
            live = self._pools[stream_of(pool)] = LivePool(self._store, pool)
        return live

    def _on_decision(self, decision: Document) -> None:
        live = self._pools.get(decision["_id"]["stream"])
        if live is not None:
            if live.ended:
                del self._pools[decision["_id"]["stream"]]
            else:
                live.tell(decision)
