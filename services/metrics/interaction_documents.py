"""How what is counted of interactions stands in MongoDB documents.

progress             {_id: "interactions.3", next, watermark, owner}
counted_interactions {_id: an event's id in 16 bytes, second, channel, direction}: each interaction that was counted
interaction_minutes  {_id: "partition minute channel", partition, revision, last, quarters, minute, channel,
                      counts: {inbound: {"37": 2}}}: how many there were in each second of a minute
answer_rows          {_id: an event's id, partition, revision, last, quarters, at, channel, score, best, queue, …}
changed_quarters     {_id: {quarter, partition: "interactions.3"}, revision, causes}: as for tickets

Nothing in them is personal, and the log alone knows whose event an id is. partition, revision, last, quarters: as for
contacts and tickets.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from pymongo import UpdateOne

from services.metrics.domain.interaction import Answer, Minute, Place, minute_of
from services.metrics.domain.quarters import quarter_of
from shared.mongo import Document

_TOLD = ("queue", "agent", "ticket")


def key_of(event: str) -> bytes:
    """An event's id (a UUID) in 16 bytes."""
    return bytes.fromhex(event.replace("-", ""))


def counted_document(event: str, place: Place) -> Document:
    """An interaction that was counted."""
    second, channel, direction = place
    return {"_id": key_of(event), "second": second, "channel": channel, "direction": direction}


def place_in(document: Mapping[str, Any]) -> tuple[str, Place]:
    """The event's id, and where it was counted."""
    place = document["second"], document["channel"], document["direction"]
    return str(UUID(bytes=document["_id"])), place


def minute_writes(partition: int, revision: int, counts: Mapping[Place, int]) -> Iterable[UpdateOne]:
    """Adds the counts to their minutes."""
    minutes: dict[tuple[int, str], dict[str, int]] = {}
    for (second, channel, direction), count in counts.items():
        if count:
            number, within = minute_of(second)
            minutes.setdefault((number, channel), {})[f"counts.{direction}.{within}"] = count
    for (number, channel), more in minutes.items():
        last = Minute(number, channel, {}).last
        own = {
            "partition": partition,
            "last": last,
            "quarters": [quarter_of(last)],
            "minute": number,
            "channel": channel,
        }
        yield UpdateOne(
            {"_id": f"{partition} {number} {channel}"},
            {"$inc": more, "$set": {"revision": revision}, "$setOnInsert": own},
            upsert=True,
        )


def minute_in(document: Mapping[str, Any]) -> Minute:
    """The minute that a document holds."""
    counts = {
        direction: {int(second): count for second, count in seconds.items()}
        for direction, seconds in document["counts"].items()
    }
    return Minute(document["minute"], document["channel"], counts)


def answer_document(answer: Answer) -> Document:
    """The answer, and what it is found by. What was not told is left out."""
    told = {name: value for name in _TOLD if (value := getattr(answer, name))}
    return {
        "at": answer.at,
        "channel": answer.channel,
        "score": answer.score,
        "best": answer.best,
        "last": answer.at,
        "quarters": [quarter_of(answer.at)],
        **told,
    }


def answer_in(document: Mapping[str, Any]) -> Answer:
    """The answer that a document holds."""
    told = {name: document[name] for name in ("at", "channel", "score", "best", *_TOLD) if name in document}
    return Answer(event=document["_id"], **told)
