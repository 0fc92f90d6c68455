"""The HTTP API of alerts: what is wrong now, what was, and who looks after it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.metrics.alerting.book import AlertBook
from services.metrics.alerting.shapes import Acknowledging, AlertPage, AlertShown
from services.metrics.alerting.watching import Figures
from services.metrics.domain.alerting import reading_of
from services.metrics.domain.rules import QueueRule, rules_of
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.auth import Principal, allow
from shared.contracts.targets import TargetRule
from shared.contracts.values import to_milliseconds
from shared.mongo import Document
from shared.problems import Problem

_readers = Depends(allow("supervisor", "ops"))
_supervisors = allow("supervisor")

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=100, description="`next` of the page before")]


def alert_routes(
    book: AlertBook, live: Callable[[], Live], targets: Targets, clock: Callable[[], datetime]
) -> APIRouter:
    """The routes under /v1/alerts."""
    router = APIRouter(prefix="/v1/alerts")

    @router.get("", dependencies=[_readers], summary="Alerts, the newest first")
    async def get_alerts(
        state: Literal["open", "all"] = "open", cursor: Cursor = None, limit: Limit = 100
    ) -> AlertPage:
        """Those that are open, or all that ever were."""
        found = await book.page(only_open=state == "open", after=await _after(book, cursor), limit=limit)
        return AlertPage(items=await _shown(found), next=found[-1]["_id"] if len(found) == limit else None)

    @router.get("/{alert}", dependencies=[_readers], summary="One alert")
    async def get_alert(alert: str) -> AlertShown:
        there = await book.get(alert)
        if there is None:
            raise _unknown(alert)
        return (await _shown([there]))[0]

    @router.post("/{alert}/acknowledge", summary="Somebody looks after it")
    async def acknowledge(
        alert: str, wanted: Acknowledging, who: Annotated[Principal, Depends(_supervisors)]
    ) -> AlertShown:
        """Says so to the others until the alert ends. The alert stays open; it is acknowledged once."""
        outcome, there = await book.acknowledge(alert, who.subject, to_milliseconds(clock()), wanted.note)
        if there is None:
            raise _unknown(alert)
        if outcome == "ended":
            raise Problem(409, f"The alert ended at {there['ended'].isoformat()}; there is nothing to look after.")
        if outcome == "before":
            before = there["acknowledged"]
            raise Problem(409, f"{before['by']} acknowledged it at {before['at'].isoformat()} already; speak to them.")
        return (await _shown([there]))[0]

    async def _shown(alerts: Sequence[Document]) -> list[AlertShown]:
        figures, rules = Figures(live), rules_of(await targets.with_rules())
        return [AlertShown.of(alert, await _value(figures, rules, alert, clock())) for alert in alerts]

    return router


def _unknown(alert: str) -> Problem:
    return Problem(404, f"There is no alert {alert}. GET /v1/alerts?state=all lists them.")


async def _after(book: AlertBook, cursor: str | None) -> Document | None:
    if cursor is None:
        return None
    after = await book.get(cursor)
    if after is None:
        raise Problem(422, "cursor is not `next` of a page before. Leave it out to begin with the newest.")
    return after


async def _value(figures: Figures, rules: Mapping[str, QueueRule], alert: Document, now: datetime) -> float | None:
    judged_by = QueueRule(queue=alert["queue"], rule=TargetRule(**alert["rule"]))
    watched = rules.get(judged_by.key)
    if alert["ended"] or watched is None:
        return None
    sight = await figures.of(watched.rule)
    return reading_of(watched, sight, now).known(watched.rule)
