"""Live streams (server-sent events), read as clients do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import httpx
import orjson

from tests.integration.running_service import Json


class ServerSent(NamedTuple):
    """One event of a live stream."""

    id: str
    event: str
    data: Json


async def server_sent_events(lines: AsyncIterator[str]) -> AsyncIterator[ServerSent]:
    """Events as they come; comments, which keep the connection open, are passed over."""
    fields: dict[str, str] = {}
    async for line in lines:
        if not line:
            if "data" in fields:
                yield ServerSent(fields.get("id", ""), fields["event"], orjson.loads(fields["data"]))
            fields = {}
        name, _, value = line.partition(": ")
        fields[name] = value


@asynccontextmanager
async def opened(client: httpx.AsyncClient, path: str, last_id: str | None) -> AsyncIterator[httpx.Response]:
    """A live stream from its beginning, or after `last_id`."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", path, headers=headers, timeout=60) as response:
        assert response.status_code == 200, await response.aread()
        yield response
