"""What each queue should reach, as supervisors set it.

targets  {_id: queue, service_level, …, rules: […]}; those of earlier versions have no rules
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from pymongo import DeleteMany, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase

from shared.contracts.kpis import Target
from shared.contracts.targets import EVERYTHING, QueueTargets, TargetRule
from shared.mongo import Document

_FIELDS = tuple(field.name for field in fields(Target))


class Targets:
    """Collection `targets`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._targets = database["targets"]

    async def all(self) -> dict[str, Target]:
        """What figures are shown beside: the target of every queue that has a service level to reach."""
        stored = await self.with_rules()
        return {
            queue: Target(**{name: getattr(target, name) for name in _FIELDS})
            for queue, target in stored.items()
            if target.service_level is not None and queue != EVERYTHING
        }

    async def with_rules(self) -> dict[str, QueueTargets]:
        """Every target by queue, with its rules."""
        return {document["_id"]: _targets_of(document) async for document in self._targets.find().sort("_id", 1)}

    async def put(self, queue: str, target: QueueTargets) -> None:
        """Sets one queue's target durably."""
        await self._targets.replace_one({"_id": queue}, asdict(target), upsert=True)

    async def replace(self, targets: Mapping[str, QueueTargets]) -> None:
        """Sets these targets durably and removes those of all other queues."""
        writes: list[Any] = [ReplaceOne({"_id": queue}, asdict(target), True) for queue, target in targets.items()]
        await self._targets.bulk_write([*writes, DeleteMany({"_id": {"$nin": list(targets)}})])


def _targets_of(document: Document) -> QueueTargets:
    rules = tuple(TargetRule(**rule) for rule in document.get("rules", ()))
    return QueueTargets(**{name: document[name] for name in _FIELDS}, rules=rules)
