"""What was said, indexed by its words for whoever searches, by a consumer that gives way to the timeline."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import TopicPartition
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.profile.application import open_content
from services.profile.domain.wording import Saying, saying
from services.profile.store import Store
from shared.consuming import Consumption, Record, Rejected
from shared.contracts.codec import DecodeError, interactions
from shared.contracts.interactions import SealedInteraction
from shared.keyring import Keyring
from shared.mongo import Document, only_duplicates
from shared.sealing import SealBroken

_FEW = 500
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0

Readable = SealedInteraction | None
"""An event; None for a record that cannot be read, which the timeline dead-letters."""

Waiting = Callable[[], int]
"""How many records wait for another consumer of this process."""


def records_waiting(consumption: Consumption[Any]) -> int:
    """The records that a consumption knows of and has not done yet; of partitions that it has begun with."""
    if consumption.consumer is None:
        return 0
    ends = {
        partition: consumption.consumer.highwater(TopicPartition(consumption.intake.topic, partition))
        for partition in consumption.assigned or ()
    }
    return sum((end or 0) - consumption.done.get(partition, end or 0) for partition, end in ends.items())


def readable(values: Sequence[bytes]) -> list[Readable | DecodeError]:
    """The events of these records."""
    return [None if isinstance(event, DecodeError) else event for event in interactions.decode_all(values)]


class WordIndex:
    """Keeps the words of messages. Its batches wait while the timeline is behind, but never for long: it may fall
    behind for hours, and does not stand still.
    """

    def __init__(self, keyring: Keyring, store: Store, waiting: Waiting) -> None:
        self._keyring = keyring
        self._words = store.words
        self._waiting = waiting

    async def take(self, records: list[Record[Readable]]) -> Sequence[Rejected[Readable]]:
        """Indexes what the records say. What was erased is not indexed."""
        await self._give_way()
        events = [record.event for record in records if record.event is not None]
        ciphers = await self._keyring.find({event.data.identity for event in events})
        said: list[Saying] = []
        for event in events:
            try:
                content = open_content(ciphers, event.data.identity, event.id, event.data.content)
            except SealBroken:
                continue  # the timeline dead-letters it
            if content is not None and (told := saying(event, content)) is not None:
                said.append(told)
        await self._write(said)
        return ()

    async def _give_way(self) -> None:
        until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while self._waiting() > _FEW and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 (nobody tells the lag)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _write(self, said: Sequence[Saying]) -> None:
        """Most messages are never edited: they are inserted, and only what meets an earlier one is folded."""
        new = [told for told in said if told.words is not None and not told.edited]
        folding = [told for told in said if told.words is None or told.edited]
        if new:
            try:
                await self._words.insert_many([_document(told) for told in new], ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise
                folding += [new[failure["index"]] for failure in error.details["writeErrors"]]
        if folding:
            await self._words.bulk_write([_fold(told) for told in folding], ordered=False)


def _document(told: Saying) -> Document:
    """at: when the message was said; version: of its words; deleted: they were taken away."""
    return {
        "_id": told.message,
        "identity": told.identity,
        "at": told.at,
        "event": told.event,
        "version": [told.edited, told.at, told.event],
        "words": list(told.words or ()),
    } | ({"deleted": True} if told.words is None else {})


def _fold(told: Saying) -> UpdateOne:
    """What is known with what is told: the same in any order."""
    new = {field: {"$literal": value} for field, value in _document(told).items() if field != "_id"}
    at = {"$min": ["$at", new["at"]]}
    if told.words is None:
        return UpdateOne(
            {"_id": told.message}, [{"$set": {**new, "at": at, "version": None, "event": None}}], upsert=True
        )
    kept = {"$or": [{"$eq": ["$deleted", True]}, {"$gte": ["$version", new["version"]]}]}
    changed: dict[str, Any] = {
        field: {"$cond": [kept, f"${field}", new[field]]} for field in ("event", "version", "words")
    }
    return UpdateOne({"_id": told.message}, [{"$set": {**changed, "identity": new["identity"], "at": at}}], upsert=True)
