"""Routing's HTTP API: tickets and what agents do with them. See api_setup for the configuration."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from starlette.responses import Response

from services.routing.bodies import (
    Acting,
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
from services.routing.domain.commands import (
    AcceptTicket,
    Command,
    DeclineTicket,
    HoldTicket,
    ResolveTicket,
    ResumeTicket,
    SetStatus,
    StartWrapup,
    TicketCommand,
)
from services.routing.explaining import Explained, Explainer
from services.routing.feed import AgentFeed
from services.routing.requests import RequestRefused, Requests
from services.routing.store import Store, TicketsAfter
from shared.auth import Principal, allow
from shared.contracts.values import Name
from shared.mongo import Document
from shared.problems import Problem, ProblemDetails
from shared.sse import EventStream, LastEventId, sse_response

_agents = allow("agent", "supervisor")
Who = Annotated[Principal, Depends(_agents)]

REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemDetails, "description": "There is no such agent, ticket, queue or pool."},
    409: {"model": ProblemDetails, "description": "It cannot be done as things are; `detail` says why."},
}

_ACTIONS: dict[str, tuple[type[TicketCommand], str]] = {
    "accept": (AcceptTicket, "Take the ticket that is on offer"),
    "decline": (DeclineTicket, "Leave the ticket that is on offer to somebody else"),
    "hold": (HoldTicket, "Let the customer wait"),
    "resume": (ResumeTicket, "Go on with the customer"),
    "wrap-up": (StartWrapup, "The contact is over, the paperwork begins"),
    "resolve": (ResolveTicket, "The ticket is done"),
}


def ticket_routes(store: Store, requests: Requests, explainer: Explainer) -> APIRouter:
    """/v1/tickets: lists, single tickets, their history, why it went so, and what an agent does with one."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.get("", dependencies=[Depends(_agents)], summary="Tickets, the newest first")
    async def get_tickets(
        state: TicketState | None = None,
        queue: Annotated[Name | None, Query()] = None,
        agent: Annotated[Name | None, Query()] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Page[TicketShown]:
        wanted = {"state": state, "queue": queue, "agent": agent}
        match = {name: value for name, value in wanted.items() if value is not None}
        found = await store.tickets(match, _after(cursor), limit)
        items = [shown(TicketShown, document) for document in found]
        return Page(items=items, next=_cursor(found[-1]) if len(found) == limit else None)

    @router.get("/{ticket}", dependencies=[Depends(_agents)], summary="One ticket", responses=REFUSALS)
    async def get_ticket(ticket: PathId) -> TicketShown:
        return shown(TicketShown, await _ticket(store, ticket))

    @router.get("/{ticket}/history", dependencies=[Depends(_agents)], summary="Its life", responses=REFUSALS)
    async def get_history(ticket: PathId) -> Page[Happened]:
        """Every event of the ticket in order, from the decision log."""
        await _ticket(store, ticket)
        return Page(items=[one async for decision in store.decisions_on(ticket) for one in _happened(decision, ticket)])

    @router.get("/{ticket}/explain", dependencies=[Depends(_agents)], summary="Why each offer", responses=REFUSALS)
    async def get_explanation(ticket: PathId) -> Page[Explained]:
        """For each offer of the ticket: every agent of the pool and why it was chosen or not, the tickets that come
        before this one and why they were not offered, what chose the queue, and the version of the configuration. It
        is read off the decision log as it stood then, so it is right for decisions of any age.
        """
        return Page(items=list(await explainer.offers((await _ticket(store, ticket))["pool"], ticket)))

    for action, (command, summary) in _ACTIONS.items():
        route = _action(command, store, requests)
        router.post(f"/{{ticket}}/{action}", summary=summary, name=action, responses=REFUSALS)(route)
    return router


def presence_routes(store: Store, requests: Requests, feed: AgentFeed) -> APIRouter:
    """/v1/agents/{id}/status and /stream."""
    router = APIRouter(prefix="/v1/agents", tags=["agents"])

    @router.put("/{agent}/status", summary="Sign in, change the status, sign out", responses=REFUSALS)
    async def put_status(who: Who, agent: PathId, wanted: StatusWanted) -> AgentShown:
        """The first status that is not `offline` signs the agent in. Offline is refused while contacts are in hand."""
        _only_own(who, agent)
        pool = (await _agent(store, agent))["pool"]
        await ask(requests, pool, SetStatus(agent=agent, status=wanted.status, reason=wanted.reason))
        return shown(AgentShown, await _agent(store, agent))

    @router.get("/{agent}/stream", response_class=EventStream, summary="Offers and changes, live", responses=REFUSALS)
    async def get_stream(who: Who, agent: PathId, request: Request, last_event_id: LastEventId = None) -> Response:
        """Events `ticket.offered`, `agent.status.changed`, … as they are decided. Without Last-Event-ID the first event
        is a `snapshot` with the agent and its open tickets; with it, everything after that id comes first.
        """
        _only_own(who, agent)
        pool = (await _agent(store, agent))["pool"]
        return sse_response(request, feed.follow(pool, agent, last_event_id))

    return router


async def ask(requests: Requests, pool: str, command: Command) -> None:
    """Has the command decided; Problem 404 or 409 with the reason if it is refused."""
    try:
        await requests.ask(pool, command)
    except RequestRefused as refused:
        raise Problem(404 if refused.word == "unknown_agent" else 409, str(refused)) from refused


def _action(command: type[TicketCommand], store: Store, requests: Requests) -> Callable[..., Any]:
    async def act(who: Who, ticket: PathId, acting: Annotated[Acting | None, Body()] = None) -> TicketShown:
        agent = (acting and acting.agent) or who.subject
        _only_own(who, agent)
        pool = (await _agent(store, agent))["pool"]
        try:
            await requests.ask(pool, command(ticket=ticket, agent=agent))
        except RequestRefused as refused:
            known = await store.find("tickets", ticket)
            if command is not ResolveTicket or not _resolved_by(known, agent):
                raise _explained(known, ticket, refused) from refused
        return shown(TicketShown, await _ticket(store, ticket))

    return act


def _resolved_by(known: Document | None, agent: str) -> bool:
    return known is not None and (known["state"], known["agent"]) == ("resolved", agent)


def _explained(known: Document | None, ticket: str, refused: RequestRefused) -> Problem:
    """A closed ticket is no longer in its pool's state, so the views say what became of it."""
    if refused.word != "not_open":
        return Problem(409, str(refused))
    if known is None:
        return Problem(404, f"There is no ticket {ticket}.")
    return Problem(409, f"The ticket is {known['state']} in pool {known['pool']}; nothing can be done with it here.")


def _only_own(who: Principal, agent: str) -> None:
    if who.role == "agent" and who.subject != agent:
        raise Problem(403, f"{who.subject} may act only as itself, not as {agent}.")


async def _ticket(store: Store, ticket: str) -> Document:
    found = await store.find("tickets", ticket)
    if found is None:
        raise Problem(404, f"There is no ticket {ticket}.")
    return found


async def _agent(store: Store, agent: str) -> Document:
    found = await store.find("agents", agent)
    if found is None:
        raise Problem(404, f"There is no agent {agent}. An administrator adds it: PUT /v1/agents/{agent}.")
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


def _cursor(last: Document) -> str:
    return base64.urlsafe_b64encode(f"{last['opened'].isoformat()} {last['_id']}".encode()).decode()


def _after(cursor: str | None) -> TicketsAfter | None:
    if cursor is None:
        return None
    try:
        opened, ticket = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return TicketsAfter(opened=datetime.fromisoformat(opened), ticket=ticket)
    except (binascii.Error, ValueError) as error:
        raise Problem(422, "The cursor is not one of this list. Take `next` of the page before, as it is.") from error
