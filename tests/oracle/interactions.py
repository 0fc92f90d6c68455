"""Volumes and satisfaction calculated from the records of hub.interactions.v1, as plainly as possible.

It shares no code with services/metrics: records are read as JSON, times stay datetimes, every figure is a filter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.topics import INTERACTIONS
from tests.oracle.kpis import read_values

FIGURES = (
    *("interactions", "interactions_inbound", "interactions_outbound", "interactions_internal"),
    *("satisfaction_answers", "satisfaction"),
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """An interaction, or an answer to a survey (score and best)."""

    at: datetime
    channel: str
    direction: str
    score: float | None = None
    best: float | None = None
    queue: str | None = None
    agent: str | None = None


def said(records: Iterable[bytes]) -> list[Said]:
    """What is counted of the records, each event once: as it was told with the earliest time."""
    first: dict[str, tuple[datetime, Said]] = {}
    for record in records:
        event = orjson.loads(record)
        one = _said(event)
        if one is not None and (event["id"] not in first or one.at < first[event["id"]][0]):
            first[event["id"]] = one.at, one
    return [one for _, one in first.values()]


def _said(event: dict[str, Any]) -> Said | None:
    data, kind = event["data"], event["type"].removeprefix("hub.").removesuffix(".v1")
    at = datetime.fromisoformat(event["time"])
    facts = {"at": at, "channel": data["channel"], "direction": data["direction"]}
    if kind in ("message.received", "message.sent", "call.started", "post.published"):
        return None if data.get("automatic") else Said(**facts)
    if kind.startswith("x.") and data.get("rating"):
        return Said(**facts, **data["rating"], queue=data.get("queue"), agent=data.get("agent"))
    return None


def figures(
    everything: Iterable[Said], *, span: timedelta, as_of: datetime, definition: str = "mean", **key: str
) -> dict[str, Any]:
    """The figures of (as_of - span, as_of] of a channel=…, or for answers a queue=… or agent=…, or of all."""
    mine = [
        one
        for one in everything
        if as_of - span < one.at <= as_of and all(getattr(one, name) == value for name, value in key.items())
    ]
    spoken = [one for one in mine if one.score is None]
    answers = [(one.score, one.best) for one in mine if one.score is not None and one.best is not None]
    shares = [score / best for score, best in answers]
    best_two = [score for score, best in answers if score >= best - 1 and score > 0]
    told = {"mean": sum(shares), "top-two": len(best_two)}[definition]
    return {
        "interactions": len(spoken),
        **{
            f"interactions_{way}": sum(one.direction == way for one in spoken)
            for way in ("inbound", "outbound", "internal")
        },
        "satisfaction_answers": len(answers),
        "satisfaction": told / len(answers) if answers else None,
    }


async def read_said(bootstrap: str, namespace: str) -> list[Said]:
    """What is counted of hub.interactions.v1 up to now."""
    return said(await read_values(bootstrap, namespace, INTERACTIONS))
