"""Supervisors read along: on record, and without the ticket going another way for it."""

from urllib.parse import quote, urlencode

from fastapi import APIRouter
from pydantic import BaseModel

from services.routing.answers import REFUSALS, Supervisor, ask, ticket_document
from services.routing.bodies import PathId, TicketShown, shown
from services.routing.domain.commands_monitoring import EndMonitoring, MonitorTicket
from services.routing.requests import Requests
from services.routing.store import Store
from shared.contracts.customers import customer_id
from shared.mongo import Document


class Monitored(BaseModel):
    """The ticket, and where profile shows its conversation: `timeline` so far, and `stream` as it goes on."""

    ticket: TicketShown
    timeline: str
    stream: str


def monitor_routes(store: Store, requests: Requests) -> APIRouter:
    """/v1/tickets/{id}/monitor."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.post("/{ticket}/monitor", summary="Read along", responses=REFUSALS)
    async def monitor(who: Supervisor, ticket: PathId) -> Monitored:
        """Of an open ticket, whoever has it. It ends with DELETE, or when the ticket is closed."""
        known = await ticket_document(store, ticket)
        await ask(requests, known["pool"], MonitorTicket(ticket=ticket, by=who.subject))
        return _monitored(await ticket_document(store, ticket))

    @router.delete("/{ticket}/monitor", summary="No longer read along", status_code=204, responses=REFUSALS)
    async def end(who: Supervisor, ticket: PathId) -> None:
        """Of what the supervisor does not monitor, there is nothing to end."""
        known = await ticket_document(store, ticket)
        await ask(requests, known["pool"], EndMonitoring(ticket=ticket, by=who.subject))

    return router


def _monitored(ticket: Document) -> Monitored:
    customer = quote(ticket.get("customer") or customer_id(ticket["identity"]), safe="")
    query = urlencode({"conversation": ticket["conversation"]})
    return Monitored(
        ticket=shown(TicketShown, ticket),
        timeline=f"/v1/customers/{customer}/timeline?{query}",
        stream=f"/v1/customers/{customer}/stream?{query}",
    )
