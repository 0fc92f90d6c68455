"""What is done with tickets: by agents with their own, by supervisors with any."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body

from services.routing.answers import REFUSALS, Supervisor, Who, agent_document, only_own, own_only, ticket_document
from services.routing.bodies import (
    Acting,
    Page,
    PathId,
    Pending,
    Priority,
    Reason,
    Resolving,
    TicketShown,
    Transfer,
    Transferred,
    Transfers,
    shown,
)
from services.routing.domain.commands import (
    AcceptTicket,
    CloseTicket,
    Command,
    DeclineTicket,
    EscalateTicket,
    HoldTicket,
    PendTicket,
    PrioritiseTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    StartWrapup,
    TakeTicket,
    TicketCommand,
    TransferTicket,
)
from services.routing.requests import RequestRefused, Requests
from services.routing.store import Store
from shared.auth import Principal
from shared.mongo import Document
from shared.problems import Problem

_AT_ONCE = 500
_Plain = AcceptTicket | DeclineTicket | HoldTicket | ResumeTicket | StartWrapup

_ACTIONS: dict[str, tuple[type[_Plain], str]] = {
    "accept": (AcceptTicket, "Take the ticket that is on offer"),
    "decline": (DeclineTicket, "Leave the ticket that is on offer to somebody else"),
    "hold": (HoldTicket, "Let the customer wait"),
    "resume": (ResumeTicket, "Go on with the customer"),
    "wrap-up": (StartWrapup, "The contact is over, the paperwork begins"),
}


def work_routes(store: Store, requests: Requests) -> APIRouter:
    """POST /v1/tickets/{id}/accept, …: each answers with the ticket as it is then."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    work = _Work(store, requests)
    _add_bulk(router, work)
    for action, (command, summary) in _ACTIONS.items():
        router.post(f"/{{ticket}}/{action}", summary=summary, name=action, responses=REFUSALS)(_action(command, work))
    _add_own(router, work)
    _add_passing(router, work)
    return router


class _Work:
    """Asks for something to be done with a ticket."""

    def __init__(self, store: Store, requests: Requests) -> None:
        self._store = store
        self._requests = requests

    async def of_agent(self, who: Principal, agent: str | None, command: Callable[[str], TicketCommand]) -> TicketShown:
        """Has an agent do something with a ticket that it is asked for or has."""
        name = agent or who.subject
        only_own(who, name)
        pool = (await agent_document(self._store, name))["pool"]
        wanted = command(name)
        try:
            await self._requests.ask(pool, wanted)
        except RequestRefused as refused:
            known = await self._store.views.find("tickets", wanted.ticket)
            if not isinstance(wanted, ResolveTicket) or not _resolved_by(known, name):
                raise _explained(known, wanted.ticket, refused) from refused
        return await self._shown(wanted.ticket)

    async def of_person(self, ticket: str, command: Command) -> TicketShown:
        """Has a person do something with any ticket."""
        known = await ticket_document(self._store, ticket)
        try:
            await self._requests.ask(known["pool"], command)
        except RequestRefused as refused:
            raise _explained(known, ticket, refused) from refused
        return await self._shown(ticket)

    async def of_team(self, team: str) -> list[str]:
        """The tickets that a team's agents have; Problem 404 if nobody is in it."""
        agents = await self._store.views.team(team)
        if not agents:
            raise Problem(404, f"Nobody is in a team {team}. GET /v1/agents shows each agent's team.")
        match = {"agent": {"$in": agents}, "state": {"$in": ["active", "held", "wrapup"]}}
        return [found["_id"] for found in await self._store.views.tickets(match, None, _AT_ONCE)]

    async def _shown(self, ticket: str) -> TicketShown:
        return shown(TicketShown, await ticket_document(self._store, ticket))


def _action(command: type[_Plain], work: _Work) -> Callable[..., Any]:
    async def act(who: Who, ticket: PathId, acting: Annotated[Acting | None, Body()] = None) -> TicketShown:
        return await work.of_agent(
            who, acting.agent if acting else None, lambda agent: command(ticket=ticket, agent=agent)
        )

    return act


