"""Work that one process of several does: the owner of the tickets' partition 0."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pymongo.errors import PyMongoError

from shared.publishing import NotPublished

log = structlog.get_logger()


class Regularly:
    """Does `work` every so many seconds, or as soon as it is woken, while this process is the owner.

    A server that does not answer is asked again. resign: called while another process is the owner.
    """

    def __init__(
        self,
        work: Callable[[], Awaitable[None]],
        seconds: float,
        owner: Callable[[], bool],
        resign: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._seconds = seconds
        self._owner = owner
        self._resign = resign
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Does the work at once."""
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            if self._owner():
                try:
                    await self._work()
                except (PyMongoError, NotPublished) as error:
                    log.warning("alerting_delayed", reason=f"{type(error).__name__}: {error}"[:300])
            else:
                self._resign()
            await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._woken.wait()
        except TimeoutError:
            return
