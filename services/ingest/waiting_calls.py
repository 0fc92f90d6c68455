"""What routing says of calls that wait, until their telephone system asks for it.

calls_told   `_id` is the conversation; `text`, `at`: what the caller is told next; `voicemail_until`: set for those who
             are sent to voicemail. Nothing in it is personal. Documents go away by themselves after a day.
"""

from datetime import datetime

from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document

_A_DAY = 24 * 60 * 60


class WaitingCalls:
    """Remembers it for whichever process is asked."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._calls = database["calls_told"]

    async def prepare(self) -> None:
        """Makes the index."""
        await self._calls.create_index("at", expireAfterSeconds=_A_DAY)

    async def tell(self, conversation: str, text: str, at: datetime) -> None:
        """The caller is to hear this next, unless there is something newer; said once, it is not said again."""
        there, given = {"$ifNull": ["$at", at]}, {"$literal": text}
        newer = {"$or": [{"$lt": [there, at]}, {"$eq": [{"$type": "$at"}, "missing"]}]}
        changed = {"text": {"$cond": [newer, given, "$text"]}, "at": {"$max": ["$at", at]}}
        await self._calls.update_one({"_id": conversation}, [{"$set": changed}], upsert=True)

    async def send_to_voicemail(self, conversation: str, at: datetime, until: datetime) -> None:
        """The caller does not wait any more, and is to leave a message."""
        changed = {"$set": {"voicemail_until": until}, "$max": {"at": at}}
        await self._calls.update_one({"_id": conversation}, changed, upsert=True)

    async def is_sent_to_voicemail(self, conversation: str, now: datetime) -> bool:
        """Whether a message would still be taken for the call."""
        found = await self._calls.find_one({"_id": conversation, "voicemail_until": {"$gt": now}}, ("_id",))
        return found is not None

    async def next_word(self, conversation: str, since: datetime) -> str | None:
        """What the caller is to hear now, if it is no older; whoever asks next does not get it again."""
        changed = {"$set": {"text": None}}
        found = await self._calls.find_one_and_update({"_id": conversation, "text": {"$type": "string"}}, changed)
        return None if found is None or found["at"] < since else str(found["text"])
