"""What was said, indexed by its words for whoever searches, by a consumer that gives way to the timeline."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.profile.domain.wording import Saying, saying
from services.profile.store import Store
from shared.consuming import Record, Rejected
from shared.contracts.codec import DecodeError, interactions
from shared.contracts.interactions import SealedInteraction
from shared.keyring import Keyring
from shared.mongo import Document, only_duplicates
from shared.sealing import SealBroken
from shared.unsealing import Keys, open_content

_FEW = 500
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 2.0

Readable = SealedInteraction | None
"""An event; None for a record that cannot be read, which the timeline dead-letters."""

Waiting = Callable[[], int]
"""How many records wait for another consumer of this process."""


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
        self._erasures = store.erasures
        self._waiting = waiting

    async def take(self, records: list[Record[Readable]]) -> Sequence[Rejected[Readable]]:
        """Indexes what the records say. What was erased is not indexed."""
        await self._give_way()
        said = await self._said([record.event for record in records if record.event is not None])
        await self._write(said)
        await self._take_back(said)
        return ()

    async def _said(self, events: Sequence[SealedInteraction]) -> list[Saying]:
        """What the events say. Where a key does not fit, the keys are read anew; what does not open then says nothing:
        the timeline dead-letters it.
        """
        hashes = {event.data.identity for event in events}
        said, broken = _opened(events, await self._keyring.find(hashes), certain=False)
        if broken:
            said, _ = _opened(events, await self._keyring.find(hashes, anew=True), certain=True)
        return said

    async def _take_back(self, said: Sequence[Saying]) -> None:
        """Deletes what was written of somebody who was erased between the opening and the writing."""
        found = self._erasures.find({"_id": {"$in": list({told.identity for told in said})}})
        gone = [
            {"identity": erased["_id"], "$or": [{"at": {"$lte": erased["at"]}}, {"recorded": {"$lte": erased["at"]}}]}
            async for erased in found
        ]
        if gone:
            await self._words.delete_many({"$or": gone})

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


def _opened(events: Sequence[SealedInteraction], keys: Keys, *, certain: bool) -> tuple[list[Saying], bool]:
    """What the events say that these keys open, and whether a seal is broken."""
    said: list[Saying] = []
    broken = False
    for event in events:
        try:
            content = open_content(keys, event, event.data, certain=certain)
        except SealBroken:
            broken = True
            continue
        if content is not None and (told := saying(event, content)) is not None:
            said.append(told)
    return said, broken


def _document(told: Saying) -> Document:
    """at, recorded: when the message was said and taken in; entry: its own event, which an edit does not tell.

    event: that the words are from; version: of the words; deleted: they were taken away.
    """
    return {
        "_id": told.message,
        "identity": told.identity,
        "channel": told.channel,
        "at": told.at,
        "recorded": told.recorded,
        "entry": None if told.edited or told.words is None else told.event,
        "event": told.event,
        "version": [told.edited, told.at, told.event],
        "words": list(told.words or ()),
    } | ({"deleted": True} if told.words is None else {})


def _fold(told: Saying) -> UpdateOne:
    """What is known with what is told: the same in any order."""
    new = {field: {"$literal": value} for field, value in _document(told).items() if field != "_id"}
    least: dict[str, Any] = {
        field: {"$min": [f"${field}", new[field]]} for field in ("at", "recorded", "entry", "channel")
    }
    if told.words is None:
        return UpdateOne(
            {"_id": told.message}, [{"$set": {**new, **least, "version": None, "event": None}}], upsert=True
        )
    kept = {"$or": [{"$eq": ["$deleted", True]}, {"$gte": ["$version", new["version"]]}]}
    changed: dict[str, Any] = {
        field: {"$cond": [kept, f"${field}", new[field]]} for field in ("event", "version", "words")
    }
    return UpdateOne({"_id": told.message}, [{"$set": {**changed, "identity": new["identity"], **least}}], upsert=True)
