"""Long work in the event loop, which everybody else runs in too."""

import asyncio
from time import perf_counter


class Breath:
    """Lets the event loop do something else whenever the work has gone on for so many seconds."""

    def __init__(self, after: float = 0.02) -> None:
        self._after = after
        self._since = perf_counter()

    async def take(self) -> None:
        """To be called between any two steps of the work."""
        if perf_counter() - self._since > self._after:
            await asyncio.sleep(0)
            self._since = perf_counter()
