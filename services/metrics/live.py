"""The reading side: what all partitions stored, kept close at hand.

Every replica answers for all partitions, because it reads from MongoDB. It remembers the rows that the windows need and
those that are open, and reads only what changed, at one point in time (a snapshot), so figures and waiting contacts
agree. What a read costs follows from what happened since the last one, not from the length of the history.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime, tzinfo

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from services.metrics.documents import contact_of, ticket_of
from services.metrics.domain.agents import STATUSES
from services.metrics.domain.board import Board
from services.metrics.domain.completeness import Complete, Look, Partition, Taken, complete
from services.metrics.domain.contact import Contact
from services.metrics.domain.definition import Definition
from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.estimate import PACE_SECONDS
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.lasting import Lasting
from services.metrics.domain.measures import Measures
from services.metrics.domain.now import Line, Now
from services.metrics.domain.recent import Recent
from services.metrics.domain.returns import Returns
from services.metrics.domain.stretches import stretch
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import LONGEST, MICROSECONDS, SPANS, end_of, moment_of, time_of
from services.metrics.interaction_documents import answer_in, minute_in
from services.metrics.long_windows import LongWindows
from services.metrics.presence_documents import presence_of
from services.metrics.targets import Targets
from shared.breath import Breath
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import AnyWindow, KpiDefinition, KpiGrouping, KpiItem, KpiWindow, Measurement, Target
from shared.mongo import Document
from shared.topics import AGENTS, INTERACTIONS, TICKETS

_FRESH_SECONDS = 0.2
"""How old figures may be before a question makes them read again."""

_SNAPSHOT_UNAVAILABLE = 246
"""The server's answer while a collection was created a moment ago; it passes."""

_FORGET_SECONDS = 60
_BREATH_SECONDS = 0.004

_CHOICES = 20
"""By so many windows and choices of definitions what was calculated is kept."""

_TOPICS = {"tickets": TICKETS, "agents": AGENTS, "interactions": INTERACTIONS}
_ROWS: tuple[tuple[str, str, str, Callable[[Document], Row]], ...] = (
    ("tickets", "contact_rows", "contact", contact_of),
    ("tickets", "ticket_rows", "ticket", ticket_of),
    ("interactions", "interaction_minutes", "minute", minute_in),
    ("interactions", "answer_rows", "answer", answer_in),
    ("agents", "presence_rows", "presence", presence_of),
)
"""From which topic, in which collection, called what, read how."""

_DEFINITION = [field.name for field in fields(KpiDefinition)]


