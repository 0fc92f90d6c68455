"""The files that snapshots are made of: compressed lines of JSON in GridFS, so of any size.

Each line is a list of rows, and short enough that making or reading it keeps nobody waiting.
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import orjson
from bson import ObjectId
from gridfs.asynchronous import AsyncGridFSBucket, AsyncGridIn
from gridfs.errors import NoFile
from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document

_PART = 1_048_576
_LINE = 65_536
_LEFT_FOR = timedelta(days=1)


class SnapshotFile:
    """A file that is being written. size: of what was written, in bytes."""

    def __init__(self, file: AsyncGridIn, name: ObjectId) -> None:
        self.name = name
        self.size = 0
        self._file = file
        self._compress = zlib.compressobj(1)

    async def write(self, lines: Iterable[bytes]) -> None:
        """Between any two lines the event loop does other things."""
        for line in lines:
            await self._put(self._compress.compress(line))
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Nothing more comes."""
        await self._put(self._compress.flush())

    async def _put(self, data: bytes) -> None:
        self.size += len(data)
        await self._file.write(data)


class SnapshotFiles:
    """Collections `snapshots.files` and `snapshots.chunks` of a service's database."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._files = AsyncGridFSBucket(database, bucket_name="snapshots", chunk_size_bytes=_PART)
        self._leftovers = (database["snapshots.files"], "_id"), (database["snapshots.chunks"], "files_id")

    @asynccontextmanager
    async def create(self, stream: str) -> AsyncGenerator[SnapshotFile]:
        """A new file, which is whole when this is left without a fault."""
        name = ObjectId()
        async with self._files.open_upload_stream_with_id(name, stream) as opened:
            file = SnapshotFile(opened, name)
            yield file
            await file.finish()

    async def read(self, names: Iterable[ObjectId]) -> list[bytes]:
        """The files as they were written, to be made rows again; NoFile, CorruptGridFile where one is not whole."""
        return [await (await self._files.open_download_stream(name)).read() for name in names]

    async def remove(self, names: Iterable[ObjectId]) -> None:
        """Removes files, if they are there."""
        for name in names:
            try:
                await self._files.delete(name)
            except NoFile:
                continue

    async def clear(self, newest: ObjectId, kept: list[ObjectId]) -> None:
        """Removes what processes left behind that ended while they wrote; a write takes no day."""
        before = ObjectId.from_datetime(newest.generation_time - _LEFT_FOR)
        for collection, name in self._leftovers:
            await collection.delete_many({name: {"$lt": before, "$nin": kept}})


def lines_of(rows: Iterable[Any]) -> Iterator[bytes]:
    """The rows as they are when their line is made."""
    line, size = list[bytes](), 0
    for row in rows:
        line.append(orjson.dumps(row, default=_plain))
        size += len(line[-1])
        if size >= _LINE:
            yield _joined(line)
            line, size = [], 0
    if line:
        yield _joined(line)


def rows_of(files: Iterable[bytes]) -> Iterator[Any]:
    """The rows of files, one file after the other; zlib.error where one ends too early."""
    return (row for file in files for line in _lines(file) for row in orjson.loads(line))


def _joined(line: list[bytes]) -> bytes:
    return b"[" + b",".join(line) + b"]\n"


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
