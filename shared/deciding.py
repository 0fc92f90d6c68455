"""The one command loop: load → fold → decide → append → let followers carry on.

A service brings a pure decider; this module owns everything around it: one stream in memory, commands that wait are
decided together and appended as one document, a restart folds from snapshot and log and resumes at the position.

    FollowerFailed  (a follower met what it does not know: stop, so that a fresh process carries on from its mark)
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any, Generic, TypeVar

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared import metrics
from shared.contracts.envelope import to_milliseconds
from shared.decider import Decider
from shared.decisions import DecisionLog, Entry, Outcome, Superseded
from shared.ending import end
from shared.publishing import NotPublished
from shared.snapshots import Growth

S = TypeVar("S")
E = TypeVar("E")
K = TypeVar("K")
log = structlog.get_logger()

_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_FOLLOW_AT_ONCE = 200
_REMEMBERED = 2_000
"""So many decisions wait in memory for a follower; one that is further behind reads them from the log."""
_EVENTS_AT_ONCE = 2_000
"""So many events of a kilobyte each are far from what a document may hold."""
_BREATH = 0.02
"""Seconds of deciding after which the event loop may do something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded(Generic[K]):
    """A command with its id and its place in the command topic; a timer's has none (None)."""

    id: str
    command: K
    offset: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower(Generic[E]):
    """Carries decisions on (to a view, to Kafka). It may see a decision twice, never one before an earlier one.

    is_vital: asked when it has ended by a fault: whether nothing may be decided any more then.
    """

    name: str
    follow: Callable[[Sequence[Entry[E]]], Awaitable[None]]
    is_vital: Callable[[], bool] = lambda: True


class _Following(Generic[E]):
    """A follower at work. told: decisions that it has not seen yet, without a gap among the newest."""

    def __init__(self, follower: Follower[E]) -> None:
        self.follower = follower
        self.told: deque[Entry[E]] = deque(maxlen=_REMEMBERED)
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def tell(self, entry: Entry[E]) -> None:
        self.told.append(entry)
        self.news.set()

    def next(self, mark: int) -> list[Entry[E]]:
        """The decisions that come right after `mark`; none if these are in the log only, or not taken yet."""
        while self.told and self.told[0].sequence <= mark:
            self.told.popleft()
        batch: list[Entry[E]] = []
        while self.told and len(batch) < _FOLLOW_AT_ONCE and self.told[0].sequence == mark + len(batch) + 1:
            batch.append(self.told.popleft())
        return batch

    @property
    def failure(self) -> BaseException | None:
        """What ended it for good."""
        task = self.task
        return task.exception() if task and task.done() and not task.cancelled() else None


class FollowerFailed(Exception):
    """A follower has ended; its views or its topic would stand still."""

    def __init__(self, stream: str, follower: str) -> None:
        super().__init__(f"{follower} no longer follows the decisions of {stream}.")


