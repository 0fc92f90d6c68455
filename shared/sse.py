"""Live streams as server-sent events: ids to resume from, heartbeats, and a clean end when the service stops."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

HEARTBEAT_SECONDS = 15.0

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        max_length=500,
        description="The id of the last event you saw; what came after it follows.",
    ),
]
"""How a route takes the id to resume from; browsers send it by themselves when they reconnect."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream. id: what a client resumes from, or None; event: its kind; data: anything JSON can hold."""

    id: str | None
    event: str
    data: Any


class EventStream(StreamingResponse):
    """The response of a route that streams: `@app.get(…, response_class=EventStream)` documents it so."""

    media_type = "text/event-stream"


def sse_response(
    request: Request, events: AsyncGenerator[ServerSentEvent], heartbeat: float = HEARTBEAT_SECONDS
) -> EventStream:
    """Sends what `events` yields until it ends, the client leaves or the service stops; then closes `events`.

    A comment goes out at once, so that a client knows it is connected, and after every `heartbeat` seconds of silence.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStream(_wire(events, request.app.state.stopping, heartbeat), headers=headers)


async def _wire(
    events: AsyncGenerator[ServerSentEvent], stopping: asyncio.Event, heartbeat: float
) -> AsyncIterator[bytes]:
    stop = asyncio.ensure_future(stopping.wait())
    following: asyncio.Future[ServerSentEvent] | None = None
    try:
        yield KEEPALIVE_COMMENT
        while not stopping.is_set():
            following = following or asyncio.ensure_future(anext(events))
            await asyncio.wait((following, stop), timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                yield KEEPALIVE_COMMENT
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            following = None
            yield _encode(event)
    finally:
        stop.cancel()
        if following:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        await events.aclose()


def _encode(event: ServerSentEvent) -> bytes:
    data = orjson.dumps(event.data, option=orjson.OPT_UTC_Z).decode()
    return format_sse_event(data_str=data, event=event.event, id=event.id)
