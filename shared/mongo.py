"""MongoDB as every service uses it: PyMongo's own asyncio client, majority writes, UTC times."""

from typing import Any

from pymongo import AsyncMongoClient, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    WaitQueueTimeoutError,
)

Document = dict[str, Any]

UNREACHABLE = (ConnectionFailure, AutoReconnect, NetworkTimeout, ExecutionTimeout, WaitQueueTimeoutError)
"""Failures of the way to the server, which pass: retry."""

_DUPLICATE_KEY = 11000


def connect(url: str) -> AsyncMongoClient[Document]:
    """A client for `url`; it connects on first use. Writes wait for a majority (and its journal)."""
    return AsyncMongoClient(
        url,
        w="majority",
        journal=True,
        tz_aware=True,
        serverSelectionTimeoutMS=5_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=60_000,
        appname="interaction-hub",
    )


def database(client: AsyncMongoClient[Document], namespace: str, service: str) -> AsyncDatabase[Document]:
    """A service's own database: `hub_profile` for profile in namespace hub."""
    return client[f"{namespace.replace('-', '_')}_{service}"]


def unless_later(document: Document, *order: str) -> UpdateOne:
    """Writes the whole document, unless the one that is there is later. order: the fields that say which is later."""
    there, given = [f"${name}" for name in order], [{"$literal": document[name]} for name in order]
    kept = {"$cond": [{"$gt": [there, given]}, "$$ROOT", {"$literal": document}]}
    return UpdateOne({"_id": document["_id"]}, [{"$replaceWith": kept}], upsert=True)


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether every failed insert failed because its `_id` was there already, and nothing else went wrong."""
    details = error.details
    return not details.get("writeConcernErrors") and all(
        failure["code"] == _DUPLICATE_KEY and "_id" in failure.get("keyPattern", {})
        for failure in details["writeErrors"]
    )
