"""Keeps every generation of a service's views up to date, and follows the pointer while the service runs.

A generation that is not current may fail without anybody who asks noticing: it is ended, and the pointer says why. If
the current one fails, so does the service.

    GenerationFailed  (the current generation cannot go on: stop, so that a fresh process carries on)
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.consuming import Consumption
from shared.generations import Generations, Pointer, Sources

log = structlog.get_logger()

LOOK_SECONDS = 0.25
"""So long after a change of the pointer, at most, a process that is well does what it says."""

_TELL_SECONDS = 2.0
_PATIENCE_SECONDS = 0.25
_WAY_SECONDS = 0.01


class Generation(Protocol):
    """One generation at work."""

    @property
    def sources(self) -> Sources: ...
    @property
    def consumptions(self) -> Sequence[Consumption[Any]]: ...
    def failure(self) -> BaseException | None: ...
    async def begin(self) -> None: ...
    async def end(self) -> None: ...


G = TypeVar("G", bound=Generation)


class GenerationFailed(Exception):
    """The generation that everything is answered from has failed."""

    def __init__(self, generation: int, failure: BaseException) -> None:
        super().__init__(f"Generation {generation} of the views: {type(failure).__name__}: {failure}")


class Keeping(Generic[G]):
    """The generations that this process keeps. make: builds one, which begins later."""

    def __init__(self, pointer: Pointer, make: Callable[[int], G]) -> None:
        self.state = Generations()
        self._pointer = pointer
        self._make = make
        self._made: dict[int, G] = {}
        self._begun: set[int] = set()
        self._ended = False
        self._switched: list[Callable[[], None]] = []
        self._changing = asyncio.Lock()
        self._process = str(uuid4())
        self._told: tuple[float, Generations] | None = None

    @property
    def current(self) -> G:
        """The generation to answer from. It may be another one after every await; each knows the same."""
        return self._made[self.state.current]

    def generations(self) -> list[G]:
        """All that are kept."""
        return list(self._made.values())

    def on_switch(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each change of the current generation."""
        self._switched.append(listener)

    def is_current(self, generation: int) -> bool:
        """Whether that generation is answered from."""
        return generation == self.state.current

    def has_served(self, generation: int) -> bool:
        """Whether that generation was answered from at any time."""
        return generation in self.state.served

    def consumptions(self) -> list[tuple[Consumption[Any], bool]]:
        """All that are at work, and whether answers need each."""
        return [
            (consumption, self.is_current(number))
            for number, generation in self._made.items()
            if number in self._begun or self.is_current(number)
            for consumption in generation.consumptions
        ]

    async def open(self) -> None:
        """Reads the pointer, so that there is a current generation. Nothing is at work yet."""
        await self._pointer.create_indexes()
        self.state = await self._pointer.read()
        for number in self.state.kept:
            self._made[number] = self._make(number)

    async def run(self) -> None:
        """Keeps them for ever; GenerationFailed when the current one cannot go on."""
        while True:
            try:
                async with self._changing:
                    if not self._ended:
                        await self._follow(await self._pointer.read())
                        await self._tell()
            except PyMongoError as error:
                log.warning("pointer_not_read", reason=f"{type(error).__name__}: {error}"[:300])
            await self._look_for_failures()
            await asyncio.sleep(LOOK_SECONDS)

    async def stop(self) -> None:
        """Ends all of them where they are."""
        async with self._changing:
            self._ended = True
            for number in tuple(self._begun):
                await self._end(number)
            with suppress(PyMongoError):  # then it is gone when it has said nothing for a while
                await self._pointer.forget_process(self._process)

    async def _tell(self) -> None:
        """Says that what the pointer said is done here, and now and then that this process lives."""
        now = asyncio.get_running_loop().time()
        if self._told is None or self._told[1] != self.state or now - self._told[0] > _TELL_SECONDS:
            await self._pointer.tell_process(self._process, self.state)
            self._told = now, self.state

    async def _follow(self, state: Generations) -> None:
        for number in state.kept:
            if number not in self._made:
                self._made[number] = self._make(number)
        before, self.state = self.state, state
        if before.current != state.current:
            log.info("views_switched", generation=state.current, before=before.current)
            for listener in self._switched:
                listener()
        for number in state.kept:
            if number not in self._begun and (number not in state.failed or number == state.current):
                await self._begin(number)
        for number in self._made.keys() - set(state.kept):
            await self._end(number)
            del self._made[number]

    async def _begin(self, number: int) -> None:
        generation = self._made[number]
        try:
            await generation.begin()
        except KafkaError as error:
            log.warning("generation_delayed", generation=number, reason=f"{type(error).__name__}: {error}"[:300])
            await generation.end()
            self._made[number] = self._make(number)
            return
        self._begun.add(number)
        await self._pointer.tell_sources(number, generation.sources)
        log.info("generation_begun", generation=number)

    async def _end(self, number: int) -> None:
        if number in self._begun:
            self._begun.discard(number)
            await self._made[number].end()
            log.info("generation_ended", generation=number)

    async def _look_for_failures(self) -> None:
        for number in tuple(self._begun):
            failure = self._made[number].failure()
            if failure is None:
                continue
            if self.is_current(number):
                raise GenerationFailed(number, failure) from failure
            log.error("generation_failed", generation=number, exc_info=failure)
            async with self._changing:
                await self._end(number)
                self._made[number] = self._make(number)
            await self._pointer.tell_failure(number, f"{type(failure).__name__}: {failure}"[:500])


async def give_way(is_asked: Callable[[], bool]) -> None:
    """For whoever builds: what is answered from comes first while that is asked for, but the wait is never long."""
    until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    while is_asked() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 (what is asked changes by itself)
        await asyncio.sleep(_WAY_SECONDS)
