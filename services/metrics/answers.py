"""Answers that are given again for a moment, so that figures are not measured anew for everyone who asks for them.

at most 0.25 s old ──► given again
at most 1 s old    ──► given again, and measured anew for whoever asks next
older, or unknown  ──► measured, once for all who ask meanwhile
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

import structlog

log = structlog.get_logger()

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
            making.add_done_callback(lambda done: self._is_made(asked, done))
        return making

    async def _make(self, asked: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        began = asyncio.get_running_loop().time()
        body = await make()
        self._known = {one: known for one, known in self._known.items() if began - known.at <= _OLDEST_SECONDS}
        self._known[asked] = _Answer(body, began)
        return body

    def _is_made(self, asked: Hashable, making: asyncio.Task[bytes]) -> None:
        del self._making[asked]
        if not making.cancelled() and (failure := making.exception()):  # perhaps nobody waits for it
            log.warning("answer_not_renewed", reason=f"{type(failure).__name__}: {failure}"[:200])
