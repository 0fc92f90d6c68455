"""The steps of giving a hub a new master key while it works. Each may be repeated, and a kill between any two is healed
by going through them again: which is the next stands in the files and in the keys themselves.

    files in the secrets' directory            what is to be done
    master.key                                 make master.key.next
    master.key, master.key.next                wrap every key with the next; then it becomes master.key
    master.key, master.key.previous            wrap what services wrapped with the previous meanwhile; delete that

Services read the files again as soon as they meet a key that they cannot open, or see that the hasher's key, which is
wrapped first, was wrapped anew. From then on they wrap new keys with the new master key.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from deploy.local.errors import ServerError, WrongSetting
from deploy.local.secret_files import keep_names, make_secret, write_secret
from shared.keyring import HASH_KEY
from shared.master_keys import KeyringLocked, MasterKeys, rewrap
from shared.mongo import Document, database
from shared.secrets import MASTER, NEXT, PREVIOUS, MissingSecret, read_masters, read_secret

_BATCH = 1_000

Keys = AsyncCollection[Document]
Advance = Callable[[int], object]
"""Told how many more keys were looked at."""


class Rotation:
    """The rotation of the master key in `directory`, for all the namespaces in a MongoDB that it opens."""

    def __init__(self, client: AsyncMongoClient[Document], namespace: str, directory: Path) -> None:
        self._client = client
        self._own = database(client, namespace, "keys")
        self._directory = directory

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No second rotation of these files while the context is open; WrongSetting if there is one, or no right to."""
        master = self._directory / MASTER
        if not master.exists():
            raise MissingSecret(master, "is missing")
        if master.stat().st_uid != os.geteuid():
            raise WrongSetting(f"{master} belongs to another user. Run this command as its owner, as the services run.")
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WrongSetting(f"Another rotation is at work on {self._directory}. Let it end.") from None
            yield
        finally:
            os.close(descriptor)

    @property
    def is_swapped(self) -> bool:
        """Whether the new master key is master.key already."""
        return self._has(PREVIOUS) and not self._has(NEXT)

    def make_next(self) -> None:
        """Makes master.key.next, unless an earlier rotation made it."""
        make_secret(self._directory / NEXT)

    def swap(self) -> None:
        """Makes master.key.next the master.key, which is kept as master.key.previous. There always is a master.key."""
        write_secret(self._directory / PREVIOUS, (self._directory / MASTER).read_bytes())
        (self._directory / NEXT).rename(self._directory / MASTER)
        keep_names(self._directory)

    def delete_previous(self) -> None:
        """Deletes the previous master key; only after a pass that found every key wrapped with the new one."""
        (self._directory / PREVIOUS).unlink(missing_ok=True)
        keep_names(self._directory)

    async def namespaces(self) -> list[Keys]:
        """The keys of this hub, and those of every other namespace that has the same master key."""
        masters = MasterKeys(lambda: read_masters(self._directory))
        found = [self._own["keys"]]
        for name in sorted(await self._client.list_database_names()):
            if name.endswith("_keys") and name != self._own.name:
                keys = self._client[name]["keys"]
                some = await keys.find_one({"wrapped": {"$exists": True}})
                if some is not None and _opens(masters, some):
                    found.append(keys)
        return found

    async def wrap_all(self, keys: Keys, advance: Advance = lambda _: None) -> int:
        """Wraps all keys with the newest master key there is; how many were not yet. 0 says that it opens every one."""
        masters = self._masters()
        late = await _mark(keys, masters)
        async for documents in _batches(keys):
            try:
                late += await rewrap(keys, [one for one in documents if "wrapped" in one], masters)
            except KeyringLocked as error:
                raise ServerError(
                    f"A key in {keys.database.name} opens with none of the master keys in {self._directory}; nothing "
                    f"was deleted. Bring back the one it belongs to as {PREVIOUS}, and run this again."
                ) from error
            advance(len(documents))
        return late

    def _masters(self) -> MasterKeys:
        newest = read_secret(self._directory / (NEXT if self._has(NEXT) else MASTER))
        return MasterKeys(lambda: (newest, *read_masters(self._directory)))

    def _has(self, name: str) -> bool:
        return (self._directory / name).exists()


async def _mark(keys: Keys, masters: MasterKeys) -> int:
    """Rewraps the hasher's key, which tells the services; it is made if there is none. 1 if it was not wrapped yet."""
    marker = await keys.find_one({"_id": HASH_KEY})
    while marker is None:
        try:
            await keys.insert_one({"_id": HASH_KEY, "wrapped": masters.wrap(HASH_KEY, AESGCM.generate_key(256))})
        except DuplicateKeyError:
            marker = await keys.find_one({"_id": HASH_KEY})
        else:
            return 0
    try:
        return await rewrap(keys, [marker], masters)
    except KeyringLocked as error:
        raise ServerError(str(error)) from error


async def _batches(keys: Keys) -> AsyncIterator[list[Document]]:
    batch: list[Document] = []
    async for document in keys.find({}, {"wrapped": 1}).sort("_id").batch_size(_BATCH):
        batch.append(document)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _opens(masters: MasterKeys, document: Document) -> bool:
    try:
        masters.unwrap(document)
    except KeyringLocked:
        return False
    return True
