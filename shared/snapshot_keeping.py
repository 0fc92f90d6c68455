"""Keeps the snapshots of one stream, beside the deciding.

A keeper that tells changes writes a whole state in small steps while decisions go on, so its rows are of different
moments. What events have changed since it began is written after it, and again, while that gets less; deciding waits
only for the last of it. All of it together is the state of that moment. Most snapshots are only what changed since the
one before.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Generic, TypeVar

import structlog
from pymongo.errors import PyMongoError

from shared.breath import Breath
from shared.snapshot_files import SnapshotFile, lines_of
from shared.snapshots import Snapshot, Snapshots, Stored, TellsChanges

S = TypeVar("S")
log = structlog.get_logger()

_DECISIONS, _EVENTS = 500, 5_000
_BYTES_OF_AN_EVENT = 100
_SHARE_OF_WHOLE, _SHARE_OF_CHANGES = 2, 20
_FEW = 100
"""Events whose changes are taken while deciding waits."""


@dataclass(slots=True, kw_only=True)
class Growth:
    """How far the log has grown beyond the newest snapshot, which takes `size` bytes.

    share: the next is due when the log has grown by this part of it. By a half, all whole snapshots of a life together
    cost about three times the last one, and a start reads at most half as much of the log as of the snapshot.
    """

    decisions: int = 0
    events: int = 0
    size: int = 0
    share: int = _SHARE_OF_WHOLE

    def add(self, events: int) -> None:
        """One decision more, of so many events."""
        self.decisions += 1
        self.events += events

    def kept(self, before: "Growth", size: int) -> None:
        """A snapshot was made when the growth was that."""
        self.decisions -= before.decisions
        self.events -= before.events
        self.size = size

    @property
    def is_due(self) -> bool:
        """Whether the next snapshot is worth its cost."""
        enough = self.decisions >= _DECISIONS or self.events >= _EVENTS
        return enough and self.events * _BYTES_OF_AN_EVENT * self.share >= self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Generic[S]):
    """The state after a decision, while nobody decides."""

    state: S
    sequence: int
    position: int


@dataclass(slots=True, kw_only=True)
class _Since:
    """stored: the newest snapshot, if changes can be put on it; growth: of the log since then; changes: every event
    since, whether it is durable or not, or None if nobody will ask for them.
    """

    stored: Stored
    growth: Growth
    changes: list[Any] | None


class SnapshotKeeping(Generic[S]):
    """The snapshots of the stream that one decides. still: nobody decides while it is held; None, if the state is not
    what the log says.
    """

    def __init__(
        self, stream: str, snapshots: Snapshots[S], still: Callable[[], AbstractAsyncContextManager[Moment[S] | None]]
    ) -> None:
        self._stream = stream
        self._snapshots = snapshots
        self._still = still
        keeper = snapshots.keeper
        self._tells = keeper if isinstance(keeper, TellsChanges) else None
        self._since = self._after(Stored())

    def begin(self, snapshot: Snapshot[S] | None) -> None:
        """The state is that of the snapshot now, whatever was told before."""
        self._since = self._after(snapshot.stored if snapshot else Stored())

    def changed(self, event: Any) -> None:  # noqa: ANN401 (of any service)
        """The event has changed the state."""
        if self._since.changes is not None:
            self._since.changes.append(event)

    def decided(self, events: int) -> bool:
        """A decision of so many events is durable; whether it is time to `keep` a snapshot."""
        self._since.growth.add(events)
        return self._since.growth.is_due

    async def keep(self, state: S) -> None:
        """Keeps a snapshot; without a database for it, the next one has to do."""
        try:
            await self._keep(state)
        except PyMongoError as error:
            log.warning("snapshot_not_kept", stream=self._stream, reason=f"{type(error).__name__}: {error}"[:300])

    async def _keep(self, state: S) -> None:
        since = self._since
        on = since.stored if self._tells and not since.stored.is_worn else Stored()
        async with self._snapshots.file(self._stream) as file:
            written = await self._write_ahead(self._tells, state, since, on, file) if self._tells else 0
            async with self._still() as moment:
                is_right = moment is not None and since is self._since
                rest = await self._rest(moment, since, written) if moment and is_right else ()
                growth, covered = replace(since.growth), len(since.changes or ())
            await file.write(rest)
        if moment is None or not is_right:
            await self._snapshots.remove(file)
            return
        stored = await self._snapshots.put(self._stream, moment.sequence, moment.position, file, on, growth.events)
        since.growth.kept(growth, stored.size if stored else growth.size)
        since.stored = stored or Stored()
        if since.changes is not None:
            del since.changes[:covered]

    async def _write_ahead(
        self, keeper: TellsChanges[S], state: S, since: _Since, on: Stored, file: SnapshotFile
    ) -> int:
        """Writes while decisions go on; how many of the changes are written then."""
        if not on.files or since.changes is None:
            since.changes = []
            await file.write(lines_of(keeper.rows(state)))
        written, left = 0, inf
        while _FEW < len(since.changes) - written <= left / 2:
            left = len(since.changes) - written
            await file.write(lines_of(keeper.changed(state, since.changes[written:])))
            written += int(left)
        return written

    async def _rest(self, moment: Moment[S], since: _Since, written: int) -> Iterable[bytes]:
        if self._tells:
            return await _lines(self._tells.changed(moment.state, (since.changes or [])[written:]))
        return lines_of(self._snapshots.keeper.rows(moment.state))

    def _after(self, stored: Stored) -> _Since:
        share = _SHARE_OF_CHANGES if self._tells else _SHARE_OF_WHOLE
        changes = list[Any]() if self._tells and stored.files else None
        return _Since(stored=stored, growth=Growth(size=stored.size, share=share), changes=changes)


async def _lines(rows: Iterable[Any]) -> list[bytes]:
    """The rows as they are now; others run between."""
    lines, breath = list[bytes](), Breath()
    for line in lines_of(rows):
        lines.append(line)
        await breath.take()
    return lines
