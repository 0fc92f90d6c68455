"""From accepted to visible on the timeline at 500 events a second, beside produce + consume + one majority insert.

The hub's time runs from the 202 to the moment when a change stream (majority) shows the timeline entry; the baseline's
from handing the record to the producer to the acknowledgement of the majority insert that wrote it, one insert for
each poll of the consumer. (One insert for each record falls behind at this rate.)
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import perf_counter

import httpx
import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo.asynchronous.collection import AsyncCollection

from shared.mongo import Document, connect, database
from tests.bench.accept import BATCH, BATCH_TYPE, event_at, first_events, record
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub
from tests.eventually import eventually

_RATE = 500
_EACH = 10  # events a request, fifty requests a second
_FIRST = 900_000_000  # numbers that no other measurement uses


async def measure(hub: RunningHub, seconds: int = 20) -> Row:
    """The table's row, in milliseconds (p99). The ratio is at most its goal when the goal is met."""
    await _know_everybody(hub)
    base = _p99(await _bare(hub, seconds))
    own = _p99(await _through(hub, seconds))
    return Row(
        name="accepted → visible on the timeline at 500 events/s, p99",
        value=own,
        unit="ms",
        baseline=base,
        ratio=own / base,
        goal=3.0,
        less_is_better=True,
        note=f"(produce + consume + one majority insert; {machine_load()})",
    )


def _p99(seconds: list[float]) -> float:
    return 1_000 * sorted(seconds)[int(len(seconds) * 0.99)]


async def _know_everybody(hub: RunningHub) -> None:
    """Sends a first event of each identity, since those of a running hub are known, and waits for the timeline."""
    bodies = first_events()
    async with (
        httpx.AsyncClient(timeout=60, headers=hub.headers("channel")) as http,
        connect(hub.settings.mongo) as client,
    ):
        for body in bodies:
            (await http.post(hub.url("ingest", "/v1/events"), content=body, headers=BATCH_TYPE)).raise_for_status()
        timeline = database(client, hub.settings.namespace, "profile")["timeline"]
        await eventually(lambda: _holds(timeline, len(bodies) * BATCH), within=120, what="the first events being there")


async def _holds(timeline: AsyncCollection[Document], events: int) -> bool:
    return await timeline.count_documents({"direction": "inbound"}) == events


async def _through(hub: RunningHub, seconds: int) -> list[float]:
    accepted: dict[str, float] = {}
    seen: dict[str, float] = {}
    client = connect(hub.settings.mongo)
    timeline = database(client, hub.settings.namespace, "profile")["timeline"]
    total = seconds * _RATE

    async def watch() -> None:
        async with await timeline.watch(
            [{"$match": {"fullDocument.direction": "inbound"}}, {"$project": {"documentKey": 1}}], batch_size=1_000
        ) as changes:
            watching.set()
            async for change in changes:
                seen[change["documentKey"]["_id"]] = perf_counter()
                if len(seen) >= total:
                    return

    watching = asyncio.Event()
    watcher = asyncio.create_task(watch())
    await watching.wait()
    async with httpx.AsyncClient(timeout=60, headers=hub.headers("channel")) as http:

        async def post(turn: int) -> None:
            numbers = range(_FIRST + turn * _EACH, _FIRST + (turn + 1) * _EACH)
            body = orjson.dumps([event_at(number, datetime.now(UTC)) for number in numbers])
            answer = await http.post(hub.url("ingest", "/v1/events"), content=body, headers=BATCH_TYPE)
            now = perf_counter()
            accepted.update((item["event"], now) for item in answer.raise_for_status().json()["items"])

        async for turn in _ticks(seconds):
            asyncio.get_running_loop().create_task(post(turn)).add_done_callback(lambda task: task.result())
        await asyncio.wait_for(watcher, 60)
    await client.close()
    return [max(0.0, seen[event] - at) for event, at in accepted.items()]


async def _bare(hub: RunningHub, seconds: int) -> list[float]:
    topic = f"bare-{uuid.uuid4().hex[:8]}"
    value = record()
    sent: dict[int, float] = {}
    taken: list[float] = []
    client = connect(hub.settings.mongo)
    collection = client[topic]["timeline"]
    await collection.create_index([("identity", 1), ("at", -1), ("_id", -1)])
    async with _topic(hub.settings.bootstrap, topic) as (producer, consumer):

        async def consume() -> None:
            while len(taken) < seconds * _RATE:
                polled = await consumer.getmany(timeout_ms=100)
                documents = [
                    {"_id": int(record.key), **orjson.loads(record.value)}
                    for records in polled.values()
                    for record in records
                ]
                if documents:
                    await collection.insert_many(documents, ordered=False)
                    now = perf_counter()
                    taken.extend(now - sent[document["_id"]] for document in documents)

        consuming = asyncio.create_task(consume())
        async for turn in _ticks(seconds):
            for number in range(turn * _EACH, (turn + 1) * _EACH):
                sent[number] = perf_counter()
                await producer.send(topic, value, key=b"%d" % number)
        await asyncio.wait_for(consuming, 120)
    await client.drop_database(topic)
    await client.close()
    return taken


@asynccontextmanager
async def _topic(bootstrap: str, topic: str) -> AsyncIterator[tuple[AIOKafkaProducer, AIOKafkaConsumer]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 8, 1)])
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=topic, auto_offset_reset="earliest")
    try:
        async with producer, consumer:
            yield producer, consumer
    finally:
        await admin.delete_topics([topic])
        await admin.close()


async def _ticks(seconds: int) -> AsyncIterator[int]:
    """Counts at the rate of requests, without drifting when one is late."""
    began = perf_counter()
    for turn in range(seconds * _RATE // _EACH):
        await asyncio.sleep(max(0.0, began + turn * _EACH / _RATE - perf_counter()))
        yield turn
