"""How far followers are, and waiting for it, on a real MongoDB: also for followers that work in another process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConnectionFailure
from pymongo.monitoring import CommandListener, CommandStartedEvent

from shared.marks import Marks
from shared.mongo import Document, connect, database
from tests.conftest import Servers

MARK = ("s", "f")
Own = AsyncDatabase[Document]


class Looks(CommandListener):
    """Counts the looks at marks."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.count += event.command_name == "find"

    def succeeded(self, event: Any) -> None:  # noqa: ANN401 (pymongo's)
        """Nothing."""

    def failed(self, event: Any) -> None:  # noqa: ANN401 (pymongo's)
        """Nothing."""


@pytest.fixture
async def own(servers: Servers, namespace: str) -> AsyncIterator[Own]:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "marking")
        yield own
        await client.drop_database(own.name)


async def test_a_mark_never_goes_back(own: Own) -> None:
    marks = Marks(own)
    assert await marks.read(MARK) == 0
    await marks.put(MARK, 5)
    await marks.put(MARK, 3)
    assert await Marks(own).read(MARK) == 5


@pytest.mark.parametrize("who", [lambda here, _: here, lambda _, there: there], ids=["here", "elsewhere"])
async def test_each_who_waits_is_told_when_its_decision_is_reached(
    own: Own, who: Callable[[Marks, Marks], Marks]
) -> None:
    here, follower = Marks(own), Marks(own)
    follower = who(here, follower)
    waits = [asyncio.create_task(here.reached(MARK, sequence, within=30)) for sequence in (1, 2, 2, 3)]

    await follower.put(MARK, 2)

    assert await asyncio.gather(*waits[:3]) == [True] * 3
    assert not waits[3].done()
    await follower.put(MARK, 3)
    assert await waits[3]


async def test_what_is_not_reached_in_time_is_said(own: Own) -> None:
    marks = Marks(own)
    await marks.put(MARK, 1)
    assert await marks.reached(MARK, 1, within=30)
    assert not await marks.reached(MARK, 2, within=0.05)


async def test_however_many_wait_one_looks(servers: Servers, own: Own) -> None:
    looks = Looks()
    async with AsyncMongoClient[Document](servers.mongo, event_listeners=[looks]) as client:
        marks = Marks(client[own.name])
        found = await asyncio.gather(*(marks.reached(MARK, 1, within=0.5) for _ in range(200)))

    assert not any(found)
    assert 0 < looks.count < 200


async def test_whoever_waits_hears_that_the_database_is_gone() -> None:
    async with AsyncMongoClient[Document]("mongodb://127.0.0.1:1", serverSelectionTimeoutMS=100) as client:
        marks = Marks(client["nowhere"])
        with pytest.raises(ConnectionFailure):
            await marks.reached(MARK, 1, within=30)
