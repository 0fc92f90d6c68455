"""Snapshots on a real MongoDB: of any size, whole or not at all, and never what a start depends on."""

from collections.abc import AsyncIterator, Iterable, Iterator
from random import Random
from typing import Any

import pytest
from bson import ObjectId
from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document, connect, database
from shared.snapshots import Growth, Snapshots
from tests.conftest import Servers

MOST_OF_A_DOCUMENT = 16 * 1_048_576


class Words:
    """Keeps a list of words, a row each."""

    version = "words.1"
    is_frozen = True

    def rows(self, state: list[str]) -> Iterator[Any]:
        return iter(list(state))

    def state(self, rows: Iterable[Any]) -> list[str]:
        return list(rows)


class LiveWords(Words):
    is_frozen = False

    def rows(self, state: list[str]) -> Iterator[Any]:
        yield from state


class OtherWords(Words):
    version = "words.2"


@pytest.fixture
async def store(servers: Servers, namespace: str) -> AsyncIterator[AsyncDatabase[Document]]:
    client = connect(servers.mongo)
    found = database(client, namespace, "snapshots")
    yield found
    await client.drop_database(found.name)
    await client.close()


async def _save(snapshots: Snapshots[list[str]], sequence: int, state: list[str]) -> int:
    return await snapshots.save("s", sequence, 10 * sequence, await snapshots.take(state))


async def test_a_state_beyond_what_a_document_holds_comes_back(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    random = Random(4)
    state = [random.randbytes(500).hex() for _ in range(40_000)]  # 40 MB, of which half can be compressed away

    size = await _save(snapshots, 7, state)

    assert size > MOST_OF_A_DOCUMENT
    found = await snapshots.load("s")
    assert found is not None
    assert (found.sequence, found.position, found.size) == (7, 70, size)
    assert found.state == state


async def test_the_older_snapshot_stays_readable_until_the_new_one_is_whole(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["old"])

    def breaking() -> Iterator[bytes]:
        yield from [b'["new"]'] * 50
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await snapshots.save("s", 2, 20, breaking())

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["old"]


async def test_an_older_snapshot_never_takes_the_place_of_a_newer_one(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 2, ["new"])
    await _save(snapshots, 1, ["old"])

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["new"]
    assert await store["snapshots.files"].count_documents({}) == 1


async def test_what_was_replaced_or_left_half_written_is_removed(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["one"])
    long_ago, just_now = ObjectId("5f0000000000000000000000"), ObjectId()
    await store["snapshots.chunks"].insert_many(
        [{"files_id": name, "n": 0, "data": b"half"} for name in (long_ago, just_now)]
    )

    await _save(snapshots, 2, ["two"])

    assert await store["snapshots.files"].count_documents({}) == 1
    files = set(await store["snapshots.chunks"].distinct("files_id"))
    assert long_ago not in files
    assert just_now in files, "another process may be writing it"
    assert len(files) == 2


async def test_a_state_that_has_to_stand_still_is_taken_at_once_and_written_as_it_was(
    store: AsyncDatabase[Document],
) -> None:
    snapshots, state = Snapshots(store, LiveWords()), ["as", "it", "was"]
    taken = await snapshots.take(state)
    state[1] = "is"

    await snapshots.save("s", 1, 10, taken)

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["as", "it", "was"]


async def test_a_file_that_ends_too_early_is_passed_over(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["old"])
    whole = await store["snapshots.chunks"].find_one()
    assert whole is not None
    half = whole["data"][:8]
    await store["snapshots.chunks"].update_one({}, {"$set": {"data": half}})
    await store["snapshots.files"].update_one({}, {"$set": {"length": len(half)}})
    assert await snapshots.load("s") is None


async def test_a_snapshot_of_another_version_is_passed_over(store: AsyncDatabase[Document]) -> None:
    await _save(Snapshots(store, Words()), 1, ["old"])
    assert await Snapshots(store, OtherWords()).load("s") is None


async def test_a_snapshot_whose_file_is_gone_is_passed_over(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["old"])
    await store["snapshots.chunks"].delete_many({})
    assert await snapshots.load("s") is None


def test_snapshots_become_rarer_as_the_state_grows() -> None:
    growth, kept, saved = Growth(), 0, 0
    for number in range(1, 100_001):
        growth.add(events=2)
        if growth.is_due:
            saved += 1
            kept += 200 * number
            growth = Growth(size=200 * number)
    assert saved < 20
    assert kept < 4 * 200 * 100_000, "together they cost a few times the last one"
