"""Routing's HTTP API: tickets, and agents' presence. See api_work for what is done with them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.routing.answers import REFUSALS, Who, agent_document, agents_only, ask, only_own, ticket_document
from services.routing.bodies import (
    AgentShown,
    Cursor,
    Happened,
    Limit,
    Page,
    PathId,
    StatusWanted,
    TicketShown,
    TicketState,
    shown,
)
from services.routing.bodies_annotating import TagWritten
from services.routing.customers import Customers
from services.routing.domain.commands import SetStatus
from services.routing.explaining import Explained, Explainer
from services.routing.feed import AgentFeed
from services.routing.looks import Looks
from services.routing.requests import Requests
from services.routing.store import Store
from services.routing.view_store import of_kind
from shared.contracts.customers import identity_of
from shared.contracts.tickets import Kind
from shared.contracts.values import Name
from shared.mongo import Document
from shared.paging import cursor_of, place_of
from shared.problems import Problem
from shared.sse import EventStream, LastEventId, sse_response


def ticket_routes(store: Store, customers: Customers, explainer: Explainer, looks: Looks) -> APIRouter:
    """/v1/tickets: lists, single tickets, their history, and why it went so."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.get("", summary="Tickets, the newest first")
    async def get_tickets(
        request: Request,
        who: Who,
        state: TicketState | None = None,
        queue: Annotated[Name | None, Query()] = None,
        agent: Annotated[Name | None, Query()] = None,
        team: Annotated[Name | None, Query()] = None,
        kind: Kind | None = None,
        tag: Annotated[TagWritten | None, Query()] = None,
        customer: Annotated[Name | None, Query()] = None,
        sla: Literal["warned", "breached"] | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Page[TicketShown]:
        """`customer`: by any of its ids. Found is what came through any identity that the customer has now, also from
        before they were linked; who asked for it is in the audit log. `team`: those of its agents. `sla`: those whose
        target that is not reached yet will be missed soon, or is.
        """
        wanted = {
            "state": state,
            "queue": queue,
            "agent": agent,
            "sla": sla,
            "kind": kind and of_kind(kind),
            "tags": tag,
        }
        match: Document = {name: value for name, value in wanted.items() if value is not None}
        if team is not None:
            of_team = await store.views.team(team)
            match["agent"] = {"$in": of_team if agent is None else sorted({agent}.intersection(of_team))}
        if customer is not None:
            match["identity"] = {"$in": sorted(await _identities(customers, customer))}
            await looks.note(who, request, filter(None, [identity_of(customer)]))
        found = await store.views.tickets(match, place_of(cursor), limit)
        items = [shown(TicketShown, document) for document in found]
        return Page(items=items, next=cursor_of(found[-1]["opened"], found[-1]["_id"]) if len(found) == limit else None)

    @router.get("/{ticket}", dependencies=[agents_only], summary="One ticket", responses=REFUSALS)
    async def get_ticket(ticket: PathId) -> TicketShown:
        return shown(TicketShown, await ticket_document(store, ticket))

    @router.get("/{ticket}/history", summary="Its life", responses=REFUSALS)
    async def get_history(request: Request, who: Who, ticket: PathId) -> Page[Happened]:
        """Every event of the ticket in order, from the decision log. Reading it is in the audit log."""
        known = await ticket_document(store, ticket)
        await looks.note(who, request, [known["identity"]])
        return Page(items=[one async for decision in store.decisions_on(ticket) for one in _happened(decision, ticket)])

    @router.get("/{ticket}/explain", dependencies=[agents_only], summary="Why each offer", responses=REFUSALS)
    async def get_explanation(ticket: PathId) -> Page[Explained]:
        """For each offer of the ticket: every agent of the pool and why it was chosen or not, the tickets that come
        before this one and why they were not offered, what chose the queue, and the version of the configuration. It
        is read off the decision log as it stood then, so it is right for decisions of any age.
        """
        return Page(items=list(await explainer.offers((await ticket_document(store, ticket))["pool"], ticket)))

    return router


def presence_routes(store: Store, requests: Requests, feed: AgentFeed) -> APIRouter:
    """/v1/agents/{id}/status and /stream."""
    router = APIRouter(prefix="/v1/agents", tags=["agents"])

    @router.put("/{agent}/status", summary="Sign in, change the status, sign out", responses=REFUSALS)
    async def put_status(who: Who, agent: PathId, wanted: StatusWanted) -> AgentShown:
        """The first status that is not `offline` signs the agent in. Offline is refused while contacts are in hand."""
        only_own(who, agent)
        pool = (await agent_document(store, agent))["pool"]
        if wanted.force and who.role == "agent":
            raise Problem(403, "Only a supervisor may sign somebody out who has contacts in hand.")
        by = None if who.subject == agent else who.subject
        await ask(
            requests,
            pool,
            SetStatus(agent=agent, status=wanted.status, reason=wanted.reason, by=by, force=wanted.force),
        )
        return shown(AgentShown, await agent_document(store, agent))

    @router.get("/{agent}/stream", response_class=EventStream, summary="Offers and changes, live", responses=REFUSALS)
    async def get_stream(who: Who, agent: PathId, request: Request, last_event_id: LastEventId = None) -> Response:
        """Events `ticket.offered`, `agent.status.changed`, … as they are decided. Without Last-Event-ID the first event
        is a `snapshot` with the agent and its open tickets; with it, everything after that id comes first.
        """
        only_own(who, agent)
        pool = (await agent_document(store, agent))["pool"]
        return sse_response(request, feed.follow(pool, agent, last_event_id))

    return router


async def _identities(customers: Customers, customer: str) -> set[str]:
    found = await customers.identities(customer)
    if found is None:
        raise Problem(422, "customer is no customer's id. Profile tells it: GET /v1/customers?q=.")
    return found


def _happened(decision: Document, ticket: str) -> list[Happened]:
    return [
        Happened(
            sequence=decision["_id"]["sequence"],
            cause=item["cause"],
            recordedtime=decision["at"],
            event=item["event"],
        )
        for item in decision["events"]
        if item["event"].get("ticket") == ticket
    ]
