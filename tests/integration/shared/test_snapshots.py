"""Snapshots on a real MongoDB: of any size, whole or not at all, and never what a start depends on."""

from collections.abc import AsyncIterator, Iterable, Iterator
from random import Random
from typing import Any

import pytest
from bson import ObjectId
from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document, connect, database
from shared.snapshot_files import lines_of
from shared.snapshot_keeping import Growth
from shared.snapshots import Snapshots, Stored
from tests.conftest import Servers
from tests.snapshots_kept import keep

MOST_OF_A_DOCUMENT = 16 * 1_048_576


class Words:
    """Keeps a list of words, a row each."""

    version = "words.1"

    def rows(self, state: list[str]) -> Iterator[Any]:
        return iter(list(state))

    def state(self, rows: Iterable[Any]) -> list[str]:
        return list(rows)


class OtherWords(Words):
    version = "words.2"


@pytest.fixture
async def store(servers: Servers, namespace: str) -> AsyncIterator[AsyncDatabase[Document]]:
    client = connect(servers.mongo)
    found = database(client, namespace, "snapshots")
    yield found
    await client.drop_database(found.name)
    await client.close()


async def _save(snapshots: Snapshots[list[str]], sequence: int, state: list[str]) -> Stored | None:
    return await keep(snapshots, "s", sequence, 10 * sequence, state)


async def _put_on(snapshots: Snapshots[list[str]], on: Stored | None, sequence: int, added: list[str]) -> Stored | None:
    """Keeps what was added since."""
    assert on is not None
    async with snapshots.file("s") as file:
        await file.write(lines_of(added))
    return await snapshots.put("s", sequence, 10 * sequence, file, on)


async def test_a_state_beyond_what_a_document_holds_comes_back(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    random = Random(4)
    state = [random.randbytes(500).hex() for _ in range(40_000)]  # 40 MB, of which half can be compressed away

    stored = await _save(snapshots, 7, state)

    assert stored is not None
    assert stored.size > MOST_OF_A_DOCUMENT
    found = await snapshots.load("s")
    assert found is not None
    assert (found.sequence, found.position, found.stored) == (7, 70, stored)
    assert found.state == state


async def test_the_older_snapshot_stays_readable_until_the_new_one_is_whole(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["old"])

    def breaking() -> Iterator[bytes]:
        yield from [b'["new"]'] * 50
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with snapshots.file("s") as file:
            await file.write(breaking())

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


async def test_what_was_added_is_read_after_what_it_was_put_on(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    whole = await _save(snapshots, 1, ["one", "two"])
    more = await _put_on(snapshots, whole, 2, ["three"])
    most = await _put_on(snapshots, more, 5, ["four", "five"])

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["one", "two", "three", "four", "five"]
    assert (found.sequence, found.stored) == (5, most)
    assert await store["snapshots.files"].count_documents({}) == 3


async def test_nothing_is_put_on_a_snapshot_that_another_one_has_replaced(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    known = await _save(snapshots, 1, ["one"])
    await _save(snapshots, 2, ["of somebody else"])

    assert await _put_on(snapshots, known, 3, ["two"]) is None

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["of somebody else"]
    assert await store["snapshots.files"].count_documents({}) == 1


async def test_files_stay_as_long_as_a_snapshot_that_is_kept_needs_them(
    store: AsyncDatabase[Document],
) -> None:
    snapshots = Snapshots(store, Words(), kept_every=2)
    stored = await keep(snapshots, "s", 1, 10, ["one"], events=2)
    stored = await _put_on(snapshots, stored, 2, ["two"])
    assert stored is not None
    async with snapshots.file("s") as file:
        await file.write(lines_of(["three"]))
    await snapshots.put("s", 3, 30, file, stored, events=2)
    await keep(snapshots, "s", 4, 40, ["four"])
    await keep(snapshots, "s", 5, 50, ["five"])

    states = [await snapshots.load("s", until=sequence) for sequence in (1, 2, 3, 4)]
    first, second = ["one"], ["one", "two", "three"]
    assert [found and found.state for found in states] == [first, first, second, second]
    assert await store["snapshots.files"].count_documents({}) == 4, "the fourth was replaced, and nobody keeps it"


async def test_a_snapshot_of_one_file_from_before_there_were_several_is_read(store: AsyncDatabase[Document]) -> None:
    snapshots = Snapshots(store, Words())
    await _save(snapshots, 1, ["old"])
    [file] = (await store["snapshots"].find_one() or {})["files"]
    await store["snapshots"].update_one({"_id": "s"}, {"$set": {"file": file}, "$unset": {"files": 1, "added": 1}})

    found = await snapshots.load("s")
    assert found is not None
    assert found.state == ["old"]
    assert await _save(snapshots, 2, ["new"]) is not None
    assert await store["snapshots.files"].count_documents({}) == 1


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
