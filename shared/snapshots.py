"""Keeping the state of a decision stream, so that a start need not fold its whole log.

A snapshot may be of any size: it is a file in MongoDB (GridFS), and a document per stream names the newest whole one.
That document is changed last, so the older snapshot stays readable until the new one is whole. It is no more than a
shortcut: one that is missing, half written or of another version is passed over, and the log is folded.
"""

import asyncio
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

import orjson
import structlog
from bson import ObjectId
from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import CorruptGridFile, NoFile
from pydantic import ValidationError
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from shared.breath import Breath
from shared.mongo import Document

S = TypeVar("S")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
log = structlog.get_logger()

_AT_ONCE = 500
_PART = 1_048_576
_LEFT_FOR = timedelta(days=1)
_READS = 3

_DECISIONS, _EVENTS = 500, 5_000
_BYTES_OF_AN_EVENT = 100
_SHARE = 2


class Reader(Protocol[R_co]):
    """What is made of the rows of a state. version: of the rows; those of another one are not read."""

    version: str

    def state(self, rows: Iterable[Any]) -> R_co: ...


class Keeper(Reader[S], Protocol[S]):
    """How a state is taken apart into rows and put together again.

    is_frozen: whether rows say what the state was at the call of `rows`, whatever becomes of it while they are read;
    else the state has to stand still until the last is. rows: what orjson can write. The call itself takes little time,
    and a row that was read never changes. state: of the same rows, read from JSON.
    """

    is_frozen: bool

    def rows(self, state: S) -> Iterator[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Generic[S]):
    """The state after decision `sequence`. size: what it takes, in bytes."""

    sequence: int
    position: int
    state: S
    size: int


@dataclass(slots=True, kw_only=True)
class Growth:
    """How far the log has grown beyond the newest snapshot, which takes `size` bytes."""

    decisions: int = 0
    events: int = 0
    size: int = 0

    def add(self, events: int) -> None:
        """One decision more, of so many events."""
        self.decisions += 1
        self.events += events

    @property
    def is_due(self) -> bool:
        """Whether the next snapshot is worth its cost: the log has grown by half of what the last one took.

        So all snapshots of a life together cost about three times the last one, and a start reads at most half as much
        of the log as it reads of the snapshot.
        """
        enough = self.decisions >= _DECISIONS or self.events >= _EVENTS
        return enough and self.events * _BYTES_OF_AN_EVENT * _SHARE >= self.size


