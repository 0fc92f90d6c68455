"""How a pool stands now, for questions that only its whole state answers.

The process that decides for the pool has the state at hand. Any other folds the decision log, and at the next question
what was decided since.
"""

import asyncio
from collections.abc import Callable

from services.routing.application import PoolDecider
from services.routing.commands import stream_of
from services.routing.domain.state import Pool
from services.routing.store import Store


class PoolStates:
    """at_hand: the state of a pool that this process decides for; None if another does."""

    def __init__(self, store: Store, at_hand: Callable[[str], Pool | None]) -> None:
        self._log = store.log
        self._at_hand = at_hand
        self._decider = PoolDecider()
        self._folded: dict[str, tuple[int, Pool]] = {}
        self._alone = asyncio.Lock()

    async def of(self, pool: str) -> Pool:
        """The pool's state, to be looked at before anything else is awaited, and never changed."""
        at_hand = self._at_hand(pool)
        if at_hand is not None:
            self._folded.pop(pool, None)
            return at_hand
        async with self._alone:
            return await self._fold(pool)

    async def _fold(self, pool: str) -> Pool:
        stream = stream_of(pool)
        known = self._folded.pop(pool, (0, self._decider.initial(stream)))
        if not known[0] and (snapshot := await self._log.snapshots.load(stream)):
            known = snapshot.sequence, snapshot.state
        folded = self._folded[pool] = await self._log.fold(stream, known, self._decider)
        return folded[1]
