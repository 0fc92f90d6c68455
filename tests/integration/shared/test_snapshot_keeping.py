"""Snapshots of a state that changes while they are made, by a keeper that tells what changed; on a real MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import count
from random import Random

import pytest
from pymongo.errors import AutoReconnect

from shared.decisions import DecisionLog
from shared.mongo import connect, database
from shared.snapshot_files import SnapshotFile
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.shared.tallying import STREAM, Counted, KeptTally, Log, check_newest, counts, folded, maker

THINGS = [f"thing-{number}" for number in range(60)]


@pytest.fixture
async def log(servers: Servers, namespace: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Log]:
    """Snapshots are due after 20 decisions, however long its things are."""
    monkeypatch.setattr("shared.snapshot_keeping._DECISIONS", 20)
    monkeypatch.setattr("shared.snapshot_keeping._BYTES_OF_AN_EVENT", 100_000)
    monkeypatch.setattr("shared.snapshot_keeping._FEW", 3)
    async with connect(servers.mongo) as client:
        store = database(client, namespace, "tally")
        found: Log = DecisionLog(store, KeptTally(), Counted, kept_every=30)
        await found.create_indexes()
        yield found
        await client.drop_database(store)


def some(random: Random) -> list[tuple[str, int]]:
    """What is counted in a decision; a few things are dropped."""
    return [(random.choice(THINGS), random.choice((0, 1, 2, 3))) for _ in range(random.randint(1, 4))]


async def test_a_snapshot_is_of_one_moment_though_decisions_come_while_it_is_made(log: Log) -> None:
    random, one, seen = Random(7), maker(log), set[int]()
    await one.start()
    await one.decide(counts("all", *((thing, 1) for thing in THINGS)))
    for n in range(100):
        await one.decide(counts(f"{n}", *some(random)))
        await check_newest(log, seen)
    await one.stop()
    assert len(seen) > 3


async def test_most_snapshots_are_only_what_changed(log: Log) -> None:
    one = maker(log)
    await one.start()
    await one.decide(counts("all", *((thing, 1) for thing in THINGS)))
    for n in range(1, 20):
        await one.decide(counts(f"{n}", ("thing-1", 1)))
    whole = await eventually(lambda: log.snapshots.load(STREAM), what="a snapshot")
    assert whole is not None
    for n in range(20, 40):
        await one.decide(counts(f"{n}", ("thing-2", 1), ("thing-3", 0)))

    async def more() -> bool:
        snapshot = await log.snapshots.load(STREAM)
        return snapshot is not None and snapshot.sequence > whole.sequence

    await eventually(more, what="what changed")
    changed = await log.snapshots.load(STREAM)
    assert changed is not None
    assert changed.state == await folded(log, changed.sequence)
    assert changed.stored.files[: len(whole.stored.files)] == whole.stored.files
    assert changed.stored.added < whole.stored.size / 10
    await one.stop()


@pytest.mark.parametrize("seed", range(3))
async def test_whenever_it_ends_the_next_one_starts_with_what_the_log_says(log: Log, seed: int) -> None:
    random, numbers, kept = Random(seed), count(), set[int]()
    for _ in range(8):
        one = maker(log)
        await one.start()
        assert one.state == await folded(log)
        for _ in range(random.randint(5, 30)):
            await one.decide(counts(f"{next(numbers)}", *some(random)))
        for _ in range(random.randint(0, 40)):
            await asyncio.sleep(0)
        await one.stop()  # in the middle of a snapshot, if one is being made
        await check_newest(log, kept)
    assert len(kept) > 3


async def test_two_that_take_the_stream_from_each_other_keep_nothing_that_is_wrong(log: Log) -> None:
    kept, makers = set[int](), [maker(log), maker(log)]

    async def go_on(number: int) -> None:
        random = Random(number)
        await makers[number].start()
        for n in range(60):
            await makers[number].decide(counts(f"{number}-{n}", *some(random)))
            await check_newest(log, kept)

    await asyncio.gather(go_on(0), go_on(1))
    assert len(kept) > 2
    for one in makers:
        await one.stop()
    last = maker(log)
    await last.start()
    assert last.state == await folded(log)
    await last.stop()


async def test_a_snapshot_that_was_begun_before_somebody_else_decided_is_not_kept(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, begun, may_go_on, kept = maker(log), maker(log), asyncio.Event(), asyncio.Event(), set[int]()
    write = SnapshotFile.write

    async def write_late(file: SnapshotFile, lines: Iterable[bytes]) -> None:
        begun.set()
        await may_go_on.wait()
        await write(file, lines)

    monkeypatch.setattr(SnapshotFile, "write", write_late)
    await one.start()
    for n in range(20):
        await one.decide(counts(f"{n}", (THINGS[n], 1)))
    await begun.wait()
    await other.start()
    await other.decide(counts("of the other", (THINGS[0], 5)))
    await one.decide(counts("of the one", (THINGS[1], 1)))
    may_go_on.set()
    for n in range(20, 40):
        await check_newest(log, kept)
        await one.decide(counts(f"{n}", (THINGS[n], 1)))
    await one.stop()
    assert one.state[THINGS[0]] == 6
    assert kept


async def test_what_comes_after_a_snapshot_that_could_not_be_kept_is_right(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, one, kept, failed = Random(5), maker(log), set[int](), list[str]()
    write = SnapshotFile.write

    async def write_sometimes(file: SnapshotFile, lines: Iterable[bytes]) -> None:
        if random.random() < 0.3:
            failed.append("once more")
            raise AutoReconnect
        await write(file, lines)

    monkeypatch.setattr(SnapshotFile, "write", write_sometimes)
    await one.start()
    for n in range(150):
        await one.decide(counts(f"{n}", *some(random)))
        await check_newest(log, kept)
    await one.stop()
    assert len(kept) > 3
    assert len(failed) > 3


async def test_states_of_long_ago_are_those_of_the_log(log: Log) -> None:
    random, one = Random(3), maker(log)
    await one.start()
    for n in range(120):
        await one.decide(counts(f"{n}", *some(random)))
    await one.stop()
    found = [await log.snapshots.load(STREAM, until=sequence) for sequence in range(20, 120, 10)]
    assert len({snapshot.sequence for snapshot in found if snapshot is not None}) > 1
    for snapshot in found:
        if snapshot is not None:
            assert snapshot.state == await folded(log, snapshot.sequence)
