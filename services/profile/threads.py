"""Reading a customer's conversations, those with the newest events first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from services.profile.domain.folding import entries
from services.profile.domain.moments import in_order
from services.profile.domain.pages import Place
from services.profile.domain.threads import Thread, thread
from services.profile.domain.timeline import Entry
from services.profile.store import Store
from shared.mongo import Document

MOST_EVENTS = 10_000
"""Events of a customer that are looked through for conversations, the newest ones."""

_READ_OF_A_TEXT = 1_000
_COPIED = (
    "identity",
    "at",
    "recorded",
    "type",
    "channel",
    "direction",
    "conversation",
    "facts",
    "ref",
    "part",
    "decided",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """A page of conversations (id and thread). older: where to go on, or None.

    reaches: how far back was looked, where the customer has more than `MOST_EVENTS` events; else None.
    """

    items: list[tuple[str, Thread]]
    older: Place | None
    reaches: datetime | None


class Conversations:
    """Reads conversations from the timeline."""

    def __init__(self, store: Store) -> None:
        self._timeline = store.timeline

    async def page(self, hashes: Sequence[str], before: Place | None, limit: int) -> Threads:
        """Up to `limit` conversations of these identities (hashes), by their newest event, before a place."""
        found, reaches = await asyncio.gather(self._newest(hashes, before, limit + 1), self._reaches(hashes))
        listed = found[:limit]
        events = await self._events(hashes, listed) if listed else {}
        last = listed[-1] if len(found) > limit else None
        return Threads(
            items=[(one["_id"], _thread(events[one["_id"]])) for one in listed if one["_id"] in events],
            older=None if last is None else Place(at=last["last"], id=last["event"]),
            reaches=reaches,
        )

    async def _newest(self, hashes: Sequence[str], before: Place | None, limit: int) -> list[Document]:
        """The conversations, from the index alone: their first and last events, by the time these happened."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"identity": {"$in": list(hashes)}}},
            {"$sort": {"at": -1, "_id": -1}},
            {"$limit": MOST_EVENTS},
            {"$project": {"at": 1, "conversation": 1}},
            {
                "$group": {
                    "_id": "$conversation",
                    "last": {"$first": "$at"},
                    "event": {"$first": "$_id"},
                    "began": {"$last": "$at"},
                }
            },
        ]
        if before is not None:
            beyond = [{"last": {"$lt": before.at}}, {"last": before.at, "event": {"$lt": before.id}}]
            pipeline.append({"$match": {"$or": beyond}})
        pipeline += [{"$sort": {"last": -1, "event": -1}}, {"$limit": limit}]
        return await (await self._timeline.aggregate(pipeline)).to_list()

    async def _reaches(self, hashes: Sequence[str]) -> datetime | None:
        found = self._timeline.find({"identity": {"$in": list(hashes)}}, {"at": 1}).sort([("at", -1), ("_id", -1)])
        beyond = await found.skip(MOST_EVENTS).limit(1).to_list()
        return beyond[0]["at"] if beyond else None

    async def _events(self, hashes: Sequence[str], listed: Sequence[Document]) -> dict[str, list[Entry]]:
        """Their events by conversation; of what was said, the beginning."""
        span = {"$gte": min(one["began"] for one in listed), "$lte": max(one["last"] for one in listed)}
        matching = {"identity": {"$in": list(hashes)}, "at": span}
        texts = {f"content.{name}": _beginning_of(f"$content.{name}") for name in ("text", "subject", "title")}
        pipeline: list[dict[str, Any]] = [
            {"$match": {**matching, "conversation": {"$in": [one["_id"] for one in listed]}}},
            {"$sort": {"at": -1, "_id": -1}},
            {"$limit": MOST_EVENTS},
            {"$project": dict.fromkeys(_COPIED, 1) | texts},
        ]
        events: dict[str, list[Entry]] = {}
        async for document in await self._timeline.aggregate(pipeline):
            event = cast("Entry", document)
            events.setdefault(event["conversation"], []).append(event)
        return events


def _thread(events: Sequence[Entry]) -> Thread:
    return thread(entries(in_order(events), ()))


def _beginning_of(field: str) -> dict[str, Any]:
    """The beginning of a text; nothing where it is no text, as in a plugin's own event."""
    return {"$cond": [{"$eq": [{"$type": field}, "string"]}, {"$substrCP": [field, 0, _READ_OF_A_TEXT]}, "$$REMOVE"]}
