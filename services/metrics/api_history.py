"""The HTTP API of the past: figures by interval, and which of them were told otherwise before."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.metrics.api import Definitions
from services.metrics.domain.figures import Figures
from services.metrics.domain.intervals import Interval, Piece, pieces
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins
from services.metrics.domain.windows import moment_of, time_of
from services.metrics.drilling.paths import contacts_path
from services.metrics.history import History, Valued
from services.metrics.history_pieces import HistoryPieces
from services.metrics.live import told_definitions
from services.metrics.zones import Zone
from shared.auth import allow
from shared.contracts.kpis import KpiDefinition, KpiGrouping
from shared.contracts.values import Name
from shared.problems import Problem

_readers = Depends(allow("supervisor", "ops"))
_MOST_INTERVALS = 10_000
_MOST_ITEMS = 20_000


class HistoryQuery(BaseModel):
    """Which figures of the past. from, to: with an offset; the intervals that hold some of the time between them.

    time_zone: in which days begin at midnight. key: only this queue, channel, agent …, whatever `by` says.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    interval: Interval = "60m"
    since: Annotated[datetime, Field(alias="from")]
    until: Annotated[datetime, Field(alias="to")]
    by: KpiGrouping = "all"
    key: Name | None = None
    definition: Definitions = "strict"
    time_zone: Zone = "UTC"


class HistoryItem(BaseModel):
    """Figures of [from, to). revision: grows when a quarter of an hour of it is summed anew; 0 where nothing happened.

    also: where several definitions were asked for. provisional: of a KPI that is certain only after some days, how many
    of the tickets that count as good may yet turn out otherwise. contacts: those behind the figures; add `kpi` to see
    one's.
    """

    since: Annotated[datetime, Field(serialization_alias="from")]
    until: Annotated[datetime, Field(serialization_alias="to")]
    key: dict[str, str]
    revision: int
    kpis: dict[str, float | None]
    also: dict[str, dict[str, float | None]] | None = None
    provisional: dict[str, int] | None = None
    contacts: str


class HistoryAnswer(BaseModel):
    """The intervals in order, each with one item a key. complete_until: what lies before it has been summed. next:
    always null, there is only one page.
    """

    interval: Interval
    time_zone: str
    definitions: list[KpiDefinition]
    complete_until: datetime
    items: list[HistoryItem]
    next: None = None


class Restatement(BaseModel):
    """The figures of a quarter of an hour were told otherwise before. causes: ids of the events that came late."""

    since: Annotated[datetime, Field(serialization_alias="from")]
    until: Annotated[datetime, Field(serialization_alias="to")]
    key: dict[str, str]
    revision: int
    at: datetime
    before: dict[str, float | None]
    after: dict[str, float | None]
    causes: list[str]


class Restatements(BaseModel):
    """The newest first. next: always null, there is only one page."""

    items: list[Restatement]
    next: None = None


def history_routes(
    history: Callable[[], History], pieces_of: Callable[[], HistoryPieces], clock: Callable[[], datetime]
) -> APIRouter:
    """The routes under /v1/kpis/history."""
    router = APIRouter(prefix="/v1/kpis/history", dependencies=[_readers])

    @router.get("", response_model_by_alias=True, summary="Figures of the past, by interval")
    async def get_history(query: Annotated[HistoryQuery, Query()]) -> HistoryAnswer:
        """Intervals begin where the clocks of the time zone say, also on days when they are changed. A quarter of an
        hour is told when it is over; what changes it later restates it, with a higher revision.
        """
        cut = _cut(query)
        choice = Choice.of(query.definition.split(","))
        told = await pieces_of().read(query.by, cut, query.key)
        now = clock()
        items = [item for piece in cut for item in _items(piece, told.get(piece, {}), query, choice, moment_of(now))]
        if len(items) > _MOST_ITEMS:
            raise Problem(422, f"That are more than {_MOST_ITEMS:,} items. Ask for less time, or name a key.")
        return HistoryAnswer(
            interval=query.interval,
            time_zone=query.time_zone,
            definitions=list(told_definitions(choice)),
            complete_until=time_of(begins(await history().complete_until(now))),
            items=items,
        )

    @router.get("/restatements", response_model_by_alias=True, summary="What was told otherwise before")
    async def get_restatements(
        since: Annotated[datetime, Query(alias="from")],
        until: Annotated[datetime, Query(alias="to")],
        by: KpiGrouping = "all",
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> Restatements:
        """Of quarters of an hour between `from` and `to`, with the figures of before and of after."""
        _ordered(since, until)
        found = await history().restated(by, since, until, limit)
        return Restatements(items=[Restatement.model_validate(one) for one in found])

    return router


def _cut(query: HistoryQuery) -> list[Piece]:
    _ordered(query.since, query.until)
    step = {"15m": 15, "30m": 30, "60m": 60, "1d": 1_440}[query.interval]
    if (query.until - query.since) / timedelta(minutes=step) > _MOST_INTERVALS:
        raise Problem(422, f"That are more than {_MOST_INTERVALS:,} intervals. Take longer ones, or less time.")
    return list(pieces(query.interval, query.since, query.until, ZoneInfo(query.time_zone)))


def _ordered(since: datetime, until: datetime) -> None:
    if since.tzinfo is None or until.tzinfo is None:
        raise Problem(422, "`from` and `to` need an offset, as in 2026-11-22T09:00:00+01:00 or …Z.")
    if since >= until:
        raise Problem(422, "`from` has to be before `to`.")


def _items(piece: Piece, told: Valued, query: HistoryQuery, choice: Choice, now: int) -> Iterator[HistoryItem]:
    span = time_of(begins(piece[0])), time_of(begins(piece[1]))
    for value in sorted({*told, ""} if query.by == "all" else told):
        revision, figures = told.get(value) or (0, Figures())
        yield HistoryItem(
            since=span[0],
            until=span[1],
            key={query.by: value} if value else {},
            revision=revision,
            kpis=choice.measure(figures),
            also=choice.compare(figures) or None,
            provisional=choice.provisional([(begins(piece[1]), figures)], now),
            contacts=contacts_path(*span, query.by, value, query.definition),
        )
