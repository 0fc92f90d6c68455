"""What aiokafka does not recover from by itself, on a real broker: nobody may go on as if it lived."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
import uvloop
from aiokafka import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from shared.consuming import Record, Rejected
from shared.kafka_connections import outlive_closed_connections
from shared.readiness import Readiness, StuckConsumer
from shared.topics import INTERACTIONS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.shared.conftest import World


async def take_all(_: list[Record[int]]) -> Sequence[Rejected[int]]:
    return ()


def test_a_connection_that_was_closed_is_a_fault_of_kafka_and_the_next_request_opens_another(servers: Servers) -> None:
    outlive_closed_connections()

    async def write_to_a_closed_connection() -> None:
        client = AIOKafkaClient(bootstrap_servers=servers.kafka)
        await client.bootstrap()
        node = client.get_random_node()
        await client.send(node, MetadataRequest([]))
        (connection,) = [one for (number, _), one in client._conns.items() if number == node]
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # now uvloop has closed the transport, and aiokafka has not seen it yet
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert (await client.send(node, MetadataRequest([]))).brokers
        await client.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(write_to_a_closed_connection())


async def test_a_publisher_whose_producer_has_ended_takes_another(world: World) -> None:
    await world.publish(1)
    sender = world.publisher._producer._producer._sender.sender_task
    sender.cancel()
    await asyncio.wait([sender])

    await world.publish(2)

    assert sorted(await world.read(INTERACTIONS)) == [b"1", b"2"]


async def test_a_consumer_that_is_no_longer_coordinated_ends_the_service(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness = Readiness()
    with suppress(KafkaError):  # aiokafka tells the fault once more when it stops
        async with world.consuming(take_all) as consumption:
            readiness.consumptions = [consumption]
            await eventually(lambda: _has_partitions(consumption.assigned), what="the group's partitions")
            assert not consumption.abandoned

            async def unknown_fault(*_: object) -> None:
                raise RuntimeError("the handler is closed")

            coordinator = consumption.consumer._coordinator  # type: ignore[union-attr]  # it consumes
            with monkeypatch.context() as patched:
                patched.setattr(coordinator._client, "coordinator_lookup", unknown_fault)
                coordinator.coordinator_dead()
                await asyncio.wait([coordinator._coordination_task])
                assert coordinator._coordination_task.exception()
            with pytest.raises(StuckConsumer, match="no longer coordinated"):
                await asyncio.wait_for(readiness.watch(), 30)


async def test_a_silent_kafka_is_told_though_another_consumer_still_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    readiness = Readiness()
    readiness.started = True
    async with (
        world.consuming(take_all) as silent,
        world.consuming(take_all, group=f"{world.group}.fine") as fine,
    ):
        readiness.consumptions = [silent, fine]
        watch = asyncio.create_task(readiness.watch())
        await eventually(lambda: _is(readiness, ready=True), what="readiness")

        async def no_answer(*_: object) -> None:
            raise KafkaConnectionError("nobody listens")

        monkeypatch.setattr(silent.consumer, "end_offsets", no_answer)
        await eventually(lambda: _is(readiness, ready=False), what="the fault being told")
        assert "nobody listens" in readiness.report()["kafka"]
        watch.cancel()


async def _has_partitions(assigned: set[int] | None) -> bool:
    return bool(assigned)


async def _is(readiness: Readiness, *, ready: bool) -> bool:
    return bool(readiness.report()["ready"]) is ready
