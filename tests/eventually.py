"""Waiting for a condition with a deadline, which is how every test here waits."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T]], *, within: float = 20.0, what: str = "the condition") -> T:
    """What `look` returns once it is true; AssertionError with the last look after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        seen = await look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:.0f} s; last seen: {seen!r}")
        await asyncio.sleep(0.02)
