"""Many publishes to one partition at the same time, on a real broker: they share batches, and answer for their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, ProducerClosed
from aiokafka.protocol.produce import ProduceRequest

from shared.batching import PartitionQueue
from shared.publishing import NotPublished, Outgoing, Publisher
from shared.topics import INTERACTIONS, ROUTING_COMMANDS
from tests.eventually import eventually
from tests.integration.shared.conftest import World

KEY = "one pool"
TOO_LARGE = bytes(5_000_000)


async def publish(publisher: Publisher, *values: bytes) -> None:
    await publisher.publish(ROUTING_COMMANDS, [Outgoing(KEY, value) for value in values])


def begin(publisher: Publisher, *values: bytes) -> asyncio.Task[None]:
    return asyncio.create_task(publish(publisher, *values))


@asynccontextmanager
async def silent_kafka(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Inside, Kafka gets no batch; one is on its way from the beginning, with the record `first`."""
    client = world.publisher._producer._producer.client
    ask, speaks, asked = client.send, asyncio.Event(), asyncio.Event()

    async def held(node: int, request: object) -> object:
        if isinstance(request, ProduceRequest):
            asked.set()
            await speaks.wait()
        return await ask(node, request)

    await publish(world.publisher, b"before")
    monkeypatch.setattr(client, "send", held)
    first = begin(world.publisher, b"first")
    await asked.wait()
    try:
        yield
    finally:
        speaks.set()
    await first


async def test_many_at_once_are_all_taken_exactly_once(world: World) -> None:
    await asyncio.gather(*(publish(world.publisher, b"%d" % number) for number in range(500)))

    assert sorted(map(int, await world.read(ROUTING_COMMANDS))) == list(range(500))


async def test_what_is_published_one_after_another_keeps_its_order_among_others(world: World) -> None:
    async def write(writer: int) -> None:
        for number in range(0, 60, 3):
            await publish(world.publisher, *(b"%d %d" % (writer, number + more) for more in range(3)))

    await asyncio.gather(*(write(writer) for writer in range(20)))

    written = [tuple(map(int, value.split())) for value in await world.read(ROUTING_COMMANDS)]
    for writer in range(20):
        assert [number for by, number in written if by == writer] == list(range(60))


async def test_what_is_more_than_a_batch_holds_goes_in_several_in_order(world: World) -> None:
    large = [b"%d " % number + bytes(400_000) for number in range(10)]

    await asyncio.gather(*(publish(world.publisher, *values) for values in ([b"a"], large, [b"z"])))

    read = await world.read(ROUTING_COMMANDS)
    assert [value for value in read if len(value) > 1] == large
    assert sorted(value for value in read if len(value) == 1) == [b"a", b"z"]


async def test_who_gives_up_while_waiting_takes_back_only_their_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with silent_kafka(world, monkeypatch):
        others = [begin(world.publisher, value) for value in (b"a", b"gives up", b"b")]
        await asyncio.sleep(0)
        others[1].cancel()
    await asyncio.wait(others)

    assert [other.cancelled() for other in others] == [False, True, False]
    assert await world.read(ROUTING_COMMANDS) == [b"before", b"first", b"a", b"b"]


async def test_a_record_that_kafka_refuses_fails_its_own_publish_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with silent_kafka(world, monkeypatch):
        others = [begin(world.publisher, value) for value in (b"a", TOO_LARGE, b"b")]
        await asyncio.sleep(0)
    ended = await asyncio.gather(*others, return_exceptions=True)
    await publish(world.publisher, b"after")

    assert isinstance(ended[1], NotPublished)
    assert isinstance(ended[1].__cause__, MessageSizeTooLargeError)
    assert (ended[0], ended[2]) == (None, None)
    assert await world.read(ROUTING_COMMANDS) == [b"before", b"first", b"a", b"b", b"after"]


async def test_a_refused_record_leaves_what_is_on_its_way_to_other_partitions_alone(world: World) -> None:
    await world.publish(*range(100))
    refused = asyncio.create_task(world.publisher.publish(INTERACTIONS, [Outgoing("0", TOO_LARGE)]))
    await asyncio.gather(*(world.publish(number) for number in range(100, 200)))
    with pytest.raises(NotPublished):
        await refused
    await asyncio.gather(*(world.publish(number) for number in range(200, 400)))

    assert sorted(map(int, await world.read(INTERACTIONS))) == list(range(400))


async def test_nobody_waits_for_ever_behind_a_batch_that_kafka_does_not_take(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = ROUTING_COMMANDS.within(world.namespace)
    queue = PartitionQueue(world.publisher._producer, topic, 0, [], patience_s=0.1)
    async with silent_kafka(world, monkeypatch):
        on_its_way = queue.put([Outgoing(KEY, b"on its way")])
        await eventually(lambda: _true(lambda: not queue._waiting), what="the first batch")
        for _ in range(2):
            with pytest.raises(KafkaTimeoutError):
                await asyncio.wait_for(queue.put([Outgoing(KEY, b"waits")]), 20)
        assert not on_its_way.done()
    await on_its_way
    await queue.put([Outgoing(KEY, b"after")])

    assert sorted(await world.read(ROUTING_COMMANDS)) == [b"after", b"before", b"first", b"on its way"]


async def test_stopping_sends_what_waits_and_takes_nothing_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with silent_kafka(world, monkeypatch):
        waiting = begin(world.publisher, b"waits")
        await asyncio.sleep(0)
        stopping = asyncio.create_task(world.publisher.stop())
        await asyncio.sleep(0)
        with pytest.raises(NotPublished, match="ProducerClosed"):
            await publish(world.publisher, b"too late")
    await asyncio.gather(waiting, stopping)

    with pytest.raises(NotPublished, match="ProducerClosed"):
        await publish(world.publisher, b"much too late")
    assert await world.read(ROUTING_COMMANDS) == [b"before", b"first", b"waits"]


async def test_a_producer_that_was_stopped_is_not_taken_anew(world: World) -> None:
    await world.publisher.stop()

    with pytest.raises(ProducerClosed):
        await world.publisher._producer.partitions(ROUTING_COMMANDS.within(world.namespace))


async def _true(condition: Callable[[], bool]) -> bool:
    return condition()
