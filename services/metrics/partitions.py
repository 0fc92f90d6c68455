"""Whose a partition is: the session of its owner stands in the partition's document, and how far it has taken it.

Superseded  (another owner went further: load again, then take again)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import AsyncMongoClient, ReturnDocument, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from services.metrics.domain.windows import moment_of
from shared.mongo import Document


class Superseded(Exception):
    """Another owner folded further."""

    def __init__(self, partitions: Sequence[int]) -> None:
        super().__init__(f"Another owner folded further in partition {', '.join(map(str, partitions))}; load it again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A batch of a partition. was and next: the next offset before and after; recorded: when the latest of it was."""

    partition: int
    was: int
    next: int
    recorded: datetime


async def claimed(
    client: AsyncMongoClient[Document],
    partitions: AsyncCollection[Document],
    session: AsyncClientSession,
    name: str,
    initial: Document | None = None,
) -> Document:
    """The partition's document, for its new owner. session: what carries the owner's transactions.

    A transaction that the last owner left open when it was killed would hold the partition for up to a minute, so its
    session is ended first. One that this process lost on the way ends with the next one of its session.
    """
    mine = session.session_id["id"]
    document = await partitions.find_one({"_id": name})
    if document is not None and document["owner"] == mine:
        return document
    if document:
        await client.admin.command({"killSessions": [{"id": document["owner"]}]})
    update: dict[str, Any] = {"$setOnInsert": {"next": 0, **(initial or {})}, "$set": {"owner": mine}}
    claimed = await partitions.find_one_and_update(
        {"_id": name}, update, upsert=True, return_document=ReturnDocument.AFTER
    )
    assert claimed is not None  # noqa: S101 (an upsert always answers the document)
    return claimed


async def fence(
    partitions: AsyncCollection[Document],
    session: AsyncClientSession,
    topic: str,
    steps: Sequence[tuple[Step, Document]],
) -> None:
    """The first statement of a transaction: moves each partition of `topic`, and sets the fields told beside its step,
    if `next` is still what the step began with; Superseded if any is not.
    """
    moves = [
        UpdateOne(
            {"_id": f"{topic}.{step.partition}", "next": step.was},
            {"$set": {"next": step.next, **fields}, "$max": {"watermark": moment_of(step.recorded)}},
        )
        for step, fields in steps
    ]
    moved = await partitions.bulk_write(moves, session=session)
    if moved.matched_count != len(steps):
        raise Superseded([step.partition for step, _ in steps])
