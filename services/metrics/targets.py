"""What each queue should reach, as supervisors set it: one document a queue."""

from dataclasses import fields
from typing import Any

from pymongo import DeleteMany, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from shared.contracts.kpis import Target
from shared.mongo import Document

_FIELDS = tuple(field.name for field in fields(Target))


class Targets:
    """Collection `targets`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._targets = database["targets"]

    async def all(self) -> dict[str, Target]:
        """Every target by queue."""
        return {document["_id"]: _target_of(document) async for document in self._targets.find().sort("_id", 1)}

    async def put(self, queue: str, target: Target) -> None:
        """Sets one queue's target durably."""
        await self._targets.replace_one({"_id": queue}, _document(target), upsert=True)

    async def replace(self, targets: dict[str, Target]) -> None:
        """Sets these targets durably and removes those of all other queues."""
        writes: list[Any] = [ReplaceOne({"_id": queue}, _document(target), True) for queue, target in targets.items()]
        await self._targets.bulk_write([*writes, DeleteMany({"_id": {"$nin": list(targets)}})])


def _document(target: Target) -> Document:
    return {name: getattr(target, name) for name in _FIELDS}


def _target_of(document: Document) -> Target:
    return Target(**{name: document[name] for name in _FIELDS})