class DecisionMaker(Generic[S, K, E]):
    """The decision maker of one stream. Not started, it knows nothing; `load` folds the log."""

    def __init__(
        self,
        stream: str,
        service: str,
        decider: Decider[S, K, E],
        decisions: DecisionLog[S, E],
        followers: Sequence[Follower[E]],
        clock: Callable[[], datetime],
    ) -> None:
        self.stream = stream
        self.state: S = decider.initial(stream)
        self.sequence = 0
        self._position = 0
        self._service = service
        self._decider = decider
        self._log = decisions
        self._following = {follower.name: _Following(follower) for follower in followers}
        self._clock = clock
        self._growth = Growth()
        self._saving: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._stale = True
        self._started = False

    async def start(self) -> None:
        """Folds the log and lets the followers catch up from where each one was."""
        async with self._lock:
            await self._fold()
            self._started = True
            for following in self._following.values():
                self._begin(following)

    async def stop(self) -> None:
        """Stops the followers where they are; whoever decides next carries on from their marks."""
        self._started = False
        tasks = [following.task for following in self._following.values() if following.task]
        saving = [self._saving] if self._saving else []
        await end(*tasks, *saving)
        self._saving = None
        for following in self._following.values():
            following.task = None
            following.told.clear()

    def add(self, follower: Follower[E]) -> None:
        """One more follower. It begins at its mark, so a new one carries the whole log on; nobody waits for that."""
        following = self._following.setdefault(follower.name, _Following(follower))
        if self._started and following.task is None:
            self._begin(following)

    async def remove(self, name: str) -> None:
        """Without that follower from now on; its mark stays."""
        following = self._following.pop(name, None)
        if following and following.task:
            await end(following.task)

    def failed(self) -> dict[str, BaseException]:
        """Why followers have ended that should be at work, by their names."""
        failures = {name: following.failure for name, following in self._following.items()}
        return {name: failure for name, failure in failures.items() if failure}

    def _begin(self, following: _Following[E]) -> None:
        following.task = asyncio.create_task(self._follow(following), name=following.follower.name)

    async def decide(self, commands: Sequence[Commanded[K]]) -> dict[str, Outcome]:
        """Decides the commands in order and appends what came of it; the outcome of each, by id.

        A command that was decided before is not decided again. Returns when the decision is durable. A follower that
        cannot go on makes this raise FollowerFailed: a decision that nobody would hear of is not taken.
        """
        for following in self._following.values():
            if (failure := following.failure) and following.follower.is_vital():
                raise FollowerFailed(self.stream, following.follower.name) from failure
        async with self._lock:
            while True:
                try:
                    return await self._decide(commands)
                except Superseded as superseded:
                    log.info("decision_superseded", stream=self.stream, reason=str(superseded))

    async def _decide(self, commands: Sequence[Commanded[K]]) -> dict[str, Outcome]:
        if self._stale:
            await self._fold()
        fresh = [command for command in commands if command.offset is None or command.offset >= self._position]
        known = await self._log.decided(command.id for command in fresh) if fresh else {}
        new: dict[str, Commanded[K]] = {}
        for command in fresh:
            if command.id not in known:
                new.setdefault(command.id, command)
        waiting = deque(new.values())
        while waiting:
            self._stale = True  # from here on the state runs ahead of the log, until the log has the entry
            position, outcomes, events = await self._run(waiting)
            await self._append(position, outcomes, events)
            self._stale = False
            known |= {outcome.command: outcome for outcome in outcomes}
        self._position = max([self._position, *(command.offset + 1 for command in fresh if command.offset is not None)])
        return known

    async def _run(self, waiting: deque[Commanded[K]]) -> tuple[int, list[Outcome], list[tuple[str, E]]]:
        """Decides what waits, or as much of it as one document holds; also the position after that."""
        outcomes: list[Outcome] = []
        events: list[tuple[str, E]] = []
        position, since = self._position, perf_counter()
        while waiting and len(events) < _EVENTS_AT_ONCE:
            for decision in self._decider.decide_some(self.state, (each.command for each in waiting)):
                command = waiting.popleft()
                for event in decision.events:
                    self.state = self._decider.evolve(self.state, event)
                    events.append((command.id, event))
                outcomes.append(Outcome(command=command.id, refused=decision.refused, result=decision.result))
                metrics.commands_decided.labels(self._service, decision.refused or "done").inc()
                if command.offset is not None:
                    position = command.offset + 1
            if perf_counter() - since > _BREATH:
                await asyncio.sleep(0)
                since = perf_counter()
        return position, outcomes, events

    async def _append(self, position: int, outcomes: list[Outcome], events: list[tuple[str, E]]) -> None:
        entry = Entry(
            stream=self.stream,
            sequence=self.sequence + 1,
            position=position,
            at=to_milliseconds(self._clock()),
            outcomes=tuple(outcomes),
            events=tuple(events),
        )
        await self._log.append(entry)
        self.sequence, self._position = entry.sequence, entry.position
        metrics.decisions_appended.labels(self._service).inc()
        self._tell(entry)
        self._growth.add(len(entry.events))
        if self._growth.is_due and (self._saving is None or self._saving.done()):
            if self._saving:
                self._saving.result()  # what a broken program raised
            growth, self._growth = self._growth, Growth(size=self._growth.size)
            rows = self._log.snapshots.rows(self.state)
            self._saving = asyncio.create_task(self._save(growth, self.sequence, self._position, rows))

    async def _save(self, growth: Growth, sequence: int, position: int, rows: Iterator[Any]) -> None:
        """Keeps a snapshot, beside the deciding; without a database for it, the next one has to do."""
        try:
            self._growth.size = await self._log.snapshots.save(self.stream, sequence, position, rows, growth.events)
        except PyMongoError as error:
            log.warning("snapshot_not_kept", stream=self.stream, reason=f"{type(error).__name__}: {error}"[:300])
            self._growth.decisions += growth.decisions
            self._growth.events += growth.events

    async def _fold(self) -> None:
        told = self.sequence
        snapshot = await self._log.snapshots.load(self.stream)
        self.state = snapshot.state if snapshot else self._decider.initial(self.stream)
        self.sequence = snapshot.sequence if snapshot else 0
        self._position = snapshot.position if snapshot else 0
        self._growth = Growth(size=snapshot.size if snapshot else 0)
        async for entry in self._log.read(self.stream, min(told, self.sequence)):
            if entry.sequence > self.sequence:
                for _, event in entry.events:
                    self.state = self._decider.evolve(self.state, event)
                self.sequence, self._position = entry.sequence, entry.position
                self._growth.add(len(entry.events))
            if entry.sequence > told:
                self._tell(entry)
        self._stale = False

    def _tell(self, entry: Entry[E]) -> None:
        for following in self._following.values():
            following.tell(entry)

    async def _follow(self, following: _Following[E]) -> None:
        follower, mark, pause = following.follower, -1, _PAUSE
        while True:
            following.news.clear()
            try:
                if mark < 0:
                    mark = await self._log.followed(self.stream, follower.name)
                batch = await self._next(following, mark)
                if batch:
                    await follower.follow(batch)
                    await self._log.mark_followed(self.stream, follower.name, batch[-1].sequence)
                    mark = batch[-1].sequence
            except (PyMongoError, KafkaError, NotPublished) as error:
                log.warning("follower_retried", stream=self.stream, follower=follower.name, reason=str(error)[:300])
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _PAUSE
            if not batch:
                await following.news.wait()

    async def _next(self, following: _Following[E], mark: int) -> list[Entry[E]]:
        """The decisions after `mark`: those that wait in memory, else from the log."""
        if (batch := following.next(mark)) or mark >= self.sequence:
            return batch
        return await self._log.some(self.stream, mark, _FOLLOW_AT_ONCE)
