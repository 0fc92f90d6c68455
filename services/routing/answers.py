"""What routing's routes have in common: who may call them, how they ask, and what they answer when it is refused."""

from typing import Annotated, Any

from fastapi import Depends

from services.routing.domain.commands import Command
from services.routing.requests import RequestRefused, Requests
from services.routing.store import Store
from shared.auth import Principal, allow
from shared.mongo import Document
from shared.problems import Problem, ProblemDetails

_agents = allow("agent", "supervisor")
agents_only = Depends(_agents)
supervisors_only = Depends(allow("supervisor"))
Who = Annotated[Principal, Depends(_agents)]
Supervisor = Annotated[Principal, Depends(allow("supervisor"))]

REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemDetails, "description": "There is no such agent, ticket, queue or pool."},
    409: {"model": ProblemDetails, "description": "It cannot be done as things are; `detail` says why."},
}


async def ask(requests: Requests, pool: str, command: Command) -> None:
    """Has the command decided; Problem 404 or 409 with the reason if it is refused."""
    try:
        await requests.ask(pool, command)
    except RequestRefused as refused:
        raise Problem(404 if refused.word == "unknown_agent" else 409, str(refused)) from refused


def only_own(who: Principal, agent: str) -> None:
    """Problem 403 if an agent acts as another."""
    if who.role == "agent" and who.subject != agent:
        raise Problem(403, f"{who.subject} may act only as itself, not as {agent}.")


def own_only(who: Principal) -> str | None:
    """The agent whose own it has to be; None for a supervisor."""
    return who.subject if who.role == "agent" else None


async def pool_document(store: Store, pool: str) -> Document:
    """The pool's view; Problem 404 if there is none."""
    found = await store.views.find("pools", pool)
    if found is None:
        raise Problem(404, f"There is no pool {pool}. GET /v1/pools lists them.")
    return found


async def ticket_document(store: Store, ticket: str) -> Document:
    """The ticket's view; Problem 404 if there is none."""
    found = await store.views.find("tickets", ticket)
    if found is None:
        raise Problem(404, f"There is no ticket {ticket}.")
    return found


async def agent_document(store: Store, agent: str) -> Document:
    """The agent's view; Problem 404 if there is none."""
    found = await store.views.find("agents", agent)
    if found is None:
        raise Problem(404, f"There is no agent {agent}. An administrator adds it: PUT /v1/agents/{agent}.")
    return found