def _add_own(router: APIRouter, work: _Work) -> None:
    @router.post("/{ticket}/resolve", summary="The ticket is done", responses=REFUSALS)
    async def resolve(who: Who, ticket: PathId, body: Annotated[Resolving | None, Body()] = None) -> TicketShown:
        """Where the queue has wrap-up codes, `code` is one of them."""
        wanted = body or Resolving()
        return await work.of_agent(
            who, wanted.agent, lambda agent: ResolveTicket(ticket=ticket, agent=agent, code=wanted.code)
        )

    @router.post("/{ticket}/pending", summary="It waits for somebody outside", responses=REFUSALS)
    async def pend(who: Who, ticket: PathId, body: Pending) -> TicketShown:
        """The agent has room for others meanwhile. The ticket comes back, first to the same agent, when the customer
        writes (`on: customer`), when the time is over, or when the agent resumes it.
        """
        return await work.of_agent(
            who,
            body.agent,
            lambda agent: PendTicket(ticket=ticket, agent=agent, on=body.on, until=body.until),
        )


def _add_passing(router: APIRouter, work: _Work) -> None:
    @router.post("/{ticket}/transfer", summary="Pass it on to a queue or an agent", responses=REFUSALS)
    async def transfer(who: Who, ticket: PathId, body: Transfer) -> TicketShown:
        """Agents pass on what they have in hand, supervisors any ticket."""
        return await work.of_person(ticket, _transfer(who, ticket, body))

    @router.post("/{ticket}/escalate", summary="Somebody with more say has to see to it", responses=REFUSALS)
    async def escalate(who: Who, ticket: PathId, body: Annotated[Reason | None, Body()] = None) -> TicketShown:
        """It goes up two steps in priority, and to the queue for escalations if its queue names one."""
        command = EscalateTicket(
            ticket=ticket, by=who.subject, agent=own_only(who), reason=body.reason if body else None
        )
        return await work.of_person(ticket, command)

    @router.post("/{ticket}/reopen", summary="It was resolved too early", responses=REFUSALS)
    async def reopen(who: Who, ticket: PathId) -> TicketShown:
        """As long as the queue lets resolved tickets come back."""
        return await work.of_person(ticket, ReopenTicket(ticket=ticket, by=who.subject))

    @router.post("/{ticket}/close", summary="It shall not come back", responses=REFUSALS)
    async def close(who: Supervisor, ticket: PathId) -> TicketShown:
        return await work.of_person(ticket, CloseTicket(ticket=ticket, by=who.subject))

    @router.post("/{ticket}/take", summary="Take it over, or give it to an agent at once", responses=REFUSALS)
    async def take(who: Supervisor, ticket: PathId, body: Annotated[Acting | None, Body()] = None) -> TicketShown:
        """The agent, or the supervisor as an agent of the pool, has the ticket without having been asked."""
        agent = (body and body.agent) or who.subject
        return await work.of_person(ticket, TakeTicket(ticket=ticket, by=who.subject, agent=agent))

    @router.put("/{ticket}/priority", summary="Let it go first, or last", responses=REFUSALS)
    async def prioritise(who: Supervisor, ticket: PathId, body: Priority) -> TicketShown:
        return await work.of_person(ticket, PrioritiseTicket(ticket=ticket, by=who.subject, priority=body.priority))


def _add_bulk(router: APIRouter, work: _Work) -> None:
    @router.post("/transfer", summary="Pass many on at once", responses=REFUSALS)
    async def transfer_many(who: Supervisor, body: Transfers) -> Page[Transferred]:
        """Each ticket by itself: what cannot be passed on says why, the others are."""
        tickets = await work.of_team(body.team) if body.team else body.tickets or ()
        return Page(items=[await _transfer_one(work, who, ticket, body) for ticket in tickets])


async def _transfer_one(work: _Work, who: Principal, ticket: str, body: Transfer) -> Transferred:
    try:
        done = await work.of_person(ticket, _transfer(who, ticket, body))
    except Problem as problem:
        return Transferred(id=ticket, problem=problem.detail)
    return Transferred(id=ticket, state=done.state)


def _transfer(who: Principal, ticket: str, body: Transfer) -> TransferTicket:
    return TransferTicket(
        ticket=ticket, by=who.subject, agent=own_only(who), queue=body.queue, to=body.agent, reason=body.reason
    )


def _resolved_by(known: Document | None, agent: str) -> bool:
    return known is not None and (known["state"], known["agent"]) == ("resolved", agent)


def _explained(known: Document | None, ticket: str, refused: RequestRefused) -> Problem:
    """A closed ticket is no longer in its pool's state, so the views say what became of it."""
    if refused.word != "not_open":
        return Problem(404 if refused.word == "unknown_agent" else 409, str(refused))
    if known is None:
        return Problem(404, f"There is no ticket {ticket}.")
    return Problem(409, f"The ticket is {known['state']} in pool {known['pool']}; nothing can be done with it here.")
