"""Two generations of routing's views compared while they change, on a real MongoDB."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pymongo.asynchronous.database import AsyncDatabase

from deploy.local import comparing
from deploy.local.rebuilt_routing import compare
from shared.ending import end
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.eventually import eventually

Sides = tuple[AsyncDatabase[Document], AsyncDatabase[Document]]


@pytest.fixture
async def sides(servers: Servers, namespace: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sides]:
    """The live views and the new ones."""
    monkeypatch.setattr(comparing, "_PAUSE_SECONDS", 0.05)
    async with connect(servers.mongo) as client:
        live, new = database(client, namespace, "live"), database(client, namespace, "new")
        yield live, new
        for side in (live, new):
            await client.drop_database(side)


async def test_what_changes_all_the_time_does_not_differ(sides: Sides) -> None:
    async def change(first: int) -> None:
        sequence = first
        while True:
            sequence += 1
            for side in sides:
                await side["agents"].replace_one(
                    {"_id": "ann"}, {"sequence": sequence, "tickets": [sequence]}, upsert=True
                )
                await asyncio.sleep(0.01)

    changing = asyncio.create_task(change(0))
    await eventually(sides[1]["agents"].find_one)
    assert (await compare(*sides, 10)).differences == []
    await end(changing)


@pytest.mark.parametrize(
    ("live", "new", "how"),
    [
        ({"sequence": 5, "name": "Ann"}, {"sequence": 5, "name": "Anna"}, "agents ann differs in name"),
        ({"sequence": 5, "name": "Ann"}, {"sequence": 4, "name": "Ann"}, "agents ann differs in sequence"),
        ({"sequence": 5}, None, "agents ann is missing in the new views"),
        (None, {"sequence": 5}, "agents ann is only in the new views"),
    ],
)
async def test_what_stays_otherwise_differs(
    sides: Sides, live: Document | None, new: Document | None, how: str
) -> None:
    for side, document in zip(sides, (live, new), strict=True):
        if document:
            await side["agents"].insert_one({"_id": "ann", **document})
    assert (await compare(*sides, 10)).differences == [how]


async def test_new_views_that_stand_still_differ_from_live_ones_that_change(sides: Sides) -> None:
    live, new = sides
    await new["agents"].insert_one({"_id": "ann", "sequence": 1})

    async def change() -> None:
        sequence = 1
        while True:
            sequence += 1
            await live["agents"].replace_one({"_id": "ann"}, {"sequence": sequence}, upsert=True)
            await asyncio.sleep(0.01)

    changing = asyncio.create_task(change())
    await eventually(live["agents"].find_one)
    assert (await compare(live, new, 10)).differences == ["agents ann differs in sequence"]
    await end(changing)
