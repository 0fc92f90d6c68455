"""Marks of quarters of an hour that count otherwise now, until they are summed anew (`changed_quarters`)."""

from collections.abc import Sequence

from pymongo import UpdateOne

from shared.mongo import Document

CAUSES = 20
"""So many events are named as the cause of a restatement; the figures tell what all of them changed."""


def mark(quarter: int, by: int | str, until: int, causes: Sequence[str] = (), revision: int | None = None) -> UpdateOne:
    """Has the quarter summed anew, and then those after it up to `until`. by: the partition that marks it; revision:
    its next offset then. causes: ids of the events that came late.
    """
    told = {"$setOnInsert": {"revision": 0}} if revision is None else {"$set": {"revision": revision}}
    update: Document = {**told, "$max": {"until": until}}
    if causes:
        update["$push"] = {"causes": {"$each": list(causes[:CAUSES]), "$slice": CAUSES}}
    return UpdateOne({"_id": {"quarter": quarter, "partition": by}}, update, upsert=True)
