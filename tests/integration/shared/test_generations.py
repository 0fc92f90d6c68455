"""Which generations of views there are, and a process that follows what the pointer says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.consuming import Consumption
from shared.ending import end
from shared.generations import Generations, Pointer, Sources, named
from shared.keeping import GenerationFailed, Keeping
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.eventually import eventually


@pytest.fixture
async def pointer(servers: Servers, namespace: str) -> AsyncIterator[Pointer]:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "generations")
        yield Pointer(own)
        await client.drop_database(own.name)


class Views:
    """A generation that only says what it was told to do."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.said: list[str] = []
        self.fault: BaseException | None = None

    @property
    def sources(self) -> Sources:
        return Sources(consumed=(("topic", named("group", self.number)),))

    @property
    def consumptions(self) -> Sequence[Consumption[Any]]:
        return ()

    def failure(self) -> BaseException | None:
        return self.fault

    async def begin(self) -> None:
        self.said.append("begin")

    async def end(self) -> None:
        self.said.append("end")


class Process:
    """A process of a service, and the generations that it ever made."""

    def __init__(self, pointer: Pointer) -> None:
        self.made: list[Views] = []
        self.keeping: Keeping[Views] = Keeping(pointer, self._make)
        self.running: asyncio.Task[None] | None = None

    def _make(self, number: int) -> Views:
        self.made.append(Views(number))
        return self.made[-1]

    def said(self) -> list[tuple[int, list[str]]]:
        return [(views.number, views.said) for views in self.made if views.said]

    async def comes_to(self, wanted: Callable[[], bool]) -> None:
        async def look() -> bool:
            return wanted()

        await eventually(look, what=f"the wanted state; it is {self.said()}")


@asynccontextmanager
async def process(pointer: Pointer) -> AsyncIterator[Process]:
    running = Process(pointer)
    await running.keeping.open()
    running.running = asyncio.create_task(running.keeping.run())
    yield running
    await running.keeping.stop()
    await end(running.running)


async def test_a_hub_that_was_never_rebuilt_has_the_first_generation(pointer: Pointer) -> None:
    assert await pointer.read() == Generations(current=1, kept=(1,), served=(1,), last=1)
    assert (named("hub.profile.timeline", 1), named("x", 2)) == ("hub.profile.timeline", "x@2")


async def test_no_number_is_given_twice(pointer: Pointer) -> None:
    added = await asyncio.gather(*(pointer.add() for _ in range(5)))
    assert sorted(added) == [2, 3, 4, 5, 6]
    for number in added:
        assert await pointer.take_off(number)
    assert await pointer.add() == 7


async def test_only_a_kept_generation_becomes_current_and_the_current_one_is_not_taken_off(pointer: Pointer) -> None:
    assert not await pointer.switch(2)
    assert await pointer.switch(await pointer.add())
    assert not await pointer.take_off(2)
    assert await pointer.take_off(1)
    state = await pointer.read()
    assert (state.current, state.kept, state.served) == (2, (2,), (2,))


async def test_the_sources_of_a_generation_are_known_until_it_is_forgotten(pointer: Pointer) -> None:
    number, sources = await pointer.add(), Sources(consumed=(("t", "g@2"),), followed=(("s", "f@2"),))
    await pointer.tell_sources(number, sources)
    await pointer.take_off(number)
    assert (await pointer.read()).sources == {2: sources}
    await pointer.tell_sources(number, Sources(consumed=()))  # by a process that has not noticed yet
    assert (await pointer.read()).sources == {2: sources}
    await pointer.forget(number)
    assert (await pointer.read()).sources == {}


async def test_a_process_keeps_what_the_pointer_says_and_answers_from_the_current(pointer: Pointer) -> None:
    async with process(pointer) as one:
        switched: list[int] = []
        one.keeping.on_switch(lambda: switched.append(one.keeping.current.number))
        await pointer.add()
        await one.comes_to(lambda: one.said() == [(1, ["begin"]), (2, ["begin"])])
        assert (one.keeping.current.number, one.keeping.has_served(2)) == (1, False)
        await pointer.switch(2)
        await one.comes_to(lambda: switched == [2])
        assert (one.keeping.current.number, one.keeping.has_served(1), one.keeping.has_served(2)) == (2, True, True)
        await pointer.take_off(1)
        await one.comes_to(lambda: one.said() == [(1, ["begin", "end"]), (2, ["begin"])])
    async with process(pointer) as again:
        await again.comes_to(lambda: again.said() == [(2, ["begin"])])
        assert again.keeping.current.number == 2
    assert again.said() == [(2, ["begin", "end"])]


async def test_every_process_says_what_it_keeps_and_answers_from(pointer: Pointer) -> None:
    async with process(pointer) as one, process(pointer) as other:
        await eventually(lambda: _is(pointer.keepers(1), 2), what="both processes having told")
        await pointer.switch(await pointer.add())
        await eventually(lambda: _is(pointer.answering_otherwise(2), 0), what="both answering from the second")
        assert (one.keeping.current.number, other.keeping.current.number) == (2, 2)
        await pointer.take_off(1)
        await eventually(lambda: _is(pointer.keepers(1), 0), what="nobody keeping the first")
        assert await pointer.keepers(2) == 2
    assert await pointer.keepers(2) == 0, "whoever ends says so"


async def test_a_process_that_was_killed_counts_for_a_while(pointer: Pointer) -> None:
    await pointer.tell_process("killed", await pointer.read())
    assert (await pointer.keepers(1), await pointer.answering_otherwise(2)) == (1, 1)
    silent_for = {"$dateSubtract": {"startDate": "$$NOW", "unit": "second", "amount": 20}}
    await pointer._pointer.update_one({"_id.process": "killed"}, [{"$set": {"at": silent_for}}])
    assert (await pointer.keepers(1), await pointer.answering_otherwise(2)) == (0, 0)


async def _is(number: Awaitable[int], wanted: int) -> bool:
    return await number == wanted


async def test_a_generation_that_fails_stands_still_alone_until_it_is_tried_again(pointer: Pointer) -> None:
    await pointer.add()
    async with process(pointer) as one:
        await one.comes_to(lambda: len(one.said()) == 2)
        next(views for views in one.made if views.number == 2).fault = RuntimeError("a broken program")
        await eventually(lambda: _failed(pointer), what="the failure being told")
        assert (await pointer.read()).failed == {2: "RuntimeError: a broken program"}
        assert one.said() == [(1, ["begin"]), (2, ["begin", "end"])]
        await pointer.try_again(2)
        await one.comes_to(lambda: one.said() == [(1, ["begin"]), (2, ["begin", "end"]), (2, ["begin"])])
        assert one.running
        assert not one.running.done()


async def test_the_service_fails_with_its_current_generation(pointer: Pointer) -> None:
    async with process(pointer) as one:
        await one.comes_to(lambda: len(one.said()) == 1)
        one.made[0].fault = RuntimeError("a broken program")
        assert one.running
        with pytest.raises(GenerationFailed, match="Generation 1 of the views: RuntimeError: a broken program"):
            await asyncio.wait_for(asyncio.shield(one.running), 20)


async def _failed(pointer: Pointer) -> bool:
    return bool((await pointer.read()).failed)
