"""Original mails, as they came: ingest keeps them, profile gives their attachments out again.

They lie in a database of their own, like the keys, because two services need them. Each is sealed under its identity's
key, so destroying the key erases it too.
"""

import base64
from collections.abc import AsyncIterator, Iterable

from bson import Binary
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.mongo import Document
from shared.sealing import unseal


class Originals:
    """Original mails, sealed, by their event's id."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._collection = database["originals"]

    async def prepare(self) -> None:
        """Makes the indexes."""
        await self._collection.create_index("conversation")
        await self._collection.create_index("identity")

    async def keep(self, event: str, conversation: str, identity: str, sealed: str) -> None:
        """Keeps a mail's bytes, sealed as `seal` does it; a repeated delivery changes nothing."""
        blob = Binary(base64.b64decode(sealed))
        document = {"_id": event, "conversation": conversation, "identity": identity, "sealed": blob}
        try:
            await self._collection.insert_one(document)
        except DuplicateKeyError:
            return

    async def has(self, conversation: str) -> bool:
        """Whether there is a mail of that conversation."""
        return await self._collection.find_one({"conversation": conversation}, {"_id": 1}) is not None

    async def sealed(self, event: str) -> bytes | None:
        """The sealed mail of that event, for `opened`; None if none was kept."""
        document = await self._collection.find_one({"_id": event}, {"sealed": 1})
        return None if document is None else bytes(document["sealed"])

    async def of(self, identities: Iterable[str]) -> AsyncIterator[tuple[str, str, bytes]]:
        """Every kept mail of these identities: event, identity, and the sealed mail for `opened`."""
        async for document in self._collection.find({"identity": {"$in": list(identities)}}):
            yield document["_id"], document["identity"], bytes(document["sealed"])


def opened(cipher: AESGCM, event: str, sealed: bytes) -> bytes:
    """The mail's bytes as they came; SealBroken if they are not that event's."""
    return unseal(cipher, event, base64.b64encode(sealed).decode())
