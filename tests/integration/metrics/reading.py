"""Reading figures as clients do."""

from collections.abc import AsyncIterator

import httpx
from aiokafka import AIOKafkaConsumer

from services.metrics.domain.dimensions import Dimension
from services.metrics.history import History, Valued
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.running_service import Json, RunningService


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


async def by_quarters(
    history: History, dimension: Dimension, first: int, last: int, value: str | None = None
) -> dict[int, Valued]:
    """The figures of each quarter from `first` to before `last` in which something was told."""
    told = await history.read(dimension, [(quarter, quarter + 1) for quarter in range(first, last)], value)
    return {quarter: values for (quarter, _), values in told.items()}


async def refused_to_all_but_readers_of_the_past(metrics: RunningService, *paths: str) -> None:
    """Nobody without a token, no agent and no channel gets an answer to any of the paths."""
    async with metrics.client(None) as nobody, metrics.client("agent") as agent, metrics.client("channel") as channel:
        for path in paths:
            assert (await nobody.get(path)).status_code == 401
            assert (await agent.get(path)).status_code == 403
            assert (await channel.get(path)).status_code == 403


async def records(servers: Servers, topic: str) -> AsyncIterator[bytes]:
    """The records of a topic from the first one on, as they come."""
    async with AIOKafkaConsumer(topic, bootstrap_servers=servers.kafka, auto_offset_reset="earliest") as consumer:
        while True:
            yield (await consumer.getone()).value