class Snapshots(Generic[S]):
    """The snapshots of a service's streams: collections `snapshots`, `snapshots.files` and `snapshots.chunks`.

    kept_every: after so many events a snapshot is kept for ever (`snapshots.kept`), so that whoever asks how things
    stood once folds no more than these; None where nobody asks.
    """

    def __init__(self, database: AsyncDatabase[Document], keeper: Keeper[S], kept_every: int | None = None) -> None:
        self._keeper = keeper
        self._kept_every = kept_every
        self._newest = database["snapshots"]
        self._kept = database["snapshots.kept"]
        self._files = AsyncGridFSBucket(database, bucket_name="snapshots", chunk_size_bytes=_PART)
        self._leftovers = (database["snapshots.files"], "_id"), (database["snapshots.chunks"], "files_id")

    async def take(self, state: S) -> Iterator[bytes]:
        """What `save` keeps: the state as it is now. Nobody may change it before this returns.

        Between slices of the rows the event loop does other things, here and in `save`.
        """
        rows = self._keeper.rows(state)
        slices: Iterator[list[Any]] = iter(lambda: list(islice(rows, _AT_ONCE)), [])
        if not self._keeper.is_frozen:
            taken, breath = list[list[Any]](), Breath()
            for some in slices:
                taken.append(some)
                await breath.take()
            slices = iter(taken)
        return (orjson.dumps(some, default=_plain) for some in slices)

    async def save(self, stream: str, sequence: int, position: int, taken: Iterator[bytes], events: int = 0) -> int:
        """Keeps what was taken of the state after `sequence`, unless a newer one is there; what it needs, in bytes.

        events: of the log since the snapshot before.
        """
        file, size = await self._write(stream, taken)
        fields: Document = {
            "sequence": sequence,
            "position": position,
            "file": file,
            "size": size,
            "version": self._keeper.version,
        }
        is_kept = False
        if self._kept_every is not None:
            since_kept = await self._since_kept(stream, self._kept_every) + events
            is_kept = since_kept >= self._kept_every
            fields["since_kept"] = 0 if is_kept else since_kept
        try:
            replaced = await self._newest.find_one_and_replace(
                {"_id": stream, "sequence": {"$lt": sequence}}, {"_id": stream, **fields}, upsert=True
            )
        except DuplicateKeyError:  # the stored one is newer
            await self._files.delete(file)
            return size
        if is_kept:
            kept = {"_id": {"stream": stream, "sequence": sequence}, **fields}
            await self._kept.replace_one({"_id": kept["_id"]}, kept, upsert=True)
        if replaced is not None and "file" in replaced and not await self._is_kept(replaced["file"]):
            await self._remove(replaced["file"])
        await self._clear(file)
        return size

    async def load(self, stream: str, until: int | None = None, beyond: int = 0) -> Snapshot[S] | None:
        """The newest snapshot, if there is one that this version can read.

        until: the newest of those that are kept for ever and say how things stood after this decision or before it, but
        after decision `beyond`.
        """
        return await self.load_as(self._keeper, stream, until, beyond)

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
            try:
                data = await (await self._files.open_download_stream(document["file"])).read()
                state = await asyncio.to_thread(_state, reader, data)
            except (NoFile, CorruptGridFile):
                continue  # a newer one took its place meanwhile
            except (ValidationError, ValueError, TypeError, LookupError, zlib.error) as error:
                _say_unread(stream, type(error).__name__)
                return None
            return Snapshot(
                sequence=document["sequence"], position=document["position"], state=state, size=document["size"]
            )
        _say_unread(stream, "its file is not whole")
        return None

    async def _write(self, stream: str, taken: Iterator[bytes]) -> tuple[ObjectId, int]:
        compress, size, name = zlib.compressobj(1), 0, ObjectId()
        async with self._files.open_upload_stream_with_id(name, stream) as file:
            for one in taken:
                data = compress.compress(one + b"\n")
                size += len(data)
                await file.write(data)
                await asyncio.sleep(0)
            data = compress.flush()
            await file.write(data)
        return name, size + len(data)

    async def _once(self, stream: str, beyond: int, until: int) -> Document | None:
        low, high = ({"stream": stream, "sequence": sequence} for sequence in (beyond, until))
        matching = {"_id": {"$gt": low, "$lte": high}, "version": self._keeper.version}
        return await self._kept.find_one(matching, sort=[("_id", -1)])

    async def _since_kept(self, stream: str, otherwise: int) -> int:
        before = await self._newest.find_one({"_id": stream}, {"since_kept": 1}) or {}
        return int(before.get("since_kept", otherwise))

    async def _is_kept(self, file: ObjectId) -> bool:
        return self._kept_every is not None and await self._kept.find_one({"file": file}, {"_id": 1}) is not None

    async def _remove(self, file: ObjectId) -> None:
        try:
            await self._files.delete(file)
        except NoFile:
            return

    async def _clear(self, newest: ObjectId) -> None:
        """Removes what processes left behind that ended while they wrote; a write takes no day."""
        kept = [
            document["file"]
            for collection in (self._newest, self._kept)
            async for document in collection.find({"file": {"$exists": True}}, {"file": 1})
        ]
        before = ObjectId.from_datetime(newest.generation_time - _LEFT_FOR)
        for collection, name in self._leftovers:
            await collection.delete_many({name: {"$lt": before, "$nin": kept}})


def _state(reader: Reader[R], data: bytes) -> R:
    return reader.state(row for line in _lines(data) for row in orjson.loads(line))


def _lines(data: bytes) -> Iterator[bytes]:
    decompress, rest = zlib.decompressobj(), b""
    for start in range(0, len(data), _PART):
        *lines, rest = (rest + decompress.decompress(data[start : start + _PART])).split(b"\n")
        yield from lines
    if not decompress.eof:
        raise zlib.error("The file ends too early.")


def _plain(value: Any) -> Any:  # noqa: ANN401 (what orjson asks about)
    if isinstance(value, frozenset | set):
        return list(value)
    raise TypeError(type(value).__name__)


def _say_unread(stream: str, reason: str) -> None:
    log.warning("snapshot_not_readable", stream=stream, reason=reason)
