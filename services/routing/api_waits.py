"""Who waits: the place in the queue, how long it will still take, and how a queue will fare."""

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from services.routing.answers import REFUSALS, ticket_document
from services.routing.bodies import PathId
from services.routing.domain.waits import Basis, Waits, channels_of
from services.routing.pool_states import PoolStates
from services.routing.store import Store
from shared.auth import allow, now_utc
from shared.problems import Problem

_readers = Depends(allow("agent", "supervisor", "channel"))


class WaitShown(BaseModel):
    """position: in its queue, 1 is next; 0: it is offered to an agent just now. ahead: contacts of any queue that come
    before it for the same agents. agents: those available who could take it; places: how many such contacts they can
    have at once. handling_s: how long one takes. p50_s, p90_s: the wait from now on that half, and nine of ten, do not
    exceed; null where nobody can say.

    basis: `queue` or `channel` (handling times of the queue, or of the channel in the whole pool), `offered`,
    `free_agent`, `no_agents` (nobody who could take it is available), `no_experience` (none was handled yet).
    """

    position: int
    ahead: int
    agents: int
    places: int
    handling_s: float | None
    p50_s: int | None
    p90_s: int | None
    basis: Basis


class TicketWait(WaitShown):
    """How long a ticket will still wait. waited_s: how long it has."""

    ticket: str
    queue: str
    as_of: datetime
    waited_s: float


class ChannelForecast(BaseModel):
    """How contacts of a channel will fare if it goes on like in the last hour, by Erlang C.

    load: what comes, in Erlang. service_level: the share that is answered within the queue's threshold. next: the
    contact that comes next. Null where nothing can be said, or where waits have no bound because more comes than the
    agents can do.
    """

    channel: str
    arrivals_per_hour: float
    load: float | None
    wait_probability: float | None
    mean_wait_s: float | None
    p90_s: float | None
    service_level: float | None
    next: WaitShown


class QueueWait(BaseModel):
    """waiting: tickets in the queue. channels: those that ever came to it."""

    queue: str
    as_of: datetime
    waiting: int
    channels: list[ChannelForecast]


def wait_routes(store: Store, states: PoolStates) -> APIRouter:
    """GET /v1/tickets/{id}/wait and /v1/queues/{id}/wait."""
    router = APIRouter(prefix="/v1", dependencies=[_readers], responses=REFUSALS)

    @router.get("/tickets/{ticket}/wait", tags=["tickets"], summary="Its place, and how long it will take")
    async def get_wait(ticket: PathId) -> TicketWait:
        """For as long as the ticket waits or is offered; by Erlang, from what the agents have done lately."""
        document = await ticket_document(store, ticket)
        pool = await states.of(document["pool"])
        found = pool.tickets.get(ticket)
        if found is None or found.phase not in ("waiting", "offered"):
            state = document["state"] if found is None else found.phase
            raise Problem(409, f"The ticket is {state}; only one that waits or is offered has a wait to estimate.")
        now = now_utc()
        waited = max(0.0, (now - found.queued).total_seconds())
        return TicketWait(ticket=ticket, queue=found.queue, as_of=now, waited_s=waited, **asdict(Waits(pool).of(found)))

    @router.get("/queues/{queue}/wait", tags=["queues"], summary="How its contacts will fare")
    async def get_forecast(queue: PathId) -> QueueWait:
        """For each channel, what a contact that comes now has to expect."""
        document = await store.views.find("queues", queue)
        if document is None:
            raise Problem(404, f"There is no queue {queue}.")
        pool, now = await states.of(document["pool"]), now_utc()
        waits = Waits(pool)
        return QueueWait(
            queue=queue,
            as_of=now,
            waiting=len(pool.index.waiting_in(queue)),
            channels=[
                ChannelForecast.model_validate(asdict(waits.forecast(queue, channel, now)))
                for channel in channels_of(pool, queue)
            ],
        )

    return router
