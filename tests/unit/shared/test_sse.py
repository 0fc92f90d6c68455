"""Live streams on the wire."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import cast

from fastapi import FastAPI, Request

from shared.sse import ServerSentEvent, sse_response


def request() -> Request:
    app = FastAPI()
    app.state.stopping = asyncio.Event()
    return Request({"type": "http", "app": app, "headers": []})


def chunks(asked: Request, events: AsyncGenerator[ServerSentEvent], heartbeat: float = 60.0) -> AsyncIterator[bytes]:
    return cast("AsyncIterator[bytes]", aiter(sse_response(asked, events, heartbeat).body_iterator))


async def three() -> AsyncGenerator[ServerSentEvent]:
    yield ServerSentEvent("7", "entry", {"text": "one\ntwo"})
    yield ServerSentEvent(None, "reset", {})


async def nothing(ended: asyncio.Event | None = None) -> AsyncGenerator[ServerSentEvent]:
    try:
        await asyncio.Event().wait()
        yield ServerSentEvent(None, "never", {})
    finally:
        if ended:
            ended.set()


async def test_events_go_out_with_kind_data_and_id_after_a_first_heartbeat() -> None:
    assert [chunk async for chunk in chunks(request(), three())] == [
        b": ping\n\n",
        b'event: entry\ndata: {"text":"one\\ntwo"}\nid: 7\n\n',
        b"event: reset\ndata: {}\n\n",
    ]


async def test_silence_is_filled_with_heartbeats() -> None:
    wire = chunks(request(), nothing(), heartbeat=0.001)
    assert [await anext(wire) for _ in range(3)] == [b": ping\n\n"] * 3


async def test_a_stream_ends_when_the_service_stops_and_closes_its_source() -> None:
    asked, ended = request(), asyncio.Event()
    wire = chunks(asked, nothing(ended))
    await anext(wire)
    rest = asyncio.ensure_future(anext(wire, None))
    await asyncio.sleep(0)
    asked.app.state.stopping.set()
    assert await rest in (None, b": ping\n\n")
    assert await anext(wire, None) is None
    assert ended.is_set()
