"""Ending tasks for certain."""

import asyncio
from typing import Any

_AGAIN_AFTER = 0.5


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancels the tasks and returns when all have ended, with whatever outcome.

    PyMongo loses a cancellation that comes while an answer is just arriving, so a loop around a change stream goes on
    as if nothing had been said: whoever has not ended is cancelled again.
    """
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_AGAIN_AFTER)
    await asyncio.gather(*tasks, return_exceptions=True)
