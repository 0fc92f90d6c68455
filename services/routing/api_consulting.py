"""Consultation: an agent asks a colleague about a ticket and keeps it meanwhile."""

from typing import Annotated

from fastapi import APIRouter, Body

from services.routing.answers import REFUSALS, Who, only_own, own_only
from services.routing.api_annotating import Writing
from services.routing.bodies import Acting, PathId, TicketShown
from services.routing.bodies import Body as Wanted
from services.routing.domain.commands_consulting import (
    AcceptConsultation,
    AskColleague,
    DeclineConsultation,
    EndConsultation,
)
from services.routing.requests import Requests
from services.routing.store import Store
from shared.auth import Principal
from shared.contracts.values import Name


class Colleague(Wanted):
    """agent: who is asked."""

    agent: Name


def consulting_routes(store: Store, requests: Requests) -> APIRouter:
    """/v1/tickets/{id}/consult: each answers with the ticket as it is then."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    writing = Writing(store, requests)
    _add_asking(router, writing)
    _add_answers(router, writing)
    return router


def _add_asking(router: APIRouter, writing: Writing) -> None:
    @router.post("/{ticket}/consult", summary="Ask a colleague, and keep it", responses=REFUSALS)
    async def consult(who: Who, ticket: PathId, body: Colleague) -> TicketShown:
        """The colleague is asked as for a ticket: it has to be available and have room, and the time to answer is the
        same. To pass the ticket on to a colleague who accepted, transfer it: then nobody is asked again.
        """
        command = AskColleague(ticket=ticket, by=who.subject, agent=own_only(who), to=body.agent)
        return await writing.ask(await writing.on(ticket), command)

    @router.post("/{ticket}/consult/end", summary="The consultation is over", responses=REFUSALS)
    async def end(who: Who, ticket: PathId) -> TicketShown:
        """Either of the two ends it, before the answer too."""
        command = EndConsultation(ticket=ticket, by=who.subject, agent=own_only(who))
        return await writing.ask(await writing.on(ticket), command)


def _add_answers(router: APIRouter, writing: Writing) -> None:
    @router.post("/{ticket}/consult/accept", summary="Help a colleague", responses=REFUSALS)
    async def accept(who: Who, ticket: PathId, acting: Annotated[Acting | None, Body()] = None) -> TicketShown:
        command = AcceptConsultation(ticket=ticket, by=who.subject, agent=_asked(who, acting))
        return await writing.ask(await writing.on(ticket), command)

    @router.post("/{ticket}/consult/decline", summary="Help somebody else first", responses=REFUSALS)
    async def decline(who: Who, ticket: PathId, acting: Annotated[Acting | None, Body()] = None) -> TicketShown:
        command = DeclineConsultation(ticket=ticket, by=who.subject, agent=_asked(who, acting))
        return await writing.ask(await writing.on(ticket), command)


def _asked(who: Principal, acting: Acting | None) -> str:
    agent = (acting and acting.agent) or who.subject
    only_own(who, agent)
    return agent
