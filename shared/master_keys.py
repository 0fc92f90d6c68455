"""How a master key wraps the identities' keys, and how a process keeps up with a new master key without a restart.

KeyringLocked  (no master key that this process can get at opens the keys: stop)
"""

import os
from collections.abc import Callable, Sequence

from bson import Binary
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection

from shared.mongo import Document
from shared.secrets import MissingSecret

_NONCE = 12


class KeyringLocked(Exception):
    """The master key does not open this hub's keys."""

    def __init__(self) -> None:
        super().__init__(
            "master.key does not open this hub's keys. Bring back the master.key that belongs to this data, "
            "or start with an empty HUB_DATA."
        )


class MasterKeys:
    """The master keys that a process knows. New keys are wrapped with the `newest` of them that is in use.

    read: the master keys (32 bytes each) that there are now, the one in use first. It is called again when a key is met
    that none of the known ones opens: `hub rotate-keys` may have brought another.
    """

    def __init__(self, read: Callable[[], Sequence[bytes]]) -> None:
        self._read = read
        self._ciphers = {master: AESGCM(master) for master in read()}
        self._marker = b""
        self.newest = next(iter(self._ciphers))

    def wrap(self, name: str, key: bytes) -> Binary:
        """The key wrapped with the newest master key; the name is authenticated, so it opens under no other."""
        nonce = os.urandom(_NONCE)
        return Binary(nonce + self._ciphers[self.newest].encrypt(nonce, key, name.encode()))

    def unwrap(self, document: Document) -> bytes:
        """The key in the document {_id: its name, wrapped}; KeyringLocked if no master key opens it."""
        _, key = self._opened(document)
        return key

    def is_newest(self, document: Document) -> bool:
        """Whether the newest master key opens the document's key."""
        return _unwrapped(self._ciphers[self.newest], document) is not None

    def follow(self, marker: Document) -> None:
        """Makes that master key the newest that wraps `marker`, the document which a rotation rewraps first."""
        wrapped = bytes(marker["wrapped"])
        if wrapped != self._marker:
            self.newest, _ = self._opened(marker)
            self._marker = wrapped

    def _opened(self, document: Document) -> tuple[bytes, bytes]:
        """The master key that opens the document's key, and the key."""
        for master, cipher in self._ciphers.items():
            if (key := _unwrapped(cipher, document)) is not None:
                return master, key
        for master in self._unknown():
            cipher = self._ciphers[master] = AESGCM(master)
            if (key := _unwrapped(cipher, document)) is not None:
                return master, key
        raise KeyringLocked

    def _unknown(self) -> list[bytes]:
        try:
            return [master for master in self._read() if master not in self._ciphers]
        except MissingSecret as error:
            raise KeyringLocked from error


async def rewrap(keys: AsyncCollection[Document], documents: Sequence[Document], masters: MasterKeys) -> int:
    """Wraps those of the documents' keys with the newest master key that it did not open; says how many those were.

    A key that changed since it was read, because it was erased or rewrapped, stays as it is.
    """
    changes = [
        UpdateOne(
            {"_id": document["_id"], "wrapped": document["wrapped"]},
            {"$set": {"wrapped": masters.wrap(document["_id"], masters.unwrap(document))}},
        )
        for document in documents
        if not masters.is_newest(document)
    ]
    if changes:
        await keys.bulk_write(changes, ordered=False)
    return len(changes)


def _unwrapped(master: AESGCM, document: Document) -> bytes | None:
    wrapped = bytes(document["wrapped"])
    try:
        return master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], document["_id"].encode())
    except InvalidTag:
        return None
