"""Where the identities' keys live: wrapped by the master key, in a database apart from the log and the views.

A document of the collection is one of

    {_id: an identity's hash, wrapped}                   its key
    {_id: an identity's hash, erased, erasure}           its tombstone: the key was destroyed
    {_id: an identity's hash, erased, erasure, wrapped}  the key of a new contact under a hash that was erased
    {_id: "erasures", number}                            how many erasures there were; they are numbered by it
    {_id: another name, wrapped}                         a key of the hub's own

KeyringLocked  (the master key is not the one the keys were wrapped with: stop)
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymongo import AsyncMongoClient, InsertOne, ReturnDocument, UpdateOne, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from shared.contracts.values import to_milliseconds
from shared.erasure import is_erased
from shared.master_keys import KeyringLocked, MasterKeys, rewrap
from shared.mongo import Document, database, only_duplicates
from shared.sealing import Hasher
from shared.secrets import read_masters

HASH_KEY = "identity-hash-key"
"""The name of the hasher's key. A rotation of the master key rewraps it first, and so tells that it has begun."""

LOOK_SECONDS = 1.0
"""For so long a process may go on using keys that another one has destroyed."""

_ERASURES = "erasures"
_IDENTITY = re.compile(r"[0-9a-f]{32}")
_CACHE = 200_000
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """What opens an identity's content. erased: when the identity was erased before this key was made, if it was."""

    cipher: AESGCM
    erased: datetime | None = None

    def is_readable(self, time: datetime, recordedtime: datetime) -> bool:
        """Whether no erasure covers an event of these times; one that is covered is `[erased]`, whatever would open."""
        return self.erased is None or not is_erased(self.erased, time, recordedtime)


def keyring_of(client: AsyncMongoClient[Document], namespace: str, secrets_dir: Path) -> "Keyring":
    """The keyring of a namespace, opened with the master keys of that directory."""
    return Keyring(database(client, namespace, "keys")["keys"], partial(read_masters, secrets_dir))


