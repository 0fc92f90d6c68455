"""The HTTP API of metrics: live figures, their stream, and targets."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from services.metrics.domain.kpis import Choice
from services.metrics.live import Live
from services.metrics.targets import Targets
from shared.auth import allow
from shared.contracts.kpis import KpiGrouping, KpiWindow, Measurement, Target
from shared.contracts.values import Name
from shared.mongo import UNREACHABLE
from shared.sse import EventStream, LastEventId, ServerSentEvent, sse_response

log = structlog.get_logger()

_LOOK_SECONDS = 0.25
_AT_MOST_EVERY = 1.0

_measurement: TypeAdapter[Measurement] = TypeAdapter(Measurement)
_readers = Depends(allow("supervisor", "ops", "agent"))
_writers = Depends(allow("supervisor"))


def _known(definition: str) -> str:
    Choice.of(definition.split(","))
    return definition


class KpiQuery(BaseModel):
    """Which figures. definition: how they are defined, by the names in docs/kpis.md, with commas between several: of
    each KPI the first one named is told, and the others beside it. What no name speaks of is told as usual: the service
    level is `strict`, which flatters least, and handle time is of `completion`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: KpiWindow = "5m"
    by: KpiGrouping = "all"
    definition: Annotated[str, AfterValidator(_known)] = "strict"

    @property
    def choice(self) -> Choice:
        """The definitions that are asked for."""
        return Choice.of(self.definition.split(","))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTarget(Target):
    """A target with the queue it is for."""

    queue: Name


class TargetList(BaseModel):
    """Every queue's target. next: always null, there is only one page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: Annotated[list[QueueTarget], Field(max_length=1_000)]
    next: None = None


def kpi_routes(live: Callable[[], Live], targets: Targets) -> APIRouter:
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

    @router.get("/targets", dependencies=[_readers], summary="Every queue's target")
    async def get_targets() -> TargetList:
        stored = await targets.all()
        return TargetList(items=[QueueTarget(queue=queue, **asdict(target)) for queue, target in stored.items()])

    @router.put("/targets", dependencies=[_writers], summary="Set the targets of all queues")
    async def put_targets(wanted: TargetList) -> TargetList:
        """Queues that are not named have no target afterwards."""
        await targets.replace({item.queue: item for item in wanted.items})
        live().forget()
        return await get_targets()

    @router.put("/targets/{queue}", dependencies=[_writers], summary="Set one queue's target")
    async def put_target(queue: Annotated[Name, Path()], wanted: Target) -> QueueTarget:
        await targets.put(queue, wanted)
        live().forget()
        return QueueTarget(queue=queue, **asdict(wanted))

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
