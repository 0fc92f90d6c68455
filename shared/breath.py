"""Long work in the event loop, which everybody else runs in too."""

import asyncio
from time import perf_counter

_AFTER_SECONDS = 0.02


class Breath:
    """Lets the event loop do something else whenever the work has gone on for 20 ms."""

    def __init__(self) -> None:
        self._since = perf_counter()

    async def take(self) -> None:
        """To be called between any two steps of the work."""
        if perf_counter() - self._since > _AFTER_SECONDS:
            await asyncio.sleep(0)
            self._since = perf_counter()
