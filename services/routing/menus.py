"""Callers who choose nothing from a menu go on without a choice, once the time for it is over."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from pymongo.errors import PyMongoError

from services.routing.application import RoutingIntake
from services.routing.domain.conversations import MENU
from services.routing.store import Store
from shared.publishing import NotPublished

log = structlog.get_logger()

_LOOK_SECONDS = 1.0


class Menus:
    """Looks for calls that were held long enough, for as long as the service runs."""

    def __init__(self, store: Store, intake: RoutingIntake, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._intake = intake
        self._clock = clock
        self._due: set[str] = set()

    async def keep(self) -> None:
        """Sends on what is due, in two looks running, so that a choice that waits in Kafka is heard first."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                due = await self._store.held(self._clock() - MENU)
                await self._intake.release(due & self._due)
                self._due = due
            except (PyMongoError, NotPublished) as error:
                log.warning("held_calls_delayed", reason=f"{type(error).__name__}: {error}"[:300])
