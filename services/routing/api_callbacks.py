"""POST /v1/tickets/{id}/callback: the customer is called back, and keeps the place in the queue."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.routing.answers import REFUSALS, ticket_document
from services.routing.bodies import PathId, TicketShown, shown
from services.routing.domain.commands_relief import RequestCallback
from services.routing.requests import RequestRefused, Requests
from services.routing.store import Store
from shared.auth import Principal, allow
from shared.problems import Problem

Who = Annotated[Principal, Depends(allow("agent", "supervisor", "channel"))]


def callback_routes(store: Store, requests: Requests) -> APIRouter:
    """For telephone systems and agents."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.post("/{ticket}/callback", summary="The caller may hang up and is called back", responses=REFUSALS)
    async def request_callback(who: Who, ticket: PathId) -> TicketShown:
        """The ticket keeps its place, and is not abandoned when the caller hangs up. Whoever gets it calls back.
        Refused when an agent has it already.
        """
        pool = (await ticket_document(store, ticket))["pool"]
        try:
            await requests.ask(pool, RequestCallback(ticket=ticket, by=who.subject))
        except RequestRefused as refused:
            if refused.word != "not_open":
                raise Problem(409, str(refused)) from refused
            state = (await ticket_document(store, ticket))["state"]
            raise Problem(409, f"The ticket is {state} already, so nobody would call back.") from refused
        return shown(TicketShown, await ticket_document(store, ticket))

    return router
