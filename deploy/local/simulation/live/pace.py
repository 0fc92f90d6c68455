"""Model time on a real clock: `speed` model seconds pass in one second."""

import asyncio
from collections.abc import Callable
from time import monotonic


class Pace:
    """begins: the model's time of day at the start, in seconds since midnight."""

    def __init__(self, speed: float, begins: float, clock: Callable[[], float] = monotonic) -> None:
        self.speed = speed
        self._begins = begins
        self._clock = clock
        self._started = clock()

    @property
    def now(self) -> float:
        """The model's time, in seconds since its first midnight."""
        return self._begins + self.elapsed * self.speed

    @property
    def elapsed(self) -> float:
        """Real seconds since the start."""
        return self._clock() - self._started

    def real(self, seconds: float) -> float:
        """How many real seconds a model duration takes."""
        return seconds / self.speed

    async def until(self, moment: float) -> None:
        """Returns when it is that moment of the model."""
        await self.take(moment - self.now)

    async def take(self, seconds: float) -> None:
        """Lets a model duration pass."""
        await asyncio.sleep(max(0.0, self.real(seconds)))
