"""The one safe way to consume, on a real broker."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY
from pymongo.errors import AutoReconnect

from shared.consuming import Consumption, Record, Rejected
from shared.dead_letters import TooManyDeadLetters, exhume
from tests.eventually import eventually
from tests.integration.shared.conftest import World

Verdict = Sequence[Rejected[int]]


class Seen:
    """A take that remembers what it was given."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    async def take(self, records: list[Record[int]]) -> Verdict:
        self.counts.update(record.event for record in records)
        return ()

    async def all_of(self, count: int) -> bool:
        return len(self.counts) == count


async def test_every_record_is_taken_and_committed_on_its_own_partition(world: World) -> None:
    seen = Seen()
    await world.publish(*range(500))

    async with world.consuming(seen.take):
        await eventually(lambda: seen.all_of(500))

    assert set(seen.counts.values()) == {1}
    assert await world.committed() == 500


async def test_what_comes_is_left_where_it_is_until_there_is_room_for_it(world: World) -> None:
    at_work, go_on, seen = asyncio.Event(), asyncio.Event(), Seen()

    async def take(records: list[Record[int]]) -> Verdict:
        at_work.set()
        await go_on.wait()
        return await seen.take(records)

    async with world.consuming(take) as consumption:
        await world.publish(7)
        await at_work.wait()
        consumer = consumption.consumer
        assert consumer is not None
        [place] = [one for one in consumer.assignment() if await consumer.position(one)]
        await world.publish(7)
        await asyncio.sleep(0.5)
        assert await consumer.position(place) == 1
        go_on.set()

        async def taken() -> bool:
            return seen.counts[7] == 2

        await eventually(taken)


async def test_a_restart_goes_on_behind_what_was_committed(world: World) -> None:
    first, second = Seen(), Seen()
    await world.publish(*range(100))
    async with world.consuming(first.take):
        await eventually(lambda: first.all_of(100))
    await world.publish(*range(100, 150))

    async with world.consuming(second.take):
        await eventually(lambda: second.all_of(50))

    assert set(second.counts) == set(range(100, 150))


async def test_a_record_that_nothing_decodes_is_dead_lettered_with_its_reason_and_the_next_passes(world: World) -> None:
    seen = Seen()
    await world.publish(1, "not-a-number-ü", 2)

    async with world.consuming(seen.take):
        await eventually(lambda: seen.all_of(2))
        [letter] = await eventually(world.dead_letters)

    assert letter.reason == "No event model accepts the record: record: not a number."
    assert await exhume(letter, world.keyring) == "not-a-number-ü".encode()
    assert "not-a-number" not in letter.value
    assert await world.committed() == 3


async def test_a_passing_fault_is_retried_until_it_has_passed_and_nothing_is_lost(world: World) -> None:
    seen, faults = Seen(), iter([AutoReconnect("gone"), AutoReconnect("still gone")])

    async def take(records: list[Record[int]]) -> Verdict:
        for fault in faults:
            raise fault
        return await seen.take(records)

    await world.publish(*range(50))
    async with world.consuming(take):
        await eventually(lambda: seen.all_of(50))

    assert await world.dead_letters() == []
    assert await world.committed() == 50
    retries = {
        server: REGISTRY.get_sample_value(
            "hub_batch_retries_total", {"topic": world.topic, "group": world.group, "server": server}
        )
        for server in ("kafka", "mongodb")
    }
    assert retries == {"kafka": 0, "mongodb": 2}


async def test_one_record_at_fault_is_found_in_its_batch_and_the_others_are_taken(world: World) -> None:
    seen = Seen()

    async def take(records: list[Record[int]]) -> Verdict:
        if any(record.event == 13 for record in records):
            raise ValueError("thirteen")
        return await seen.take(records)

    await world.publish(*range(30))
    async with world.consuming(take):
        await eventually(lambda: seen.all_of(29))
        [letter] = await eventually(world.dead_letters)

    assert 13 not in seen.counts
    assert await exhume(letter, world.keyring) == b"13"
    assert "thirteen" not in letter.reason  # an exception's text may hold what the customer wrote


async def test_a_record_the_service_rejects_is_dead_lettered_with_the_services_reason(world: World) -> None:
    async def take(records: list[Record[int]]) -> Verdict:
        return [Rejected(record, "odd numbers are not served here") for record in records if record.event % 2]

    await world.publish(1, 2)
    async with world.consuming(take):
        [letter] = await eventually(world.dead_letters)

    assert letter.reason == "odd numbers are not served here"


async def test_a_program_that_is_broken_stops_the_consumer_and_commits_nothing(world: World) -> None:
    async def take(_: list[Record[int]]) -> Verdict:
        raise RuntimeError("broken")

    await world.publish(1)
    async with world.consuming(take) as consumption:
        await asyncio.wait_for(consumption.failed.wait(), 20)

    assert isinstance(consumption.failure, RuntimeError)
    assert await world.committed() == 0


async def test_too_many_dead_letters_stop_the_consumer(world: World) -> None:
    async def take(records: list[Record[int]]) -> Verdict:
        return [Rejected(record, "nothing is good enough") for record in records]

    await world.publish(*range(600))
    async with world.consuming(take) as consumption:
        await asyncio.wait_for(consumption.failed.wait(), 30)

    assert isinstance(consumption.failure, TooManyDeadLetters)
    assert await world.committed() < 600


@pytest.mark.parametrize("depth", [1, 3])
async def test_nothing_is_lost_when_a_second_consumer_joins_in_the_middle_of_the_work(world: World, depth: int) -> None:
    seen = Seen()

    async def slowly(records: list[Record[int]]) -> Verdict:
        await asyncio.sleep(0.05)  # so that work is in hand when the partitions move
        return await seen.take(records)

    await world.publish(*range(1000))
    async with world.consuming(slowly, depth=depth, max_records=20) as first:
        await eventually(lambda: seen.all_of(len(seen.counts)) if len(seen.counts) > 50 else _no())
        async with world.consuming(slowly, depth=depth, max_records=20) as second:
            await eventually(lambda: seen.all_of(1000), within=60)
            await eventually(lambda: _share(first, second), what="both consumers having partitions of their own")

    assert set(seen.counts) == set(range(1000))
    assert max(seen.counts.values()) == 1  # a drained handover repeats nothing
    assert await world.committed() == 1000


async def _no() -> bool:
    return False


async def _share(first: Consumption[int], second: Consumption[int]) -> bool:
    mine, theirs = first.assigned or set(), second.assigned or set()
    return bool(mine and theirs) and not mine & theirs
