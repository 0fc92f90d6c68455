"""Killed at any moment, the service tells every deviation, and tells it under the same id."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.metrics.targets import Targets
from shared.contracts.codec import kpis
from shared.contracts.kpi_deviations import KpisDeviated
from shared.contracts.targets import QueueTargets, TargetRule
from shared.mongo import connect, database
from shared.topics import KPIS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.metrics.alerts import MISSED, alert_once, put_rule
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import publish_tickets, publishing
from tests.integration.metrics.receiver import SECRET, Receiver, receiving
from tests.integration.running_service import Json, RunningService

QUEUE = "sales"
KILLS = 3


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


async def test_a_process_that_takes_over_delivers_what_the_killed_one_could_not(
    servers: Servers, namespace: str, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.answer = lambda _: 503
    first, second = (RunningService("metrics", servers, namespace, tmp_path) for _ in range(2))
    await first.start()
    await second.begin()
    async with publishing(servers, namespace) as publisher, first.client("admin") as admin:
        await publish_tickets(publisher, worked_example(QUEUE))
        await admin.put("/v1/alert-webhooks/hook", json={"url": receiver.url, "secret": SECRET})
        await put_rule(admin, QUEUE)
        alert = await alert_once(admin, QUEUE)
        await eventually(lambda: _is_tried(receiver), what="an attempt to deliver")
        await second.ready()
        await first.kill()
    receiver.answer = lambda _: 204
    async with second.client("supervisor") as client:
        await put_rule(client, QUEUE, critical=0.5)
        worse = await alert_once(client, QUEUE, level="critical")
        await eventually(lambda: _is_taken(receiver, 2), within=60, what="both deviations delivered")
    assert worse["id"] == alert["id"]
    assert [step["number"] for step in worse["deviations"]] == [1, 2]
    tried = {one.headers["webhook-id"] for one in receiver.posted}
    taken = {one.headers["webhook-id"]: one.json["data"]["number"] for one in receiver.taken}
    assert taken.keys() == tried
    assert sorted(taken.values()) == [1, 2]
    assert all(one.is_signed() for one in receiver.posted)
    await second.stop()


async def test_no_deviation_is_lost_or_told_twice_whenever_the_process_is_killed(
    servers: Servers, namespace: str, tmp_path: Path, receiver: Receiver
) -> None:
    random = Random(5)
    running = RunningService("metrics", servers, namespace, tmp_path)
    await running.start()
    async with publishing(servers, namespace) as publisher, running.client("admin") as admin:
        await publish_tickets(publisher, worked_example(QUEUE))
        await admin.put("/v1/alert-webhooks/hook", json={"url": receiver.url, "secret": SECRET})
    swaying = asyncio.create_task(_sway(servers, namespace))
    for _ in range(KILLS):
        seen = len(receiver.posted)
        await eventually(partial(_is_posted, receiver, seen + random.randrange(1, 4)), within=60)
        await asyncio.sleep(random.random() / 2)  # a kill is to hit any moment
        await running.kill()
        await running.begin()
    await running.ready()
    swaying.cancel()
    await asyncio.gather(swaying, return_exceptions=True)
    async with running.client("supervisor") as client:
        await put_rule(client, QUEUE, enabled=False)
        await eventually(lambda: _none_is_open(client), what="the last alert's end")
        alerts = (await client.get("/v1/alerts", params={"state": "all", "limit": 500})).json()["items"]
    steps = {(alert["id"], step["number"]) for alert in alerts for step in alert["deviations"]}
    for alert in alerts:
        _assert_unbroken(alert["deviations"])
    await eventually(lambda: _are_taken(receiver, steps), within=60, what="every deviation delivered")
    assert await _published(servers, namespace) == steps
    ids = {one.headers["webhook-id"]: (one.json["data"]["alert"], one.json["data"]["number"]) for one in receiver.taken}
    assert len(ids) == len(steps)
    await running.stop()


def _assert_unbroken(steps: Sequence[Json]) -> None:
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert [step["before"] for step in steps] == ["ok", *(step["after"] for step in steps[:-1])]
    assert steps[-1]["after"] == "ok"


async def _sway(servers: Servers, namespace: str) -> None:
    """Moves the levels around the figure, for ever, whichever process is alive."""
    levels = [{"warning": 0.3, "critical": 0.1}, {"warning": 0.8, "critical": 0.2}, {"warning": 0.8, "critical": 0.5}]
    async with connect(servers.mongo) as mongo:
        targets = Targets(database(mongo, namespace, "metrics"))
        random = Random(6)
        while True:
            rule = TargetRule(**MISSED | random.choice(levels))  # type: ignore[arg-type]  # fields of a rule
            await targets.put(QUEUE, QueueTargets(rules=(rule,)))
            await asyncio.sleep(0.4)


async def _published(servers: Servers, namespace: str) -> set[tuple[str, int]]:
    """The deviations in Kafka; the same event may be there twice."""
    place = TopicPartition(KPIS.within(namespace), 0)
    found: dict[str, tuple[str, int]] = {}
    async with AIOKafkaConsumer(bootstrap_servers=servers.kafka) as consumer:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            event = kpis.decode((await consumer.getone()).value)
            if isinstance(event, KpisDeviated):
                step = (event.data.alert, event.data.number)
                assert found.setdefault(event.id, step) == step
    assert len(set(found.values())) == len(found)
    return set(found.values())


async def _none_is_open(client: httpx.AsyncClient) -> bool:
    return not (await client.get("/v1/alerts")).json()["items"]


async def _is_tried(receiver: Receiver) -> bool:
    return bool(receiver.posted)


async def _is_posted(receiver: Receiver, count: int) -> bool:
    return len(receiver.posted) >= count


async def _is_taken(receiver: Receiver, count: int) -> bool:
    return len({one.headers["webhook-id"] for one in receiver.taken}) >= count


async def _are_taken(receiver: Receiver, steps: set[tuple[str, int]]) -> bool:
    return {(one.json["data"]["alert"], one.json["data"]["number"]) for one in receiver.taken} == steps
