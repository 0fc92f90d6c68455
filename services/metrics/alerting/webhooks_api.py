"""The HTTP API of alert webhooks. Only administrators set them: the hub posts to whatever address they name."""

from fastapi import APIRouter, Depends

from services.metrics.alerting.deliveries import Deliveries
from services.metrics.alerting.shapes import (
    DeliveryList,
    DeliveryShown,
    WebhookId,
    WebhookList,
    WebhookShown,
    WebhookWanted,
)
from services.metrics.alerting.webhooks import Webhooks
from shared.auth import allow
from shared.problems import Problem

_readers = Depends(allow("supervisor", "ops"))
_writers = Depends(allow("admin"))

_MOST = 50
_MOST_SHOWN = 100


def webhook_routes(webhooks: Webhooks, deliveries: Deliveries) -> APIRouter:
    """The routes under /v1/alert-webhooks."""
    router = APIRouter(prefix="/v1/alert-webhooks")

    @router.get("", dependencies=[_readers], summary="Who is told of alerts")
    async def get_webhooks() -> WebhookList:
        """Secrets are not shown."""
        counts = await deliveries.counts()
        return WebhookList(items=[WebhookShown.of(webhook, counts) for webhook in await webhooks.all()])

    @router.put("/{webhook}", dependencies=[_writers], summary="Tell somebody of alerts")
    async def put_webhook(webhook: WebhookId, wanted: WebhookWanted) -> WebhookShown:
        """From now on: of what begins, worsens, eases and ends."""
        there = {one["_id"]: one for one in await webhooks.all()}
        if webhook not in there and len(there) >= _MOST:
            raise Problem(409, f"There are {_MOST} webhooks already. Delete one first.")
        if wanted.kind == "hub" and wanted.secret is None and not there.get(webhook, {}).get("secret"):
            raise Problem(422, "secret is missing: without one, the receiver cannot know who sends. Give whsec_….")
        stored = await webhooks.put(wanted.webhook(webhook))
        return WebhookShown.of(stored, await deliveries.counts())

    @router.delete("/{webhook}", dependencies=[_writers], status_code=204, summary="Tell them no more")
    async def delete_webhook(webhook: WebhookId) -> None:
        """What is still waiting for it is dropped."""
        if not await webhooks.delete(webhook):
            raise _unknown(webhook)
        await deliveries.forget(webhook)

    @router.get("/{webhook}/deliveries", dependencies=[_readers], summary="What a webhook was not told")
    async def get_deliveries(webhook: WebhookId) -> DeliveryList:
        """Those that are still tried, with the reason and the next attempt, and those that were given up."""
        if await webhooks.stored(webhook) is None:
            raise _unknown(webhook)
        return DeliveryList(items=[DeliveryShown.of(one) for one in await deliveries.of(webhook, _MOST_SHOWN)])

    return router


def _unknown(webhook: str) -> Problem:
    return Problem(404, f"There is no webhook {webhook}. GET /v1/alert-webhooks lists them.")
