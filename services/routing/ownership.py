"""The pools that this process decides for: those whose commands come through the partitions it has.

Every pool has a decision maker and a clock of its own here, also without any command, so that its deadlines fire.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from pymongo.errors import PyMongoError

from services.routing.commands import RoutingCommand
from services.routing.domain.commands import Asked, FireTimers
from services.routing.domain.events import Event
from services.routing.domain.state import Pool
from services.routing.domain.timers import next_deadline
from shared.consuming import Record, Rejected
from shared.contracts.values import to_milliseconds
from shared.deciding import Commanded, DecisionMaker
from shared.ending import end
from shared.following import Follower
from shared.publishing import partition_of
from shared.topics import ROUTING_COMMANDS

log = structlog.get_logger()

Maker = DecisionMaker[Pool, Asked, Event]

_HEAR_FIRST = timedelta(seconds=2)
_PAUSE = 1.0


class OwnedPool:
    """A pool's decision maker and its clock."""

    def __init__(
        self, maker: Maker, clock: Callable[[], datetime], on_failure: Callable[[BaseException], None]
    ) -> None:
        self.maker = maker
        self._clock = clock
        self._on_failure = on_failure
        self._decided = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Folds the pool's log and starts its clock."""
        await self.maker.start()
        self._timer = asyncio.create_task(self._watch_deadlines())
        self._timer.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Decides nothing more."""
        if self._timer:
            await end(self._timer)
        await self.maker.stop()

    async def decide(self, commands: Sequence[tuple[int, RoutingCommand]]) -> None:
        """Decides commands in the order of their offsets; returns when that is durable."""
        now = to_milliseconds(self._clock())
        asked = [
            Commanded(id=command.id, command=Asked(command=command.command, at=command.at, now=now), offset=offset)
            for offset, command in commands
        ]
        await self.maker.decide(asked)
        self._decided.set()

    async def _watch_deadlines(self) -> None:
        not_before = self._clock() + _HEAR_FIRST  # answers given while nobody decided are heard before offers expire
        while True:
            self._decided.clear()
            try:
                await self.maker.recover()
                deadline = next_deadline(self.maker.state)
                if deadline is None or not await self._reached(max(deadline, not_before)):
                    await self._decided.wait()
                else:
                    await self._fire()
            except PyMongoError as error:
                log.warning("timers_delayed", stream=self.maker.stream, reason=f"{type(error).__name__}: {error}"[:300])
                await asyncio.sleep(_PAUSE)

    async def _reached(self, moment: datetime) -> bool:
        """Waits for the moment; False if a decision came first, which may have moved it."""
        remaining = (moment - self._clock()).total_seconds()
        if remaining <= 0:
            return True
        try:
            await asyncio.wait_for(self._decided.wait(), remaining)
        except TimeoutError:
            return True
        return False

    async def _fire(self) -> None:
        now = to_milliseconds(self._clock())
        asked = Asked(command=FireTimers(), at=now, now=now)
        await self.maker.decide([Commanded(id=f"timer/{uuid4()}", command=asked, offset=None)])

    def _ended(self, timer: asyncio.Task[None]) -> None:
        if not timer.cancelled() and (failure := timer.exception()):
            self._on_failure(failure)


class OwnedPools:
    """The pools of this process, as Kafka hands it partitions and takes them away."""

    def __init__(
        self,
        make: Callable[[str], Maker],
        known: Callable[[], Awaitable[Sequence[str]]],
        clock: Callable[[], datetime],
    ) -> None:
        self._make = make
        self._known = known
        self._clock = clock
        self._pools: dict[str, OwnedPool] = {}
        self._followers: dict[str, Follower[Event]] = {}
        self._partitions: set[int] = set()
        self._news = asyncio.Event()
        self._failure: BaseException | None = None
        self._changing = asyncio.Lock()

    async def on_assigned(self, partitions: set[int]) -> None:
        """Pools of these partitions are decided here from now on; `keep` starts them."""
        self._partitions = partitions
        self._news.set()

    async def on_revoked(self, partitions: set[int]) -> None:
        """Pools of these partitions are decided elsewhere from now on."""
        self._partitions = self._partitions - partitions
        async with self._changing:
            for pool in [pool for pool in self._pools if _partition(pool) in partitions]:
                await self._pools.pop(pool).stop()

    async def keep(self) -> None:
        """Starts, for as long as the service runs, the pools of partitions that come; fails when a clock has failed."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._failure:
                raise self._failure
            try:
                for pool in await self._known():
                    if _partition(pool) in self._partitions:
                        await self._pool(pool)
            except PyMongoError as error:
                log.warning("pools_not_started", reason=f"{type(error).__name__}: {error}"[:300])
                self._news.set()
                await asyncio.sleep(_PAUSE)

    async def take(self, records: list[Record[RoutingCommand]]) -> Sequence[Rejected[RoutingCommand]]:
        """Decides the commands, each pool's together and in order, different pools' side by side."""
        by_pool: dict[str, list[tuple[int, RoutingCommand]]] = {}
        for record in records:
            by_pool.setdefault(record.event.pool, []).append((record.offset, record.event))
        results = await asyncio.gather(
            *(self._decide(pool, commands) for pool, commands in by_pool.items()), return_exceptions=True
        )
        for failure in results:
            if failure is not None:
                raise failure
        return ()

    def add(self, follower: Follower[Event]) -> None:
        """One more follower of every pool that is or comes here."""
        self._followers[follower.name] = follower
        for pool in self._pools.values():
            pool.maker.add(follower)

    async def remove(self, follower: str) -> None:
        """Without that follower."""
        self._followers.pop(follower, None)
        for pool in tuple(self._pools.values()):
            await pool.maker.remove(follower)

    def failed(self) -> dict[str, BaseException]:
        """Followers that ended by a fault at any pool, by name."""
        return {name: failure for pool in self._pools.values() for name, failure in pool.maker.failed().items()}

    def behind(self, follower: str) -> int:
        """How many decisions of the pools here a follower has still to carry on."""
        return sum(pool.maker.behind(follower) for pool in self._pools.values())

    def state(self, pool: str) -> Pool | None:
        """The state of a pool that is decided for here, to be looked at only; None if it is decided for elsewhere."""
        owned = self._pools.get(pool)
        return owned.maker.state if owned else None

    async def stop(self) -> None:
        """Stops every pool."""
        async with self._changing:
            for pool in self._pools.values():
                await pool.stop()
            self._pools.clear()

    async def _decide(self, pool: str, commands: Sequence[tuple[int, RoutingCommand]]) -> None:
        await (await self._pool(pool)).decide(commands)

    async def _pool(self, pool: str) -> OwnedPool:
        async with self._changing:
            owned = self._pools.get(pool)
            if owned is None:
                owned = OwnedPool(self._make(pool), self._clock, self._on_failure)
                try:
                    await owned.start()
                except PyMongoError:
                    await owned.stop()
                    raise
                for follower in self._followers.values():
                    owned.maker.add(follower)
                self._pools[pool] = owned
            return owned

    def _on_failure(self, failure: BaseException) -> None:
        self._failure = failure
        self._news.set()


def _partition(pool: str) -> int:
    return partition_of(pool, ROUTING_COMMANDS.partitions)
