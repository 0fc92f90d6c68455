"""The one command loop: load → fold → decide → append → let followers carry on.

A service brings a pure decider; this module owns everything around it: one stream in memory, commands that wait are
decided together and appended as one document, a restart folds from snapshot and log and resumes at the position.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Generic, TypeVar

import structlog

from shared import metrics
from shared.breath import Breath
from shared.contracts.values import to_milliseconds
from shared.decider import Decider
from shared.decisions import DecisionLog, Entry, Outcome, Superseded
from shared.ending import end
from shared.following import Follower, FollowerFailed, Following
from shared.snapshot_keeping import Moment, SnapshotKeeping

S = TypeVar("S")
E = TypeVar("E")
K = TypeVar("K")
log = structlog.get_logger()

_EVENTS_AT_ONCE = 2_000
"""So many events of a kilobyte each are far from what a document may hold."""

_SECONDS_AT_ONCE = 0.05
"""Nobody hears of what is decided before its document is written, so it is, after so long. Writing takes a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded(Generic[K]):
    """A command with its id and its place in the command topic; a timer's has none (None)."""

    id: str
    command: K
    offset: int | None


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
        self._following = {follower.name: self._following_of(follower) for follower in followers}
        self._clock = clock
        self._keeping = SnapshotKeeping(stream, decisions.snapshots, self._still)
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
                following.begin()

    async def stop(self) -> None:
        """Stops the followers where they are; whoever decides next carries on from their marks."""
        self._started = False
        for following in tuple(self._following.values()):
            await following.end()
        if self._saving:
            await end(self._saving)
            self._saving = None

    def add(self, follower: Follower[E]) -> None:
        """One more follower. It begins at its mark, so a new one carries the whole log on; nobody waits for that."""
        following = self._following.setdefault(follower.name, self._following_of(follower))
        if self._started:
            following.begin()

    async def remove(self, name: str) -> None:
        """Without that follower from now on; its mark stays."""
        if following := self._following.pop(name, None):
            await following.end()

    def failed(self) -> dict[str, BaseException]:
        """Why followers have ended that should be at work, by their names."""
        failures = {name: following.failure for name, following in self._following.items()}
        return {name: failure for name, failure in failures.items() if failure}

    def behind(self, follower: str) -> int:
        """How many decisions a follower has still to carry on."""
        following = self._following.get(follower)
        return following.behind if following else 0

    def _following_of(self, follower: Follower[E]) -> Following[E]:
        return Following(self.stream, follower, self._log, lambda: self.sequence)

    async def recover(self) -> None:
        """Makes the state the log's again after a decision that could not be written; costs nothing otherwise."""
        if self._stale:
            async with self._lock:
                if self._stale:
                    await self._fold()

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
                    with metrics.decision_seconds.labels(self._service).time():
                        return await self._decide(commands)
                except Superseded as superseded:
                    log.info("decision_superseded", stream=self.stream, reason=str(superseded))

    async def _decide(self, commands: Sequence[Commanded[K]]) -> dict[str, Outcome]:
        if self._stale:
            await self._fold()
        fresh = [command for command in commands if command.offset is None or command.offset >= self._position]
        known = dict[str, Outcome]()
        if fresh:
            known, newest = await self._log.decided(self.stream, (command.id for command in fresh))
            if newest > self.sequence:  # another process wrote it after the log was folded here
                await self._read_on(self.sequence)
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
        position, breath, until = self._position, Breath(), perf_counter() + _SECONDS_AT_ONCE
        while waiting and len(events) < _EVENTS_AT_ONCE and (not outcomes or perf_counter() < until):
            for decision in self._decider.decide_some(self.state, (each.command for each in waiting)):
                command = waiting.popleft()
                for event in decision.events:
                    self.state = self._decider.evolve(self.state, event)
                    self._keeping.changed(event)
                    events.append((command.id, event))
                outcomes.append(Outcome(command=command.id, refused=decision.refused, result=decision.result))
                metrics.commands_decided.labels(self._service, decision.refused or "done").inc()
                if command.offset is not None:
                    position = command.offset + 1
            await breath.take()
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
        if self._keeping.decided(len(entry.events)) and (self._saving is None or self._saving.done()):
            if self._saving:
                self._saving.result()  # what a broken program raised
            self._saving = asyncio.create_task(self._keeping.keep(self.state))

    @asynccontextmanager
    async def _still(self) -> AsyncGenerator[Moment[S] | None]:
        """Nothing is decided meanwhile; None, if the state is ahead of the log."""
        async with self._lock:
            yield None if self._stale else Moment(state=self.state, sequence=self.sequence, position=self._position)

    async def _fold(self) -> None:
        """The state of the newest snapshot and what was decided since; nothing before that is read."""
        told = self.sequence
        snapshot = await self._log.snapshots.load(self.stream)
        self.state = snapshot.state if snapshot else self._decider.initial(self.stream)
        self.sequence = snapshot.sequence if snapshot else 0
        self._position = snapshot.position if snapshot else 0
        self._keeping.begin(snapshot)
        await self._read_on(told)
        for following in self._following.values():
            following.look_again()  # what the snapshot holds of others' decisions was told to nobody
        self._stale = False

    async def _read_on(self, told: int) -> None:
        """What the log has beyond the state. told: followers have heard of decisions up to this one."""
        breath = Breath()
        self._stale = True  # should the reading break off within a decision
        async for entry in self._log.read(self.stream, self.sequence):
            for _, event in entry.events:
                self.state = self._decider.evolve(self.state, event)
                self._keeping.changed(event)
            self.sequence, self._position = entry.sequence, entry.position
            self._keeping.decided(len(entry.events))
            if entry.sequence > told:
                self._tell(entry)
            await breath.take()
        self._stale = False

    def _tell(self, entry: Entry[E]) -> None:
        for following in self._following.values():
            following.tell(entry)