class Keyring:
    """The keys by name (an identity's hash). Only ingest makes those; the others read them.

    Opened keys are remembered (a bounded number), so a busy identity costs no database read. Once a second at most the
    keyring looks for what other processes erased and forgets it; while MongoDB cannot be asked, it gives out no keys.
    read_masters: the master keys that there are, the one in use first (shared.secrets.read_masters).
    """

    def __init__(self, keys: AsyncCollection[Document], read_masters: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys
        self._masters = MasterKeys(read_masters)
        self._open: dict[str, Key] = {}
        self._forgotten = 0
        self._seen: int | None = None
        self._looked = -inf
        self._looking = asyncio.Lock()

    async def hasher(self) -> Hasher:
        """The hub's hasher; its key is made on first use. KeyringLocked if the master key is wrong."""
        await self._make([HASH_KEY], ())
        async for document in self._keys.find({"_id": HASH_KEY}):
            return Hasher(self._masters.unwrap(document))
        raise KeyringLocked

    async def ensure(self, names: Iterable[str]) -> dict[str, Key]:
        """The keys of all these names; those that have none get one, durably (majority), before this returns."""
        return await self.ensure_at(dict.fromkeys(names, _ANY_TIME))

    async def ensure_at(self, moments: Mapping[str, datetime]) -> dict[str, Key]:
        """The same for names of which something happened, the last at these moments.

        A name that was erased at its moment or later gets no new key, since nothing could be read with it. Without an
        older one it is not in the answer.
        """
        found, tombstones = await self._known_or_read(moments)
        while len(found) < len(moments):
            missing = [
                name
                for name, moment in moments.items()
                if name not in found and (name not in tombstones or tombstones[name] < moment)
            ]
            if not missing:
                break
            more, tombstones = await self._made(missing, tombstones)
            found |= more
        return found

    async def find(self, names: Iterable[str], *, anew: bool = False) -> dict[str, Key]:
        """The keys of those names that have one; a name that is not in the answer was erased or never was.

        anew: as they are in the database at this moment, whatever is remembered.
        """
        if anew:
            names = set(names)
            self._forget(names)
        return (await self._known_or_read(names))[0]

    async def erase(self, names: Iterable[str], at: datetime) -> None:
        """Destroys the keys of these identities durably (majority), all or none, and leaves tombstones with the time.

        From then on nobody can open what was sealed under them: in the log, in replays, in backups of the log. Other
        processes notice within LOOK_SECONDS. A repetition changes nothing. A later erasure of the same identity moves
        its tombstone forward and destroys the key that was made meanwhile. An identity that never had a key gets a
        tombstone too, so that a late event of it stays erased. ValueError for a name that is no identity's hash.
        """
        erased = sorted(set(names))
        if wrong := [name for name in erased if not _IDENTITY.fullmatch(name)]:
            raise ValueError(f"Only identities can be erased, by their hash; {wrong[0]!r} is none.")
        async with self._keys.database.client.start_session() as session:
            destroy = partial(self._destroy, erased, to_milliseconds(at))
            await session.with_transaction(destroy, write_concern=WriteConcern("majority", j=True))
        self._forget(erased)

    async def _destroy(self, names: Sequence[str], at: datetime, session: AsyncClientSession) -> None:
        # The number is what makes erasures known everywhere. Two at the same time conflict over it, so that one is
        # written after the other: whoever has seen a number has seen all before it, whatever the clocks say.
        counter = await self._keys.find_one_and_update(
            {"_id": _ERASURES},
            {"$inc": {"number": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        assert counter is not None  # noqa: S101 (an upsert that returns the document after it always has one)
        tombstone = {"_id": "$_id", "erased": at, "erasure": counter["number"]}
        changed: Any = [{"$replaceWith": {"$cond": [{"$gte": ["$erased", at]}, "$$ROOT", tombstone]}}]
        await self._keys.bulk_write([UpdateOne({"_id": name}, changed, upsert=True) for name in names], session=session)

    async def _known_or_read(self, names: Iterable[str]) -> tuple[dict[str, Key], dict[str, datetime]]:
        if monotonic() - self._looked >= LOOK_SECONDS:
            await self._look()
        known = self._open
        found: dict[str, Key] = {}
        unknown: list[str] = []
        for name in set(names):
            key = known.get(name)
            if key is None:
                unknown.append(name)
            else:
                found[name] = key
        if not unknown:
            return found, {}
        more, tombstones = await self._read(unknown)
        return found | more, tombstones

    async def _look(self) -> None:
        """Forgets what other processes erased since the last look, and follows a rotation of the master key."""
        async with self._looking:
            began = monotonic()
            if began - self._looked < LOOK_SECONDS:
                return
            if self._seen is None:  # nothing is remembered yet, so what was erased up to now does not matter
                await self._keys.create_index("erasure", sparse=True)
                counter = await self._keys.find_one({"_id": _ERASURES})
                self._seen = counter["number"] if counter else 0
            erased: dict[str, int] = {}
            async for document in self._keys.find({"$or": [{"_id": HASH_KEY}, {"erasure": {"$gt": self._seen}}]}):
                if document["_id"] == HASH_KEY:
                    self._masters.follow(document)
                else:
                    erased[document["_id"]] = document["erasure"]
            if erased:
                self._forget(erased)
                self._seen = max(erased.values())
            self._looked = began

    def _forget(self, names: Collection[str]) -> None:
        self._forgotten += 1
        for name in names:
            self._open.pop(name, None)

    async def _read(self, names: Collection[str]) -> tuple[dict[str, Key], dict[str, datetime]]:
        """The keys of these names from the database, and when those without a key were erased."""
        self._make_room(len(names))
        before = self._forgotten
        found: dict[str, Key] = {}
        tombstones: dict[str, datetime] = {}
        async for document in self._keys.find({"_id": {"$in": list(names)}}):
            name = document["_id"]
            if name == HASH_KEY:
                self._masters.follow(document)
            elif "wrapped" in document:
                found[name] = Key(AESGCM(self._masters.unwrap(document)), document.get("erased"))
            else:
                tombstones[name] = document["erased"]
        if self._forgotten == before:  # otherwise one of them may have been read just before it was erased
            self._open |= found
        return found, tombstones

    async def _made(
        self, names: Sequence[str], tombstones: Collection[str]
    ) -> tuple[dict[str, Key], dict[str, datetime]]:
        """Makes keys for these names and reads them, or those that another process was first to make."""
        master = self._masters.newest
        await self._make(names, tombstones)
        made = await self._read([*names, HASH_KEY])
        if self._masters.newest != master:  # a rotation began after the last look: its last pass may be over already
            documents = self._keys.find({"_id": {"$in": names}, "wrapped": {"$exists": True}})
            await rewrap(self._keys, await documents.to_list(), self._masters)
        return made

    async def _make(self, names: Iterable[str], tombstones: Collection[str]) -> None:
        made: list[InsertOne[Document] | UpdateOne] = []
        for name in sorted(names):
            wrapped = self._masters.wrap(name, AESGCM.generate_key(256))
            if name in tombstones:
                made.append(UpdateOne({"_id": name, "wrapped": {"$exists": False}}, {"$set": {"wrapped": wrapped}}))
            else:
                made.append(InsertOne({"_id": name, "wrapped": wrapped}))
        try:
            await self._keys.bulk_write(made, ordered=False)
        except BulkWriteError as error:
            if not only_duplicates(error):  # another process made the same key first: its key counts
                raise

    def _make_room(self, count: int) -> None:
        if len(self._open) + count > _CACHE:
            for name in list(self._open)[: _CACHE // 2]:
                del self._open[name]
