"""Whoever carries decisions on to somewhere else: to a view, to Kafka. Each is at its own mark, and goes on from there.

FollowerFailed  (a follower met what it does not know: stop, so that a fresh process carries on from its mark)
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.breath import Breath
from shared.decisions import DecisionLog, Entry
from shared.ending import end
from shared.publishing import NotPublished

E = TypeVar("E")
log = structlog.get_logger()

_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_DECISIONS_AT_ONCE, _EVENTS_AT_ONCE = 200, 1_000
"""So much is carried on together, or one decision where it has more events: the deciding goes on in between."""
_REMEMBERED = 2_000
"""So many decisions wait in memory for a follower; one that is further behind reads them from the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower(Generic[E]):
    """Carries decisions on (to a view, to Kafka). It may see a decision twice, never one before an earlier one.

    is_vital: asked when it has ended by a fault: whether nothing may be decided any more then.
    """

    name: str
    follow: Callable[[Sequence[Entry[E]]], Awaitable[None]]
    is_vital: Callable[[], bool] = lambda: True


class FollowerFailed(Exception):
    """A follower has ended; its views or its topic would stand still."""

    def __init__(self, stream: str, follower: str) -> None:
        super().__init__(f"{follower} no longer follows the decisions of {stream}.")


class Following(Generic[E]):
    """A follower at work on one stream. newest: the last decision of the stream that is known."""

    def __init__(
        self, stream: str, follower: Follower[E], decisions: DecisionLog[Any, E], newest: Callable[[], int]
    ) -> None:
        self.follower = follower
        self._stream = stream
        self._log = decisions
        self._newest = newest
        self._told: deque[Entry[E]] = deque(maxlen=_REMEMBERED)
        self._news = asyncio.Event()
        self._mark = -1
        self._reading: AsyncGenerator[Entry[E]] | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begins at its mark, unless it is at work already."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name=self.follower.name)

    async def end(self) -> None:
        """Ends where it is."""
        if self._task:
            await end(self._task)
        await self._stop_reading()
        self._task, self._mark = None, -1
        self._told.clear()

    def tell(self, entry: Entry[E]) -> None:
        """A decision that was taken just now."""
        self._told.append(entry)
        self._news.set()

    def look_again(self) -> None:
        """There may be decisions in the log that it was not told of."""
        self._news.set()

    @property
    def behind(self) -> int:
        """How many decisions it has still to carry on; none while its mark is not known."""
        return max(0, self._newest() - self._mark) if self._mark >= 0 else 0

    @property
    def failure(self) -> BaseException | None:
        """What ended it for good."""
        task = self._task
        return task.exception() if task and task.done() and not task.cancelled() else None

    async def _follow(self) -> None:
        pause = _PAUSE
        while True:
            self._news.clear()
            try:
                if self._mark < 0:
                    self._mark = await self._log.followed(self._stream, self.follower.name)
                if batch := self._next():
                    await self._stop_reading()
                else:
                    batch = await self._stored()
                if batch:
                    await self.follower.follow(batch)
                    await self._log.mark_followed(self._stream, self.follower.name, batch[-1].sequence)
                    self._mark = batch[-1].sequence
            except (PyMongoError, KafkaError, NotPublished) as error:
                reason = str(error)[:300]
                log.warning("follower_retried", stream=self._stream, follower=self.follower.name, reason=reason)
                await self._stop_reading()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _PAUSE
            if not batch:
                await self._news.wait()

    def _next(self) -> list[Entry[E]]:
        """Those that wait in memory and come right after the mark."""
        told, batch, events = self._told, list[Entry[E]](), 0
        while told and told[0].sequence <= self._mark:
            told.popleft()
        while told and told[0].sequence == self._mark + len(batch) + 1:
            if len(batch) == _DECISIONS_AT_ONCE or events >= _EVENTS_AT_ONCE:
                break
            batch.append(told.popleft())
            events += len(batch[-1].events)
        return batch

    async def _stored(self) -> list[Entry[E]]:
        """Those after the mark that are in the log only. One reading goes on from batch to batch."""
        batch, events, breath = list[Entry[E]](), 0, Breath()
        while not batch and self._mark < self._newest():
            self._reading = self._reading or self._log.read(self._stream, self._mark)
            async for entry in self._reading:
                batch.append(entry)
                events += len(entry.events)
                if len(batch) == _DECISIONS_AT_ONCE or events >= _EVENTS_AT_ONCE:
                    return batch
                await breath.take()
            self._reading = None
        return batch

    async def _stop_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading:
            with suppress(PyMongoError):  # MongoDB forgets it by itself then
                await reading.aclose()
