"""What is asked of the view of complaints in MongoDB."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from pymongo import ASCENDING, DESCENDING
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.domain.complaint import Stage
from services.routing.domain.complaint_progress import Course
from shared.contracts.tickets_complaints import Deadline
from shared.mongo import Document

OPEN_STAGES: tuple[str, ...] = get_args(Stage)
_COURSE = ("stage", "received", "cause", "remedy", "acknowledged", "answered", "ended", "reopened", "late")
_DEADLINES: tuple[Deadline, ...] = get_args(Deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintsAfter:
    """Where a page of complaints goes on: behind the ticket whose complaint was received then."""

    received: datetime
    ticket: str


async def create_complaint_indexes(database: AsyncDatabase[Document]) -> None:
    """Creates what reads are served by, where it is missing."""
    newest = [("received", DESCENDING), ("_id", DESCENDING)]
    await database["complaints"].create_index(newest)
    for field in ("pool", "stage", "owner", "cause", "overdue"):
        await database["complaints"].create_index([(field, ASCENDING), *newest])
    await database["complaints"].create_index([("pool", ASCENDING), ("stage", ASCENDING)])


async def complaints(
    database: AsyncDatabase[Document], match: Mapping[str, Any], after: ComplaintsAfter | None, limit: int
) -> list[Document]:
    """Complaints, the newest first, those behind `after`."""
    query: Document = dict(match)
    if after is not None:
        behind = {"received": after.received, "_id": {"$lt": after.ticket}}
        query["$or"] = [{"received": {"$lt": after.received}}, behind]
    found = database["complaints"].find(query).sort([("received", DESCENDING), ("_id", DESCENDING)])
    return await found.limit(limit).to_list()


async def open_courses(database: AsyncDatabase[Document], pool: str) -> AsyncIterator[Course]:
    """Those of a pool that are not over, whenever they were received."""
    async for document in database["complaints"].find({"pool": pool, "stage": {"$in": list(OPEN_STAGES)}}):
        yield course_of(document)


async def courses(
    database: AsyncDatabase[Document], pool: str, since: datetime, until: datetime
) -> AsyncIterator[Course]:
    """Those of a pool that were received from `since` until before `until`."""
    match = {"pool": pool, "received": {"$gte": since, "$lt": until}}
    async for document in database["complaints"].find(
        match, projection=(*_COURSE, *(f"{deadline}_due" for deadline in _DEADLINES))
    ):
        yield course_of(document)


def course_of(document: Document) -> Course:
    """What figures are made of, from a complaint's document."""
    due = frozenset(deadline for deadline in _DEADLINES if document[f"{deadline}_due"] is not None)
    given = {name: document[name] for name in _COURSE}
    return Course(**{**given, "late": frozenset(document["late"])}, due=due)
