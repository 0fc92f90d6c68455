"""The audit log of a service: who looked at which customers, when and why. It is written before the answer is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi import Request
from pydantic import BaseModel
from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.collection import AsyncCollection

from shared.auth import Principal
from shared.mongo import Document
from shared.paging import Place, newest

REASON = "Hub-Reason"
"""The header in which whoever looks may say why, such as `ticket T-1`."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksWanted:
    """Which looks: at these customers (ids), by this person, of a time, before a place (moment and id)."""

    customers: Sequence[str] | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Place | None = None
    limit: int = 100


class LookShape(BaseModel):
    """A look. what: the request; why: what its header Hub-Reason said."""

    id: str
    who: str
    role: str
    at: datetime
    what: str
    why: str | None
    customers: list[str]


async def create_look_indexes(looks: AsyncCollection[Document]) -> None:
    """Creates what an audit log is searched by, where it is missing."""
    await looks.create_index([("customers", ASCENDING), ("at", DESCENDING)])
    await looks.create_index([("who", ASCENDING), ("at", DESCENDING)])
    await looks.create_index([("at", DESCENDING)])


class LookLog:
    """Looks in a collection. They are never deleted by the hub; they name customers by ids that say nothing."""

    def __init__(self, collection: AsyncCollection[Document], clock: Callable[[], datetime]) -> None:
        self._looks = collection
        self._clock = clock

    async def add(self, who: Principal, request: Request, customers: Sequence[str]) -> None:
        """`who` is going to see these customers (ids); durable when this returns."""
        await self._looks.insert_one(
            {
                "_id": str(uuid4()),
                "who": who.subject,
                "role": who.role,
                "at": self._clock(),
                "what": f"{request.method} {request.url.path}",
                "why": request.headers.get(REASON, "")[:_LONGEST_REASON] or None,
                "customers": list(customers),
            }
        )

    async def find(self, wanted: LooksWanted) -> list[Document]:
        """Looks, the newest first; one more than the limit says if there are more."""
        matching: dict[str, Any] = {}
        if wanted.customers is not None:
            matching["customers"] = {"$in": list(wanted.customers)}
        if wanted.who is not None:
            matching["who"] = wanted.who
        at = {"$gte": wanted.since, "$lt": wanted.until}
        if at := {name: moment for name, moment in at.items() if moment is not None}:
            matching["at"] = at
        return await newest(self._looks, matching, "at", wanted.before, wanted.limit + 1)


def looks_shown(found: Sequence[Document]) -> list[dict[str, Any]]:
    """Looks as a LookShape has them."""
    return [{"id": look["_id"], **{name: value for name, value in look.items() if name != "_id"}} for look in found]
