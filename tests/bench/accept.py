"""Accepting over HTTP in batches of 500, beside aiokafka producing the same sealed records alone.

Each side sends the same number of events of about 1 KB from 10,000 known identities, four batches under way at a time,
acks=all and idempotent on both. The hub validates, normalises, seals and publishes before it answers 202. Only ingest
runs, so that both sides have the machine to themselves.
"""

import asyncio
import base64
import os
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import httpx
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.topics import INTERACTIONS
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub

BATCH = 500
BATCH_TYPE = {"Content-Type": "application/cloudevents-batch+json"}
_GOLDEN = Path(__file__).parents[1] / "contract" / "golden" / "hub.message.received.v1.json"
_AT_ONCE = 4
_IDENTITIES = 10_000
_TEXT = "Good morning, my parcel has not arrived yet. Could you find out where it is? Thank you and kind regards. " * 2


async def measure(hub: RunningHub, events: int = 50_000, rounds: int = 3) -> Row:
    """The table's row; the two sides take turns."""
    own: list[float] = []
    base: list[float] = []
    async with httpx.AsyncClient(timeout=60, headers=hub.headers("channel")) as client:
        await _post_all(client, hub, first_events())  # every identity has its key from here on
        for turn in range(1, rounds + 1):
            base.append(await _produce(hub, events))
            own.append(await _post_all(client, hub, _bodies(events, turn)))
    return Row(
        name="accept over HTTP, batches of 500",
        value=median(own),
        unit="events/s",
        baseline=median(base),
        ratio=median(own) / median(base),
        goal=0.35,
        note=f"(aiokafka produce alone; median of {rounds}; {machine_load()})",
    )


def first_events() -> list[bytes]:
    """An event of each identity, in batches."""
    return _bodies(_IDENTITIES, 0)


def _bodies(events: int, turn: int) -> list[bytes]:
    began = datetime.now(UTC) - timedelta(hours=1)
    plain = [event_at(turn * 1_000_000 + number, began + timedelta(milliseconds=number)) for number in range(events)]
    return [orjson.dumps(plain[start : start + BATCH]) for start in range(0, events, BATCH)]


def event_at(number: int, at: datetime) -> dict[str, Any]:
    """A plain event as a plugin sends it, of the benchmark's population."""
    person = f"person{number * 7919 % _IDENTITIES}"
    return {
        "specversion": "1.0",
        "id": f"m-{number}",
        "source": "/plugins/bench",
        "type": "hub.message.received.v1",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "channel": "bench",
            "direction": "inbound",
            "conversation": f"c-{number // 3}",
            "identity": f"email:{person}@shop.example",
            "message": f"m-{number}",
            "automatic": True,  # so that routing does not open a ticket for each
            "content": {"name": person.title(), "subject": "My parcel", "text": _TEXT},
        },
    }


async def _post_all(client: httpx.AsyncClient, hub: RunningHub, bodies: Sequence[bytes]) -> float:
    url = hub.url("ingest", "/v1/events")

    async def post(body: bytes) -> None:
        answer = await client.post(url, content=body, headers=BATCH_TYPE)
        if answer.status_code != 202:
            raise RuntimeError(f"The hub answered {answer.status_code}: {answer.text[:500]}")

    return await _rate(post, bodies)


async def _produce(hub: RunningHub, events: int) -> float:
    value = record()
    producer = AIOKafkaProducer(
        bootstrap_servers=hub.settings.bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=262_144,
    )
    topic = f"bare-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=hub.settings.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, INTERACTIONS.partitions, 1)])
    await producer.start()

    async def send(numbers: range) -> None:
        futures = [await producer.send(topic, value, key=b"c-%d" % (number // 3)) for number in numbers]
        await asyncio.gather(*futures)

    try:
        return await _rate(send, [range(start, start + BATCH) for start in range(0, events, BATCH)])
    finally:
        await producer.stop()
        await admin.delete_topics([topic])
        await admin.close()


def record() -> bytes:
    """A sealed record as ingest would write it, of the same size as the benchmark's events."""
    event = orjson.loads(_GOLDEN.read_bytes())
    event["data"]["content"] = base64.b64encode(os.urandom(360)).decode()
    return orjson.dumps(event)


async def _rate(send: Callable[[Any], Awaitable[None]], batches: Sequence[Any]) -> float:
    waiting = iter(batches)

    async def worker() -> None:
        for batch in waiting:
            await send(batch)

    began = perf_counter()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return len(batches) * BATCH / (perf_counter() - began)
