"""Lists that show the newest first, page by page. A cursor says behind which document the next page begins."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.asynchronous.collection import AsyncCollection

from shared.mongo import Document
from shared.problems import Problem

Place = tuple[datetime, str]
"""The moment of a document, and its id."""


def cursor_of(at: datetime, name: str) -> str:
    """The cursor behind what is called so and is of that moment."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {name}".encode()).decode()


def place_of(cursor: str | None) -> Place | None:
    """The place that a cursor stands behind, None without one; Problem 422 if it is none."""
    if cursor is None:
        return None
    try:
        at, name = base64.urlsafe_b64decode(cursor).decode().split(" ", 1)
        return datetime.fromisoformat(at), name
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "The cursor is not one of this list. Take `next` of the page before, as it is.") from error


async def newest(
    collection: AsyncCollection[Document],
    match: Mapping[str, Any],
    moment: str,
    after: Place | None,
    limit: int,
    projection: Mapping[str, Any] | None = None,
) -> list[Document]:
    """Documents that match, the newest by their field `moment` first, those behind the place `after`."""
    query: Document = dict(match)
    if after is not None:
        at, name = after
        query["$or"] = [{moment: {"$lt": at}}, {moment: at, "_id": {"$lt": name}}]
    found = collection.find(query, projection).sort([(moment, DESCENDING), ("_id", DESCENDING)])
    return await found.limit(limit).to_list()
