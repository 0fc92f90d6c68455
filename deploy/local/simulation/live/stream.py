"""Reads a live stream (server-sent events) and takes it up again where it broke."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import orjson

from deploy.local.simulation.live.access import Access, Json, Unanswered

_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEvent:
    """id: what to resume from; kind: the event's name; data: its JSON."""

    id: str | None
    kind: str
    data: Json


@dataclass(slots=True)
class Reader:
    """Puts lines together to events, by the rules of the HTML standard (9.2.6), as far as the hub uses them."""

    _fields: dict[str, str] = field(default_factory=dict)

    def feed(self, line: str) -> StreamEvent | None:
        """The event that this line completes, if it does."""
        if line:
            name, _, value = line.partition(":")
            if name in {"id", "event", "data"}:
                value = value.removeprefix(" ")
                before = self._fields.get(name)
                self._fields[name] = f"{before}\n{value}" if name == "data" and before is not None else value
            return None
        fields, self._fields = self._fields, {}
        if "data" not in fields:
            return None
        return StreamEvent(id=fields.get("id"), kind=fields.get("event", "message"), data=orjson.loads(fields["data"]))


async def follow(access: Access, url: str, on_break: Callable[[Unanswered], None]) -> AsyncGenerator[StreamEvent]:
    """The stream's events, without end: a stream that breaks or ends is opened again after its last event."""
    seen: str | None = None
    while True:
        try:
            reader = Reader()
            async with access.stream(url, seen) as lines:
                async for line in lines:
                    event = reader.feed(line)
                    if event is not None:
                        seen = event.id or seen
                        yield event
        except Unanswered as broken:
            on_break(broken)
        await asyncio.sleep(_AGAIN_SECONDS)
