"""The alerts as supervisors see them, and who acknowledged them.

alerts  {_id, queue, kpi, window, definition, level, began, changed, ended, number, rule, version,
         deviations: [{…}], acknowledged: {by, at, note} or null}

An alert follows from its deviations, so entering one again changes nothing.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.contracts.kpi_deviations import Deviation
from shared.mongo import Document

Acknowledged = Literal["done", "unknown", "before", "ended"]


class AlertBook:
    """Collection `alerts`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._alerts = database["alerts"]

    async def create_indexes(self) -> None:
        """For lists of the open ones, and of all by age."""
        await self._alerts.create_index([("ended", DESCENDING), ("began", DESCENDING), ("_id", DESCENDING)])
        await self._alerts.create_index([("began", DESCENDING), ("_id", DESCENDING)])

    async def enter(self, deviation: Deviation) -> None:
        """Enters a deviation, if it is not there yet."""
        now: Document = {
            "level": deviation.after,
            "changed": deviation.at,
            "ended": deviation.at if deviation.after == "ok" else None,
            "number": deviation.number,
            "rule": asdict(deviation.rule),
            "version": deviation.version,
        }
        step = asdict(deviation)
        if deviation.number == 1:
            await self._begin(deviation, now, step)
        else:
            await self._alerts.update_one(
                {"_id": deviation.alert, "number": {"$lt": deviation.number}},
                {"$set": now, "$push": {"deviations": step}},
            )

    async def _begin(self, deviation: Deviation, now: Document, step: Document) -> None:
        rule = deviation.rule
        which = {"queue": deviation.queue, "kpi": rule.kpi, "window": rule.window, "definition": rule.definition}
        own = {"_id": deviation.alert, **which, "began": deviation.at, "acknowledged": None}
        try:
            await self._alerts.insert_one({**own, **now, "deviations": [step]})
        except DuplicateKeyError:
            return

    async def get(self, alert: str) -> Document | None:
        """One alert; None if there is none with this id."""
        return await self._alerts.find_one({"_id": alert})

    async def open_since(self, moment: datetime) -> list[Document]:
        """All that are open, and those that have ended since that moment."""
        return await self._alerts.find({"$or": [{"ended": None}, {"ended": {"$gt": moment}}]}).to_list()

    async def open_between(self, since: datetime, until: datetime) -> list[Document]:
        """All that were open at some time between, by queue, the oldest first."""
        lasted = {"$or": [{"ended": None}, {"ended": {"$gt": since}}]}
        found = self._alerts.find({"began": {"$lt": until}, **lasted})
        return await found.sort([("queue", ASCENDING), ("began", ASCENDING), ("_id", ASCENDING)]).to_list()

    async def page(self, *, only_open: bool, after: Document | None, limit: int) -> list[Document]:
        """The newest first, from behind the alert `after`."""
        match: dict[str, Any] = {"ended": None} if only_open else {}
        if after:
            earlier = {"began": after["began"], "_id": {"$lt": after["_id"]}}
            match["$or"] = [{"began": {"$lt": after["began"]}}, earlier]
        found = self._alerts.find(match).sort([("began", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return await found.to_list()

    async def acknowledge(self, alert: str, by: str, at: datetime, note: str) -> tuple[Acknowledged, Document | None]:
        """Notes who looks after an open alert; what came of it, and the alert as it is now."""
        found = await self._alerts.find_one_and_update(
            {"_id": alert, "ended": None, "acknowledged": None},
            {"$set": {"acknowledged": {"by": by, "at": at, "note": note}}},
            return_document=ReturnDocument.AFTER,
        )
        if found:
            return "done", found
        there = await self.get(alert)
        if there is None:
            return "unknown", None
        return "ended" if there["ended"] else "before", there
