"""The HTTP API of metrics: live figures and their stream."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter

from services.metrics.answers import Answers
from services.metrics.domain.kpis import Choice
from services.metrics.live import Live
from services.metrics.streams import Streams
from services.metrics.zones import Zone
from shared.auth import allow
from shared.contracts.kpis import AnyWindow, KpiGrouping, Measurement
from shared.problems import Problem
from shared.sse import EventStream, LastEventId, sse_response

_measurement: TypeAdapter[Measurement] = TypeAdapter(Measurement)
_readers = Depends(allow("supervisor", "ops", "agent"))


def _known(definition: str) -> str:
    Choice.of(definition.split(","))
    return definition


Definitions = Annotated[str, AfterValidator(_known)]
"""Names of definitions, with commas between several."""


class KpiQuery(BaseModel):
    """Which figures. definition: how they are defined, by the names in docs/kpis.md, with commas between several: of
    each KPI the first one named is told, and the others beside it. What no name speaks of is told as usual: the service
    level is `strict`, which flatters least, and handle time is of `completion`.

    time_zone: in which the window `day` begins at midnight.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: AnyWindow = "5m"
    by: KpiGrouping = "all"
    definition: Definitions = "strict"
    time_zone: Zone = "UTC"

    @cached_property
    def choice(self) -> Choice:
        """The definitions that are asked for."""
        return Choice.of(self.definition.split(","))


class StreamQuery(KpiQuery):
    """changes: after the first event only what has changed."""

    changes: bool = False


class PartitionShown(BaseModel):
    """next: the offset of what is counted next; end: that of what comes next. behind: records that are not counted yet.
    until: what was recorded before is counted; null while nothing is known.
    """

    topic: str
    partition: int
    next: int
    end: int
    behind: int
    until: datetime | None


class CompletenessShown(BaseModel):
    """complete_until: the earliest `until` of all partitions; null while one of them is not known."""

    complete_until: datetime | None
    behind: int
    partitions: list[PartitionShown]


def kpi_routes(live: Callable[[], Live]) -> APIRouter:
    """The routes under /v1."""
    router = APIRouter(prefix="/v1")
    streams, answers = Streams(), Answers()

    async def measured(query: KpiQuery) -> Measurement:
        return await live().measure(query.window, (query.by,), query.choice, ZoneInfo(query.time_zone))

    @router.get(
        "/kpis", dependencies=[_readers], response_model=Measurement, summary="Figures of a window that ends now"
    )
    async def get_kpis(query: Annotated[KpiQuery, Query()]) -> Response:
        """Figures of (as_of - window, as_of], or of the day so far, by event time. A ratio of nothing is null. They are
        a second old at most.
        """

        async def told() -> bytes:
            return _measurement.dump_json(await measured(query))

        body = await answers.of((query, id(live()), live().forgotten), told)
        return Response(body, media_type="application/json")

    @router.get("/kpis/completeness", dependencies=[_readers], summary="How far the figures reach")
    async def get_completeness() -> CompletenessShown:
        """Partition by partition of hub.tickets.v1 and hub.agents.v1. One in which nothing happens holds nothing back;
        503 while Kafka does not answer.
        """
        reached = await live().complete()
        if reached is None:
            raise Problem(503, "Kafka does not say how much there is. The figures are of what was counted so far.")
        return CompletenessShown(
            complete_until=reached.until,
            behind=reached.behind,
            partitions=[PartitionShown.model_validate(one, from_attributes=True) for one in reached.partitions],
        )

    @router.get("/kpis/stream", dependencies=[_readers], response_class=EventStream, summary="Figures, live")
    async def stream_kpis(
        request: Request, query: Annotated[StreamQuery, Query()], last_event_id: LastEventId = None
    ) -> Response:
        """An event `kpis` as soon as figures change, at most one a second. Each holds all of them, so nothing is missed
        by a client that was away: it gets the figures of now, or nothing while they are those it saw last.

        With `changes=true` the first event is such a one; then each is `changes`: `items` that are new or other ones
        now, whole, and keys that are `gone`. A client that comes again soon gets what changed meanwhile, any other all
        figures. `oldest_wait` grows by itself from `as_of` on, which is no change; the time of agents changes by steps.
        """
        follow = streams.news if query.changes else streams.whole
        return sse_response(request, follow(query, lambda: measured(query), last_event_id))

    return router
