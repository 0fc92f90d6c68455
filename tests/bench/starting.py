"""How long a pool's decision maker takes to start, from its newest snapshot and what was decided since.

    python -m tests.bench.starting 1000000 100000      with HUB_TEST_MONGO naming a running server

Two pools: one that has had many tickets, of which all but a few are done, and one with as many that are all open. Both
logs are written by the decision maker itself, so snapshots are where they would be. Keeping a snapshot is measured
beside it: how long decisions wait for it, and the longest turn that it takes of the event loop, in processor time,
which neighbours do not slow down.
"""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import islice
from statistics import median
from time import perf_counter, process_time, thread_time

import uvloop

from services.routing.commands import stream_of
from services.routing.domain.commands import Asked
from services.routing.domain.state import Pool
from services.routing.store import Store
from shared.deciding import Commanded
from shared.ending import end
from shared.mongo import connect, database
from shared.service import spare_the_collector
from shared.snapshot_keeping import Moment, SnapshotKeeping
from tests.bench.rows import Row, machine_load
from tests.pool_lives import maker, resolved, setup, waiting

CLOSED, OPEN, FEW = 20_000, 100_000, 50
ROUNDS = 3
GOAL_MS = 5_000.0
GOAL_HELD_MS = 50.0
_AT_ONCE = 200
_CHANGES = 5_000


async def measure(mongo: str, closed: int = CLOSED, open_: int = OPEN, rounds: int = ROUNDS) -> list[Row]:
    """The table's rows; starts are the median of `rounds`."""
    spare_the_collector()
    async with connect(mongo) as client:
        own = database(client, f"bench{uuid.uuid4().hex[:8]}", "routing")
        try:
            store = Store(own)
            await store.log.create_indexes()
            await _fill(store, "done", (closed, resolved), (FEW, waiting))
            await _fill(store, "busy", (open_, waiting))
            return [
                await _start(store, "done", f"{closed:,} tickets, all but {FEW} done", rounds),
                await _start(store, "busy", f"{open_:,} open tickets", rounds),
                await _held(store, "busy", open_),
            ]
        finally:
            await client.drop_database(own)


async def _fill(store: Store, pool: str, *parts: tuple[int, Callable[[str, range], list[Commanded[Asked]]]]) -> None:
    one = maker(store, pool)
    await one.start()
    await one.decide(setup(pool))
    for tickets, commands in parts:
        for first in range(0, tickets, _AT_ONCE):
            await one.decide(commands(pool, range(first, min(first + _AT_ONCE, tickets))))
    await one.stop()


async def _start(store: Store, pool: str, what: str, rounds: int) -> Row:
    taken, worked = list[float](), list[float]()
    for _ in range(rounds):
        one, began, worked_before = maker(store, pool), perf_counter(), process_time()
        await one.start()
        taken.append((perf_counter() - began) * 1_000)
        worked.append((process_time() - worked_before) * 1_000)
        await one.stop()
    snapshot = await store.log.snapshots.load(stream_of(pool))
    since = [len(entry.events) async for entry in store.log.read(stream_of(pool), snapshot.sequence if snapshot else 0)]
    return Row(
        name=f"start of a pool with {what}",
        value=median(taken),
        unit="ms",
        baseline=GOAL_MS,
        ratio=median(taken) / GOAL_MS,
        goal=1.0,
        note=(
            f"(what it may take; {median(worked):,.0f} ms of processor time; {sum(since):,} events since the snapshot; "
            f"median of {rounds}; {machine_load()})"
        ),
        less_is_better=True,
    )


async def _held(store: Store, pool: str, open_: int) -> Row:
    """A whole snapshot is the longest work; meanwhile there come as many changes as a start reads at most."""
    one, turns, held = maker(store, pool), [0.0], [0.0]
    await one.start()

    @asynccontextmanager
    async def still() -> AsyncGenerator[Moment[Pool]]:
        began = perf_counter()
        yield Moment(state=one.state, sequence=one.sequence, position=0)
        held.append((perf_counter() - began) * 1_000)

    async def look() -> None:
        while True:
            before = thread_time()
            await asyncio.sleep(0)
            turns.append(thread_time() - before)

    entries = store.log.read(stream_of(pool), one.sequence - _CHANGES // 10)
    events = [event async for entry in entries for _, event in entry.events][-_CHANGES:]
    keeping = SnapshotKeeping("a copy", store.log.snapshots, still)
    keeps, looking = asyncio.create_task(keeping.keep(one.state)), asyncio.create_task(look())
    while not keeps.done():
        for event in islice(events, 100):
            keeping.changed(event)
        del events[:100]
        await asyncio.sleep(0.01)
    await end(looking)
    await one.stop()
    longest = max(turns) * 1_000
    return Row(
        name=f"longest turn of the event loop while {open_:,} open tickets are kept in a snapshot",
        value=longest,
        unit="ms",
        baseline=GOAL_HELD_MS,
        ratio=longest / GOAL_HELD_MS,
        goal=1.0,
        note=f"(what it may be; decisions wait {max(held):,.0f} ms for it; {machine_load()})",
        less_is_better=True,
    )


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for row in runner.run(measure(os.environ["HUB_TEST_MONGO"], *given)):
            print(row)
