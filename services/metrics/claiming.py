"""Whose a partition is: the session of its owner stands in the partition's document."""

from typing import Any

from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from shared.mongo import Document


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