class Live:
    """The live figures of all partitions. forgotten: how often it was told to forget."""

    def __init__(
        self,
        client: AsyncMongoClient[Document],
        database: AsyncDatabase[Document],
        targets: Targets,
        clock: Callable[[], datetime],
        looks: Callable[[], Sequence[Look]],
    ) -> None:
        self._client = client
        self._partitions = database["progress"]
        self._database = database
        self._stored_targets = targets
        self._clock = clock
        self._looks = looks
        self.forgotten = 0
        self._lock = asyncio.Lock()
        self._read_at: float | None = None
        self._next: dict[str, int] = {}
        self._recent = Recent(0)
        self._now = Now()
        self._lasting = Lasting(0)
        self._returns = Returns()
        self._lines: Mapping[Key, Line] = {}
        self._agents: dict[AgentStatus, int] = {}
        self._targets: dict[str, Target] = {}
        self._measures: dict[tuple[KpiWindow, Choice], Measures] = {}
        self._taken: dict[Partition, Taken] = {}
        self._long = LongWindows(client, database)

    def forget(self) -> None:
        """Makes the next question read again, so that a change made here shows in it."""
        self.forgotten += 1
        self._read_at = None
        self._long.forget()

    async def complete(self) -> Complete | None:
        """How far the figures reach that would be measured now; None while Kafka does not answer."""
        async with self._lock:
            await self._refresh()
            return complete(self._taken, self._looks())

    async def measure(
        self, window: AnyWindow, by: tuple[KpiGrouping, ...], choice: Choice, zone: tzinfo = UTC
    ) -> Measurement:
        """The figures of a window by each of `by`; UNREACHABLE if MongoDB is away. They are `_FRESH_SECONDS` old at
        most; those of long windows a second. zone: in which a day begins at midnight.
        """
        if window == "24h" or window == "day":
            ends = end_of(self._clock())
            whole = stretch(window, ends, zone)
            since = time_of(whole[0] * MICROSECONDS) if window == "day" else None
            groups = await self._long.groups(whole, by)
            async with self._lock:
                await self._refresh()
                board = self._board(self._clock(), groups, {})
                return await self._measured(window, by, Measures(choice), board, ends, since)
        async with self._lock:
            await self._refresh()
            now = self._clock()
            measures, ends = self._measures_of(window, choice), end_of(now)
            recent = self._recent.window(SPANS[window], ends)
            board = self._board(now, recent, self._lasting.within(SPANS[window], ends, by, split=choice.is_split))
            return await self._measured(window, by, measures, board, ends)

    def _board(self, now: datetime, groups: Mapping[Key, Figures], lasting: Mapping[Key, Figures]) -> Board:
        return Board(
            groups=groups,
            lasting=lasting,
            lines=self._lines,
            backlog=self._now.backlog,
            pace=self._recent.window(PACE_SECONDS, end_of(now)),
            agents=self._agents,
            targets=self._targets,
            moment=moment_of(now),
        )

    async def _measured(
        self,
        window: AnyWindow,
        by: tuple[KpiGrouping, ...],
        measures: Measures,
        board: Board,
        ends: int,
        since: datetime | None = None,
    ) -> Measurement:
        """Others are answered meanwhile, but under the lock no figure moves on."""
        breath, items = Breath(_BREATH_SECONDS), list[KpiItem]()
        for grouping in by:
            for item in board.items(grouping, measures):
                items.append(item)
                await breath.take()
        reached = complete(self._taken, self._looks())
        return Measurement(
            window=window,
            since=since,
            definition=measures.choice.service_level,
            as_of=time_of(ends * MICROSECONDS),
            items=tuple(items),
            definitions=told_definitions(measures.choice),
            complete_until=reached.until if reached else None,
            behind=reached.behind if reached else None,
        )

    def _measures_of(self, window: KpiWindow, choice: Choice) -> Measures:
        """Those of the window by the choice, as long as others are not asked for."""
        measures = self._measures.pop((window, choice), None) or Measures(choice)
        self._measures[window, choice] = measures
        if len(self._measures) > _CHOICES:
            del self._measures[next(iter(self._measures))]
        return measures

    async def _refresh(self) -> None:
        """Reads what changed, unless that was done just now. Under the lock: nothing is told of half a read."""
        loop = asyncio.get_running_loop()
        if self._read_at is not None and loop.time() - self._read_at < _FRESH_SECONDS:
            return
        self._read_at, began, forgotten = None, loop.time(), self.forgotten
        try:
            await self._read()
        except OperationFailure as error:
            if error.code != _SNAPSHOT_UNAVAILABLE:
                raise
            await self._read()
        if self.forgotten == forgotten:  # what was changed here meanwhile is read by the next question
            self._read_at = began

    async def _read(self) -> None:
        floor = end_of(self._clock()) - LONGEST
        async with self._client.start_session(snapshot=True) as session:
            fields = {"next": 1, "statuses": 1, "watermark": 1}
            partitions = [document async for document in self._partitions.find({}, fields, session=session)]
            after = {document["_id"]: int(document["next"]) for document in partitions}
            rebuilt = any(after.get(partition, 0) < before for partition, before in self._next.items())
            if (
                rebuilt or not self._next or floor < self._recent.floor
            ):  # a clock that was set back needs what was let go
                self._recent, self._now, self._lasting, self._next = Recent(floor), Now(), Lasting(floor), {}
                self._returns = Returns()
                since: Document = {"$gt": floor * MICROSECONDS}
                wanted: dict[str, Document] = {
                    "tickets": {"$or": [{"open": True}, {"last": since}]},
                    "interactions": {"last": since},
                    "agents": {"$or": [{"size": None}, {"until": since}]},
                }
            else:
                wanted = self._changed(after)
            await self._take(wanted, session)
        self._next = after
        self._taken = dict(_taken(document) for document in partitions)
        if floor >= self._recent.floor + _FORGET_SECONDS:
            self._recent.forget(floor)
            self._lasting.forget(floor)
            self._returns.forget(floor * MICROSECONDS)
            self._measures = {}  # also of what nobody asks for any more
        self._lines = self._now.lines()
        self._agents = _add_up([document for document in partitions if document["_id"].startswith("agents.")])
        self._targets = await self._stored_targets.all()

    def _changed(self, after: Mapping[str, int]) -> dict[str, Document]:
        """By topic the query for what changed since it was read last; nothing of topics in which nothing did."""
        moved: dict[str, list[Document]] = {}
        for name, offset in after.items():
            if self._next.get(name, 0) < offset:
                topic, _, partition = name.partition(".")
                since = {"partition": int(partition), "revision": {"$gt": self._next.get(name, 0)}}
                moved.setdefault(topic, []).append(since)
        return {topic: {"$or": parts} for topic, parts in moved.items()}

    async def _take(self, wanted: Mapping[str, Document], session: AsyncClientSession) -> None:
        breath = Breath()  # there are many at a start, and the service answers for its health meanwhile
        for topic, collection, kind, row_of in _ROWS:
            if topic not in wanted:
                continue
            query = wanted[topic]
            if kind == "minute":  # it never counts at another time, so what is long over need not be read
                query = {**query, "last": {"$gt": self._recent.floor * MICROSECONDS}}
            async for document in self._database[collection].find(query, session=session):
                name, row = f"{kind} {document['_id']}", row_of(document)
                if isinstance(row, Ticket):
                    for changed in self._returns.put(row):
                        self._recent.put(f"{kind} {changed.ticket}", changed)
                else:
                    self._recent.put(name, row)
                if isinstance(row, Contact | Ticket):
                    self._now.put(name, row)
                self._lasting.put(name, row)
                await breath.take()


def told_definitions(choice: Choice) -> tuple[KpiDefinition, ...]:
    """How the KPIs that have several definitions are calculated."""
    return definitions_told(choice.chosen)


def definitions_told(definitions: Iterable[Definition]) -> tuple[KpiDefinition, ...]:
    """The definitions in words."""
    return tuple(KpiDefinition(**{name: getattr(one, name) for name in _DEFINITION}) for one in definitions)


def _taken(document: Document) -> tuple[Partition, Taken]:
    kind, _, number = document["_id"].partition(".")
    watermark = document.get("watermark")
    topic = _TOPICS[kind].name
    at = None if watermark is None else time_of(watermark)
    return (topic, int(number)), Taken(next=int(document["next"]), watermark=at)


def _add_up(partitions: list[Document]) -> dict[AgentStatus, int]:
    return {status: sum(document["statuses"].get(status, 0) for document in partitions) for status in STATUSES}
