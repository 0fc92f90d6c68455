"""Delivers to webhooks what is due, each webhook on its own, so that a slow one holds up nobody else.

At least once: a delivery is deleted after the receiver took it. A repetition has the same id.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import random

import orjson
import structlog
from pymongo.errors import PyMongoError

from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.deliveries import Deliveries, Delivery
from services.metrics.alerting.posting import Posting
from services.metrics.alerting.states import deviation_of
from services.metrics.alerting.webhooks import Webhook, Webhooks
from services.metrics.domain.alertmanager import STAYS, Origin, posted_alerts
from services.metrics.domain.retrying import next_attempt
from services.metrics.domain.signing import secret_bytes, signed_headers
from shared import metrics
from shared.contracts.values import to_milliseconds
from shared.ending import end
from shared.mongo import Document

log = structlog.get_logger()

_CLOUD_EVENT = {"content-type": "application/cloudevents+json"}
_JSON = {"content-type": "application/json"}


class Sending:
    """Sends to all webhooks."""

    def __init__(
        self,
        webhooks: Webhooks,
        deliveries: Deliveries,
        book: AlertBook,
        posting: Posting,
        clock: Callable[[], datetime],
        origin: Origin,
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._book = book
        self._posting = posting
        self._clock = clock
        self._origin = origin
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def send_due(self) -> None:
        """Begins to send what is due to whoever is not being sent to just now."""
        for webhook in await self._deliveries.due_webhooks(self._now()):
            task = self._tasks.get(webhook)
            if task is None or task.done():
                self._tasks[webhook] = asyncio.create_task(self._send_all(webhook), name=f"webhook {webhook}")

    async def stop(self) -> None:
        """Ends what is under way; it is sent again by whoever goes on."""
        await end(*self._tasks.values())
        self._tasks.clear()

    async def resend(self) -> None:
        """Tells every Alertmanager again of what is open or has just ended; a failure waits for the next time."""
        receivers = [webhook for webhook in await self._webhooks.all() if webhook["kind"] == "alertmanager"]
        alerts = await self._book.open_since(self._now() - STAYS) if receivers else []
        if alerts:
            await asyncio.gather(*(self._resend(webhook, alerts) for webhook in receivers))

    async def _resend(self, webhook: Document, alerts: list[Document]) -> None:
        failure = await self._post_alerts(webhook["url"], alerts)
        if failure:
            await self._webhooks.note_failed(webhook["_id"], self._now(), failure)

    async def _send_all(self, name: str) -> None:
        try:
            while (delivery := await self._deliveries.next_due(name, self._now())) is not None:
                webhook = await self._webhooks.get(name)
                if webhook is None:
                    await self._deliveries.forget(name)
                    return
                if not await self._send(webhook, delivery):
                    return
        except PyMongoError as error:
            log.warning("webhook_delayed", webhook=name, reason=f"{type(error).__name__}: {error}"[:300])

    async def _send(self, webhook: Webhook, delivery: Delivery) -> bool:
        failure = await self._post(webhook, delivery)
        now = self._now()
        if failure is None:
            await self._deliveries.delivered(delivery)
            await self._webhooks.note_delivered(webhook.id, now)
            metrics.alert_deliveries.labels("delivered").inc()
            return True
        again = next_attempt(delivery.created, delivery.attempts + 1, now, random())  # noqa: S311 (no secret)
        await self._deliveries.failed(delivery, failure, now, again)
        await self._webhooks.note_failed(webhook.id, now, failure)
        metrics.alert_deliveries.labels("failed" if again else "dead").inc()
        log.warning("webhook_failed", webhook=webhook.id, event=delivery.event, reason=failure, again=again)
        return False

    async def _post(self, webhook: Webhook, delivery: Delivery) -> str | None:
        if webhook.kind == "alertmanager":
            alert = await self._book.get(delivery.alert)
            return await self._post_alerts(webhook.url, [alert] if alert else [])
        if webhook.secret is None:
            return "it has no secret; set it with PUT"
        body = delivery.body.encode()
        timestamp = int(self._clock().timestamp())
        signature = signed_headers(secret_bytes(webhook.secret), delivery.event, timestamp, body)
        return await self._posting.post(webhook.url, body, _CLOUD_EVENT | signature)

    async def _post_alerts(self, url: str, alerts: list[Document]) -> str | None:
        now = self._now()
        body = [
            posted
            for alert in alerts
            for posted in posted_alerts([deviation_of(step) for step in alert["deviations"]], now, self._origin)
        ]
        return await self._posting.post(f"{url.rstrip('/')}/api/v2/alerts", orjson.dumps(body), _JSON)

    def _now(self) -> datetime:
        return to_milliseconds(self._clock())
