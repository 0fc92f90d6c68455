"""What webhooks are still to be told: an outbox that survives whatever is killed.

alert_deliveries  {_id: "event:webhook", webhook, event, alert, body, created, due, attempts, state, failure}

state is `waiting`, or `dead` after a day of failures; what was delivered is deleted, what is dead after a month.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, InsertOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from shared.mongo import Document, only_duplicates

_KEEP_DEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook. body: the event as it is in Kafka."""

    webhook: str
    event: str
    alert: str
    body: str
    created: datetime
    attempts: int = 0


class Deliveries:
    """Collection `alert_deliveries`."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._deliveries = database["alert_deliveries"]

    async def create_indexes(self) -> None:
        """For what is due, and so that dead ones go by themselves."""
        await self._deliveries.create_index([("webhook", ASCENDING), ("state", ASCENDING), ("due", ASCENDING)])
        await self._deliveries.create_index("expires", expireAfterSeconds=0)

    async def add(self, deliveries: Iterable[Delivery]) -> None:
        """Adds those that are not waiting or dead already, due at once."""
        inserts = [InsertOne(_document(delivery)) for delivery in deliveries]
        if not inserts:
            return
        try:
            await self._deliveries.bulk_write(inserts, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):
                raise

    async def due_webhooks(self, now: datetime) -> list[str]:
        """Who is to be told something now."""
        return list(await self._deliveries.distinct("webhook", {"state": "waiting", "due": {"$lte": now}}))

    async def next_due(self, webhook: str, now: datetime) -> Delivery | None:
        """What a webhook is to be told first; None if nothing is due."""
        match = {"webhook": webhook, "state": "waiting", "due": {"$lte": now}}
        found = await self._deliveries.find_one(match, sort=[("due", ASCENDING), ("_id", ASCENDING)])
        return _delivery_of(found) if found else None

    async def delivered(self, delivery: Delivery) -> None:
        """It has arrived."""
        await self._deliveries.delete_one({"_id": _id(delivery)})

    async def failed(self, delivery: Delivery, failure: str, now: datetime, again: datetime | None) -> None:
        """It has not arrived; it is due `again`, or dead if that is None."""
        fields: dict[str, Any] = {"attempts": delivery.attempts + 1, "failure": failure, "last_attempt": now}
        fields |= {"due": again} if again else {"state": "dead", "expires": now + _KEEP_DEAD}
        await self._deliveries.update_one({"_id": _id(delivery)}, {"$set": fields})

    async def of(self, webhook: str, limit: int) -> list[Document]:
        """What a webhook was not told, the oldest first."""
        return await self._deliveries.find({"webhook": webhook}).sort("created", ASCENDING).limit(limit).to_list()

    async def counts(self) -> dict[tuple[str, str], int]:
        """How many there are by webhook and state."""
        groups = await self._deliveries.aggregate(
            [{"$group": {"_id": {"webhook": "$webhook", "state": "$state"}, "count": {"$sum": 1}}}]
        )
        return {(one["_id"]["webhook"], one["_id"]["state"]): one["count"] async for one in groups}

    async def forget(self, webhook: str) -> None:
        """The webhook is gone."""
        await self._deliveries.delete_many({"webhook": webhook})


def _id(delivery: Delivery) -> str:
    return f"{delivery.event}:{delivery.webhook}"


def _document(delivery: Delivery) -> Document:
    return {
        "_id": _id(delivery),
        "webhook": delivery.webhook,
        "event": delivery.event,
        "alert": delivery.alert,
        "body": delivery.body,
        "created": delivery.created,
        "due": delivery.created,
        "attempts": delivery.attempts,
        "state": "waiting",
        "failure": None,
    }


def _delivery_of(document: Document) -> Delivery:
    return Delivery(
        webhook=document["webhook"],
        event=document["event"],
        alert=document["alert"],
        body=document["body"],
        created=document["created"],
        attempts=document["attempts"],
    )
