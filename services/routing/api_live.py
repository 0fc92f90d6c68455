"""A pool as its supervisors see it: every queue and agent, now and live."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.routing.answers import REFUSALS, pool_document, supervisors_only
from services.routing.bodies import PathId
from services.routing.domain.floor_rows import AgentRow, QueueRow, TeamRow
from services.routing.live_pools import LivePools
from services.routing.store import Store
from shared.sse import EventStream, LastEventId, sse_response


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLive:
    """A pool as it was after decision `sequence`."""

    pool: str
    sequence: int
    queues: list[QueueRow]
    agents: list[AgentRow]
    teams: list[TeamRow]


def live_routes(store: Store, live: LivePools) -> APIRouter:
    """/v1/pools/{id}/live and /stream."""
    router = APIRouter(prefix="/v1/pools", tags=["pools"], dependencies=[supervisors_only])

    @router.get("/{pool}/live", summary="Every queue and agent, now", response_model=PoolLive, responses=REFUSALS)
    async def get_live(pool: PathId) -> Response:
        """What waits in each queue and since when, and what each agent and team is doing. Times are moments: what a
        contact has waited is the time from `waits_since` to now.
        """
        await pool_document(store, pool)
        return Response((await live.now(pool)).data, media_type="application/json")

    @router.get("/{pool}/stream", response_class=EventStream, summary="Every queue and agent, live", responses=REFUSALS)
    async def get_stream(pool: PathId, request: Request, last_event_id: LastEventId = None) -> Response:
        """First an event `snapshot`, as `/live` answers; then `changes`, twice a second at most: the queues, agents
        and teams that changed, each as it is now. With Last-Event-ID only what changed since, or a `snapshot` where
        that is not known any more.
        """
        await pool_document(store, pool)
        return sse_response(request, live.follow(pool, last_event_id))

    return router
