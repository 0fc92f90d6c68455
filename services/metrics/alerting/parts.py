"""Everything about alerts, put together: what main.py starts and serves."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pymongo.asynchronous.database import AsyncDatabase

from services.metrics.alerting.api import alert_routes
from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.deliveries import Deliveries
from services.metrics.alerting.owning import Regularly
from services.metrics.alerting.posting import Posting
from services.metrics.alerting.sending import Sending
from services.metrics.alerting.states import AlertStates
from services.metrics.alerting.telling import Telling
from services.metrics.alerting.watching import Watch
from services.metrics.alerting.webhooks import Webhooks
from services.metrics.alerting.webhooks_api import webhook_routes
from services.metrics.domain.alertmanager import RESEND, Origin
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.keyring import Keyring
from shared.mongo import Document
from shared.publishing import Publisher

_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertParts:
    """routers: the HTTP API. background: what runs as long as the service does."""

    routers: tuple[APIRouter, ...]
    background: tuple[Callable[[], Coroutine[Any, Any, None]], ...]


@asynccontextmanager
async def alert_parts(
    database: AsyncDatabase[Document],
    live: Callable[[], Live],
    targets: Targets,
    publisher: Publisher,
    keyring: Keyring,
    owner: Callable[[], bool],
    clock: Callable[[], datetime],
    origin: Origin,
) -> AsyncIterator[AlertParts]:
    """owner: whether this process is the one that evaluates and tells, just now."""
    states, book, deliveries = AlertStates(database), AlertBook(database), Deliveries(database)
    webhooks = Webhooks(database, keyring)
    await book.create_indexes()
    await deliveries.create_indexes()
    await webhooks.make_key()
    async with Posting() as posting:
        sending = Sending(webhooks, deliveries, book, posting, clock, origin)
        send = Regularly(sending.send_due, _EVERY_SECONDS, owner)
        telling = Telling(states, book, webhooks, deliveries, publisher, clock, send.wake)
        tell = Regularly(telling.tell, _EVERY_SECONDS, owner)
        watch = Watch(live, targets, states, clock, tell.wake)
        look = Regularly(watch.evaluate, _EVERY_SECONDS, owner, watch.forget)
        resend = Regularly(sending.resend, RESEND.total_seconds(), owner)
        try:
            yield AlertParts(
                routers=tuple(alert_routers(book, live, targets, clock, webhooks, deliveries)),
                background=tuple(regularly.run for regularly in (look, tell, send, resend)),
            )
        finally:
            await sending.stop()


def alert_routers(
    book: AlertBook,
    live: Callable[[], Live],
    targets: Targets,
    clock: Callable[[], datetime],
    webhooks: Webhooks,
    deliveries: Deliveries,
) -> Iterator[APIRouter]:
    """The HTTP API of alerts and webhooks."""
    yield alert_routes(book, live, targets, clock)
    yield webhook_routes(webhooks, deliveries)
