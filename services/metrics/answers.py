"""Answers that are given again for a moment, so that figures are not measured anew for everyone who asks for them.

at most 0.25 s old ──► given again
at most 1 s old    ──► given again, and measured anew for whoever asks next
older, or unknown  ──► measured, once for all who ask meanwhile
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

_FRESH_SECONDS = 0.25
_OLDEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Answer:
    body: bytes
    at: float


class Answers:
    """What was answered lately, by what was asked."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Answer] = {}
        self._making: dict[Hashable, asyncio.Task[bytes]] = {}

    async def of(self, asked: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer, and what `make` raises if it has to be made."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(asked)
        if known is None or now - known.at > _OLDEST_SECONDS:
            return await asyncio.shield(self._made(asked, make))  # others may wait for it, too
        if now - known.at > _FRESH_SECONDS:
            self._made(asked, make)
        return known.body

    def _made(self, asked: Hashable, make: Callable[[], Awaitable[bytes]]) -> asyncio.Task[bytes]:
        making = self._making.get(asked)
        if making is None:
            making = self._making[asked] = asyncio.create_task(self._make(asked, make))
            making.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits for it
        return making

    async def _make(self, asked: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        began = asyncio.get_running_loop().time()
        try:
            body = await make()
        finally:
            del self._making[asked]
        self._known = {one: known for one, known in self._known.items() if began - known.at <= _OLDEST_SECONDS}
        self._known[asked] = _Answer(body, began)
        return body
