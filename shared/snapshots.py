"""Keeping the state of a decision stream, so that a start need not fold its whole log.

A snapshot is one file that holds a whole state, and files with what changed since, each on top of those before it. A
document per stream names the files of the newest; it changes last, so the older snapshot stays readable until the new
one is whole. It is no more than a shortcut: one that is missing, half written or of another version is passed over, and
the log is folded.
"""

import asyncio
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import structlog
from bson import ObjectId
from gridfs.errors import CorruptGridFile, NoFile
from pydantic import ValidationError
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.mongo import Document
from shared.snapshot_files import SnapshotFile, SnapshotFiles, rows_of

S = TypeVar("S")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
log = structlog.get_logger()

_READS = 3
_NAMES = ("files", "file")
"""Where documents name their files; older ones have one."""


class Reader(Protocol[R_co]):
    """What is made of the rows of a state. version: of the rows; those of another one are not read."""

    version: str

    def state(self, rows: Iterable[Any]) -> R_co: ...


class Keeper(Reader[S], Protocol[S]):
    """How a state is taken apart into rows, which orjson can write, and put together again.

    rows: what the state is at the moment of the call, whatever becomes of it while they are read, unless the keeper
    tells changes too. The call itself takes little time. state: of the same rows, read from JSON.
    """

    def rows(self, state: S) -> Iterator[Any]: ...


