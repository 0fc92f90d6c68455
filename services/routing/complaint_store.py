"""The view of complaints in MongoDB, and the sums that are kept beside it.

complaints       a document for each
complaint_sums   a document for each pool, day (UTC) on which complaints were received, cause and remedy: `counts`
A complaint and the sums that it is in change in one transaction, so each is counted once, whoever writes and whatever
is killed. Figures are made of a row for each day, and of the complaints of the two days that are asked for in part.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, get_args

from pymongo import ASCENDING, DESCENDING, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from services.routing.domain.complaint import Stage
from services.routing.domain.complaint_progress import BAND_ENDS, BANDS, AgeBand
from services.routing.domain.complaint_sums import Course, Key, Sums, added, counted, summed
from shared.contracts.tickets_complaints import Deadline
from shared.mongo import Document
from shared.paging import Place, newest

SUMS = "complaint_sums"
OPEN_STAGES: tuple[Stage, ...] = get_args(Stage)
_COURSE = ("stage", "received", "cause", "remedy", "acknowledged", "answered", "ended", "reopened", "late")
_DEADLINES: tuple[Deadline, ...] = get_args(Deadline)
_PLACE = ("pool", "day", "cause", "remedy")
_DAY = timedelta(days=1)

_Row = tuple[str, datetime, Key]


async def create_complaint_indexes(database: AsyncDatabase[Document]) -> None:
    """Creates what reads are served by, where it is missing."""
    newest = [("received", DESCENDING), ("_id", DESCENDING)]
    await database["complaints"].create_index(newest)
    for field in ("pool", "stage", "owner", "cause", "overdue"):
        await database["complaints"].create_index([(field, ASCENDING), *newest])
    await database["complaints"].create_index([(field, ASCENDING) for field in ("pool", "stage", "received")])
    await database[SUMS].create_index([(field, ASCENDING) for field in _PLACE], unique=True)


async def write_complaints(database: AsyncDatabase[Document], documents: Sequence[Document]) -> None:
    """Writes these complaints and what they add to the sums. A newer document is never replaced by an older."""
    async with database.client.start_session() as session:
        await session.with_transaction(lambda session: _write(database, documents, session))


async def _write(database: AsyncDatabase[Document], documents: Sequence[Document], session: AsyncClientSession) -> None:
    names = [document["_id"] for document in documents]
    found = database["complaints"].find({"_id": {"$in": names}}, session=session)
    there = {document["_id"]: document async for document in found}
    newer = [one for one in documents if one["sequence"] > there.get(one["_id"], {"sequence": 0})["sequence"]]
    if newer:
        writes = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in newer]
        await database["complaints"].bulk_write(writes, session=session)
    changes = _changes(newer, [there[document["_id"]] for document in newer if document["_id"] in there])
    if changes:
        await database[SUMS].bulk_write(changes, session=session)


def _changes(now: Iterable[Document], before: Iterable[Document]) -> list[UpdateOne]:
    counts: dict[_Row, Counter[str]] = {}
    for sign, documents in ((1, now), (-1, before)):
        for document in documents:
            course = course_of(document)
            row = counts.setdefault(_row_of(document["pool"], course), Counter())
            for name, count in counted(course).items():
                row[name] += sign * count
    return [
        UpdateOne(dict(zip(_PLACE, (pool, day, *key), strict=True)), {"$inc": changed}, upsert=True)
        for (pool, day, key), row in counts.items()
        if (changed := {f"counts.{name}": count for name, count in row.items() if count})
    ]


async def complaints(
    database: AsyncDatabase[Document], match: Mapping[str, Any], after: Place | None, limit: int
) -> list[Document]:
    """Complaints, the newest first, those behind `after`."""
    return await newest(database["complaints"], match, "received", after, limit)


async def open_by_age(database: AsyncDatabase[Document], pool: str, now: datetime) -> dict[tuple[Stage, AgeBand], int]:
    """How many of a pool are not over, by stage and age, whenever they were received. The index alone answers it."""
    younger = [
        {"case": {"$gt": ["$received", now - end]}, "then": band} for band, end in zip(BANDS, BAND_ENDS, strict=False)
    ]
    of_band = {"stage": "$stage", "band": {"$switch": {"branches": younger, "default": BANDS[-1]}}}
    found = await database["complaints"].aggregate(
        [
            {"$match": {"pool": pool, "stage": {"$in": list(OPEN_STAGES)}}},
            {"$project": {"_id": 0, "stage": 1, "received": 1}},
            {"$group": {"_id": of_band, "count": {"$sum": 1}}},
        ]
    )
    return {(one["_id"]["stage"], one["_id"]["band"]): one["count"] async for one in found}


async def received_between(database: AsyncDatabase[Document], pool: str, since: datetime, until: datetime) -> Sums:
    """What those of a pool add up to that were received from `since` until before `until`."""
    first, last = _day_of(since + _DAY - timedelta(microseconds=1)), _day_of(until)
    if first >= last:
        return summed([one async for one in _courses(database, pool, since, until)])
    begun, ended, whole = await asyncio.gather(
        _all(_courses(database, pool, since, first)),
        _all(_courses(database, pool, last, until)),
        database[SUMS].find({"pool": pool, "day": {"$gte": first, "$lt": last}}).to_list(),
    )
    kept: list[tuple[Key, Mapping[str, int]]] = [((row["cause"], row["remedy"]), row["counts"]) for row in whole]
    return added([*kept, *summed([*begun, *ended]).items()])


async def _courses(
    database: AsyncDatabase[Document], pool: str, since: datetime, until: datetime
) -> AsyncIterator[Course]:
    match = {"pool": pool, "received": {"$gte": since, "$lt": until}}
    shown = (*_COURSE, *(f"{deadline}_due" for deadline in _DEADLINES))
    async for document in database["complaints"].find(match, projection=shown):
        yield course_of(document)


async def _all(courses: AsyncIterator[Course]) -> list[Course]:
    return [course async for course in courses]


def course_of(document: Document) -> Course:
    """What figures are made of, from a complaint's document."""
    due = frozenset(deadline for deadline in _DEADLINES if document[f"{deadline}_due"] is not None)
    given = {name: document[name] for name in _COURSE}
    return Course(**{**given, "late": frozenset(document["late"])}, due=due)


def _row_of(pool: str, course: Course) -> _Row:
    return pool, _day_of(course.received), (course.cause, course.remedy)


def _day_of(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
