"""Where the identities' keys live: wrapped by the master key, in a database apart from the log and the views.

KeyringLocked  (the master key is not the one the keys were wrapped with: stop)
"""

import os
from collections.abc import Iterable

from bson import Binary
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from shared.mongo import Document, only_duplicates
from shared.sealing import Hasher

_HASH_KEY = "identity-hash-key"
_CACHE = 200_000


class KeyringLocked(Exception):
    """The master key does not open this hub's keys."""

    def __init__(self) -> None:
        super().__init__(
            "master.key does not open this hub's keys. Bring back the master.key that belongs to this data, "
            "or start with an empty HUB_DATA."
        )


class Keyring:
    """The keys by name (an identity's hash). Only ingest makes keys; the others read them.

    Opened keys are remembered (a bounded number), so a busy identity costs no database read.
    """

    def __init__(self, keys: AsyncCollection[Document], master: bytes) -> None:
        self._keys = keys
        self._master = AESGCM(master)
        self._open: dict[str, AESGCM] = {}

    async def hasher(self) -> Hasher:
        """The hub's hasher; its key is made on first use. KeyringLocked if the master key is wrong."""
        await self._make([_HASH_KEY])
        async for document in self._keys.find({"_id": _HASH_KEY}):
            return Hasher(self._unwrap(document))
        raise KeyringLocked

    async def ensure(self, names: Iterable[str]) -> dict[str, AESGCM]:
        """The ciphers of all these names; those that have no key get one, durably (majority), before this returns."""
        wanted = set(names)
        found = await self.find(wanted)
        missing = wanted - found.keys()
        if missing:
            await self._make(missing)
            found |= await self.find(missing)
        return found

    async def find(self, names: Iterable[str]) -> dict[str, AESGCM]:
        """The ciphers of those names that have a key; a name that is not in the answer was erased or never was."""
        known = self._open
        found: dict[str, AESGCM] = {}
        unknown: list[str] = []
        for name in set(names):
            cipher = known.get(name)
            if cipher is None:
                unknown.append(name)
            else:
                found[name] = cipher
        if unknown:
            self._make_room(len(unknown))
            async for document in self._keys.find({"_id": {"$in": unknown}}):
                found[document["_id"]] = known[document["_id"]] = AESGCM(self._unwrap(document))
        return found

    async def _make(self, names: Iterable[str]) -> None:
        documents = [self._wrap(name, AESGCM.generate_key(256)) for name in sorted(names)]
        try:
            await self._keys.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):  # another process made the same key first: its key counts
                raise

    def _wrap(self, name: str, key: bytes) -> Document:
        nonce = os.urandom(12)
        return {"_id": name, "wrapped": Binary(nonce + self._master.encrypt(nonce, key, name.encode()))}

    def _unwrap(self, document: Document) -> bytes:
        wrapped = bytes(document["wrapped"])
        try:
            return self._master.decrypt(wrapped[:12], wrapped[12:], document["_id"].encode())
        except InvalidTag as error:
            raise KeyringLocked from error

    def _make_room(self, count: int) -> None:
        if len(self._open) + count > _CACHE:
            for name in list(self._open)[: _CACHE // 2]:
                del self._open[name]