@runtime_checkable
class TellsChanges(Keeper[S], Protocol[S]):
    """A keeper of a state that is large and changes in few places.

    Each of its rows says how things are when it is asked for. changed: rows that put right whatever the events changed;
    what was read before them counts no more there.
    """

    def changed(self, state: S, events: Collection[Any]) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a snapshot takes. size: of all its files, in bytes; added: of those with changes."""

    files: tuple[ObjectId, ...] = ()
    size: int = 0
    added: int = 0

    @property
    def is_worn(self) -> bool:
        """Whether its changes take half as much as what they are put on, so that a whole one is worth its cost."""
        return self.added * 2 >= self.size - self.added

    def with_file(self, file: SnapshotFile) -> "Stored":
        """The same with a file on top; the first one holds everything."""
        added = self.added + file.size if self.files else 0
        return Stored(files=(*self.files, file.name), size=self.size + file.size, added=added)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Generic[S]):
    """The state after decision `sequence`."""

    sequence: int
    position: int
    state: S
    stored: Stored


class Snapshots(Generic[S]):
    """The snapshots of a service's streams: collection `snapshots`, and its files.

    kept_every: after so many events a snapshot is kept for ever (`snapshots.kept`), so that whoever asks how things
    stood once folds no more than these; None where nobody asks.
    """

    def __init__(self, database: AsyncDatabase[Document], keeper: Keeper[S], kept_every: int | None = None) -> None:
        self.keeper = keeper
        self._kept_every = kept_every
        self._newest = database["snapshots"]
        self._kept = database["snapshots.kept"]
        self._files = SnapshotFiles(database)

    def file(self, stream: str) -> AbstractAsyncContextManager[SnapshotFile]:
        """A new file, to be written and then `put`, or else to be removed."""
        return self._files.create(stream)

    async def remove(self, file: SnapshotFile) -> None:
        """Removes a file that is not put."""
        await self._files.remove([file.name])

    async def put(
        self, stream: str, sequence: int, position: int, file: SnapshotFile, on: Stored, events: int = 0
    ) -> Stored | None:
        """The state after `sequence` is what the files that it is put on hold, and this one on top of them.

        None, and the file is removed, if the newest snapshot is another one; put on nothing, if it is a newer one.
        events: of the log since the snapshot before.
        """
        stored = on.with_file(file)
        fields: Document = {
            "sequence": sequence,
            "position": position,
            "files": list(stored.files),
            "size": stored.size,
            "added": stored.added,
            "version": self.keeper.version,
        }
        is_kept = False
        if self._kept_every is not None:
            since_kept = await self._since_kept(stream, self._kept_every) + events
            is_kept = since_kept >= self._kept_every
            fields["since_kept"] = 0 if is_kept else since_kept
        before: Document = {"files": list(on.files)} if on.files else {"sequence": {"$lt": sequence}}
        try:
            replaced = await self._newest.find_one_and_replace(
                {"_id": stream, **before}, {"_id": stream, **fields}, upsert=not on.files
            )
        except DuplicateKeyError:  # the stored one is newer
            await self.remove(file)
            return None
        if on.files and replaced is None:
            await self.remove(file)
            return None
        if is_kept:
            kept = {"_id": {"stream": stream, "sequence": sequence}, **fields}
            await self._kept.replace_one({"_id": kept["_id"]}, kept, upsert=True)
        await self._tidy(replaced or {}, stored)
        return stored

    async def load(self, stream: str, until: int | None = None, beyond: int = 0) -> Snapshot[S] | None:
        """The newest snapshot, if there is one that this version can read.

        until: the newest of those that are kept for ever and say how things stood after this decision or before it, but
        after decision `beyond`.
        """
        return await self.load_as(self.keeper, stream, until, beyond)

    async def load_as(
        self, reader: Reader[R], stream: str, until: int | None = None, beyond: int = 0
    ) -> Snapshot[R] | None:
        """The same, as something else that can be made of its rows."""
        for _ in range(_READS):
            document = await (
                self._newest.find_one({"_id": stream}) if until is None else self._once(stream, beyond, until)
            )
            if document is None:
                return None
            if document.get("version") != reader.version:
                _say_unread(stream, "another version")
                return None
            files = _files(document)
            try:
                data = await self._files.read(files)
                state = await asyncio.to_thread(_state, reader, data)
            except (NoFile, CorruptGridFile):
                continue  # a newer one took its place meanwhile
            except (ValidationError, ValueError, TypeError, LookupError, zlib.error) as error:
                _say_unread(stream, type(error).__name__)
                return None
            return Snapshot(
                sequence=document["sequence"],
                position=document["position"],
                state=state,
                stored=Stored(files=files, size=document["size"], added=document.get("added", 0)),
            )
        _say_unread(stream, "its file is not whole")
        return None

    async def _once(self, stream: str, beyond: int, until: int) -> Document | None:
        low, high = ({"stream": stream, "sequence": sequence} for sequence in (beyond, until))
        matching = {"_id": {"$gt": low, "$lte": high}, "version": self.keeper.version}
        return await self._kept.find_one(matching, sort=[("_id", -1)])

    async def _since_kept(self, stream: str, otherwise: int) -> int:
        before = await self._newest.find_one({"_id": stream}, {"since_kept": 1}) or {}
        return int(before.get("since_kept", otherwise))

    async def _tidy(self, replaced: Document, stored: Stored) -> None:
        """Removes what is no longer used, and, with each whole file, what was left behind."""
        unused = set(_files(replaced)) - set(stored.files)
        is_whole = len(stored.files) == 1
        used = await self._used({} if is_whole else {"$or": [{name: {"$in": list(unused)}} for name in _NAMES]})
        await self._files.remove(unused - used)
        if is_whole:
            await self._files.clear(stored.files[0], list(used))

    async def _used(self, by: Document) -> set[ObjectId]:
        """The files of such snapshots."""
        found = [await each.distinct(name, by) for each in (self._newest, self._kept) for name in _NAMES]
        return {file for files in found for file in files}


def _files(document: Document) -> tuple[ObjectId, ...]:
    return tuple(document.get("files") or ([document["file"]] if "file" in document else []))


def _state(reader: Reader[R], files: list[bytes]) -> R:
    return reader.state(rows_of(files))


def _say_unread(stream: str, reason: str) -> None:
    log.warning("snapshot_not_readable", stream=stream, reason=reason)
