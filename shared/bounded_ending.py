"""A process that was told to end does so in time, whatever it waits for: what is pending for a Kafka that is gone, for
one, is sent again and again for ever.

To be killed is safe at any moment, so nothing is lost. A thread watches over it, so that neither a task that overhears
its cancellation nor a loop that stands still keeps the process.
"""

import asyncio
import os
import sys
from threading import Timer

import structlog

log = structlog.get_logger()

GAVE_UP = 70
"""The exit code of a process that gave itself up."""

_SECONDS = 25.0
"""Less than the 30 s after which many supervisors kill, so that there is time to say why."""


class BoundedEnding:
    """The end of this process. step: what it does now, in words; whoever ends it says each."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float = _SECONDS) -> None:
        self.step = "starting"
        self._loop = loop
        self._seconds = seconds
        self._timer: Timer | None = None

    def begin(self) -> None:
        """From now on the process has that long. It does not matter how often this is called."""
        if self._timer is None:
            self._timer = Timer(self._seconds, self._give_up)
            self._timer.daemon = True
            self._timer.start()

    def _give_up(self) -> None:
        waiting = sorted({getattr(one.get_coro(), "__qualname__", "?") for one in asyncio.all_tasks(self._loop)})
        log.error("service_not_ended", step=self.step, seconds=self._seconds, waiting=waiting)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(GAVE_UP)
