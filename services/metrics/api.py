"""The HTTP API of metrics: live figures and their stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from hashlib import blake2b
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter

from services.metrics.domain.kpis import Choice
from services.metrics.live import Live
from shared.auth import allow
from shared.contracts.kpis import KpiGrouping, KpiWindow, Measurement
from shared.mongo import UNREACHABLE
from shared.sse import EventStream, LastEventId, ServerSentEvent, sse_response

log = structlog.get_logger()

_LOOK_SECONDS = 0.25
_AT_MOST_EVERY = 1.0

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
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: KpiWindow = "5m"
    by: KpiGrouping = "all"
    definition: Definitions = "strict"

    @property
    def choice(self) -> Choice:
        """The definitions that are asked for."""
        return Choice.of(self.definition.split(","))


def kpi_routes(live: Callable[[], Live]) -> APIRouter:
    """The routes under /v1."""
    router = APIRouter(prefix="/v1")

    @router.get("/kpis", dependencies=[_readers], response_model=Measurement, summary="Figures of a rolling window")
    async def get_kpis(query: Annotated[KpiQuery, Query()]) -> Response:
        """Figures of (as_of - window, as_of], by event time. A ratio or mean of nothing is null."""
        measurement = await live().measure(query.window, (query.by,), query.choice)
        return Response(_measurement.dump_json(measurement), media_type="application/json")

    @router.get("/kpis/stream", dependencies=[_readers], response_class=EventStream, summary="Figures, live")
    async def stream_kpis(
        request: Request, query: Annotated[KpiQuery, Query()], last_event_id: LastEventId = None
    ) -> Response:
        """An event `kpis` as soon as figures change, at most one a second. Each holds all of them, so nothing is missed
        by a client that was away: it gets the figures of now, or nothing while they are those it saw last.
        """
        return sse_response(request, _changes(live, query, last_event_id))

    return router


async def _changes(live: Callable[[], Live], query: KpiQuery, seen: str | None) -> AsyncGenerator[ServerSentEvent]:
    while True:
        pause = _LOOK_SECONDS
        try:
            measurement = await live().measure(query.window, (query.by,), query.choice)
        except UNREACHABLE as error:
            log.warning("stream_waits", reason=str(error)[:300])
        else:
            version = _version(measurement)
            if version != seen:
                seen = version
                yield ServerSentEvent(version, "kpis", measurement)
                pause = _AT_MOST_EVERY
        await asyncio.sleep(pause)


def _version(measurement: Measurement) -> str:
    """The same for the same figures, in every replica: `as_of` moves on without news."""
    return blake2b(repr(measurement.items).encode(), digest_size=12).hexdigest()
