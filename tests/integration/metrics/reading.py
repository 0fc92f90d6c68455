"""Reading figures as clients do."""

from collections.abc import AsyncIterator

import httpx
from aiokafka import AIOKafkaConsumer

from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.running_service import Json


async def item_of(client: httpx.AsyncClient, key: Json, **query: str) -> Json | None:
    """The item of a key such as {"queue": "sales"}, if there is one."""
    answer = await client.get("/v1/kpis", params={"by": next(iter(key), "all"), **query})
    assert answer.status_code == 200, answer.text
    return next((item for item in answer.json()["items"] if item["key"] == key), None)


async def item_once(client: httpx.AsyncClient, key: Json, **figures: object) -> Json:
    """The item of a key, once it has these figures."""

    async def look() -> Json | None:
        item = await item_of(client, key)
        return item if item and figures.items() <= item["kpis"].items() else None

    item = await eventually(look, what=f"{figures} of {key}")
    assert item is not None
    return item


async def records(servers: Servers, topic: str) -> AsyncIterator[bytes]:
    """The records of a topic from the first one on, as they come."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=servers.kafka, auto_offset_reset="earliest") as consumer:
        while True:
            yield (await consumer.getone()).value
