"""The reading side: what all partitions stored, kept close at hand.

Every replica answers for all partitions, because it reads from MongoDB. It remembers the minutes that the windows need
and reads only those that changed, at one point in time (a snapshot), so figures and waiting contacts agree. What a
read costs follows from what happened within the longest window, not from the length of the history.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from services.metrics.documents import MinuteKey, changed_minutes, lines_of, minute_of_document
from services.metrics.domain.agents import STATUSES
from services.metrics.domain.board import Board, Groups, Minute, sum_window
from services.metrics.domain.lines import Line
from services.metrics.domain.windows import LONGEST, MICROSECONDS, SPANS, end_of, minute_of, moment_of, time_of
from services.metrics.targets import Targets
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiGrouping, KpiWindow, Measurement, ServiceLevel, Target
from shared.mongo import Document

_FRESH_SECONDS = 0.2
"""How old figures may be before a question makes them read again."""

_SNAPSHOT_UNAVAILABLE = 246
"""The server's answer while a collection was created a moment ago; it passes."""


class Live:
    """The live figures of all partitions."""

    def __init__(
        self,
        client: AsyncMongoClient[Document],
        database: AsyncDatabase[Document],
        targets: Targets,
        clock: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._partitions = database["partitions"]
        self._minutes = database["minutes"]
        self._stored_targets = targets
        self._clock = clock
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._floor = 0
        self._next: dict[int, int] = {}
        self._known: dict[MinuteKey, Minute] = {}
        self._lines: tuple[Line, ...] = ()
        self._agents: dict[AgentStatus, int] = {}
        self._targets: dict[str, Target] = {}
        self._summed: dict[KpiWindow, tuple[int, Groups]] = {}

    def forget(self) -> None:
        """Makes the next question read again, so that a change made here shows in it."""
        self._read_at = None

    async def measure(self, window: KpiWindow, by: tuple[KpiGrouping, ...], definition: ServiceLevel) -> Measurement:
        """The figures of a window by each of `by`, at most `_FRESH_SECONDS` old; UNREACHABLE if MongoDB is away."""
        await self._refresh()
        now = self._clock()
        ends = end_of(now)
        board = Board(
            groups=self._sum(window, ends),
            lines=self._lines,
            agents=self._agents,
            targets=self._targets,
            moment=moment_of(now),
        )
        items = tuple(item for grouping in by for item in board.items(grouping, definition))
        return Measurement(window=window, definition=definition, as_of=time_of(ends * MICROSECONDS), items=items)

    def _sum(self, window: KpiWindow, ends: int) -> Groups:
        summed = self._summed.get(window)
        if summed is None or summed[0] != ends:
            summed = self._summed[window] = (ends, sum_window(self._known.values(), SPANS[window], ends))
        return summed[1]

    async def _refresh(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._lock:
            if self._read_at is not None and loop.time() - self._read_at < _FRESH_SECONDS:
                return
            began = loop.time()
            try:
                await self._read()
            except OperationFailure as error:
                if error.code != _SNAPSHOT_UNAVAILABLE:
                    raise
                await self._read()
            self._read_at = began

    async def _read(self) -> None:
        floor = minute_of(end_of(self._clock()) - LONGEST + 1)
        async with self._client.start_session(snapshot=True) as session:
            fields = {"next": 1, "waiting": 1, "statuses": 1}
            partitions = [document async for document in self._partitions.find({}, fields, session=session)]
            tickets = [document for document in partitions if document["_id"].startswith("tickets.")]
            after = {_number(document): int(document["next"]) for document in tickets}
            rebuilt = any(after.get(partition, 0) < before for partition, before in self._next.items())
            if rebuilt or floor < self._floor:  # a clock that was set back needs minutes that were let go
                self._known, self._next = {}, {}
            changed = await self._changed(floor, after, session)
        self._known = {key: minute for key, minute in (self._known | changed).items() if key[0] >= floor}
        self._next, self._floor = after, floor
        self._lines = tuple(line for document in tickets for line in lines_of(document))
        self._agents = _add_up([document for document in partitions if document["_id"].startswith("agents.")])
        self._targets = await self._stored_targets.all()
        self._summed.clear()

    async def _changed(self, floor: int, after: dict[int, int], session: AsyncClientSession) -> dict[MinuteKey, Minute]:
        since = {partition: self._next.get(partition, 0) for partition in after}
        moved = {partition: offset for partition, offset in since.items() if offset < after[partition]}
        if not moved:
            return {}
        found = self._minutes.find(changed_minutes(floor, moved), session=session)
        return dict([minute_of_document(document) async for document in found])


def _number(document: Document) -> int:
    return int(document["_id"].rpartition(".")[2])


def _add_up(partitions: list[Document]) -> dict[AgentStatus, int]:
    return {status: sum(document["statuses"].get(status, 0) for document in partitions) for status in STATUSES}
