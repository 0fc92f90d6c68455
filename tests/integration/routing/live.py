"""An agent's live stream, read as its client does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.integration.live_streams import opened, server_sent_events
from tests.integration.running_service import Json


class Stream:
    """Server-sent events as they come."""

    def __init__(self, response: httpx.Response) -> None:
        self._events = server_sent_events(response.aiter_lines())

    async def next(self, event: str, within: float = 20.0) -> tuple[str, Json]:
        """The next event of that kind with its id; others before it are passed over."""
        async with asyncio.timeout(within):
            async for name, kind, data in self._events:
                if kind == event:
                    return name, data
        raise AssertionError("the stream ended")


@asynccontextmanager
async def stream(client: httpx.AsyncClient, agent: str, last_id: str | None = None) -> AsyncIterator[Stream]:
    """An agent's live stream, from the beginning or after `last_id`."""
    async with opened(client, f"/v1/agents/{agent}/stream", last_id) as response:
        yield Stream(response)
