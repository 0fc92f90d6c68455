"""Complaints: their course, step by step, and how a pool gets on with them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from services.routing.answers import REFUSALS, Supervisor, Who, own_only, pool_document, ticket_document
from services.routing.bodies import Cursor, Limit, Page, PathId, shown
from services.routing.complaint_bodies import (
    Assessing,
    Assessment,
    Assigning,
    ComplaintShown,
    ComplaintStage,
    Progress,
    Reopening,
    Revoking,
)
from services.routing.complaint_store import complaints, open_by_age, received_between
from services.routing.domain.commands_complaints import (
    AcceptComplaint,
    AcknowledgeComplaint,
    AnswerComplaint,
    AssessComplaint,
    AssignComplaint,
    ComplaintCommand,
    InvestigateComplaint,
    RaiseComplaint,
    ReopenComplaint,
    RevokeComplaint,
)
from services.routing.domain.complaint_progress import by_stage, cohort
from services.routing.looks import Looks
from services.routing.requests import RequestRefused, Requests
from services.routing.store import Store
from shared.auth import Principal
from shared.contracts.values import Name
from shared.mongo import Document
from shared.paging import cursor_of, place_of
from shared.problems import Problem

_LONGEST = timedelta(days=366)
_USUAL = timedelta(days=90)
_ENDS = {AcceptComplaint: "accepted", RevokeComplaint: "revoked"}
"""What a complaint is in once that was done: a double click finds it so."""

_Plain = AcknowledgeComplaint | InvestigateComplaint | AcceptComplaint
_PLAIN: dict[str, tuple[type[_Plain], str]] = {
    "acknowledge": (AcknowledgeComplaint, "The customer was told that it has arrived"),
    "investigate": (InvestigateComplaint, "Its investigation begins"),
    "accept": (AcceptComplaint, "The customer accepts the answer"),
}


def complaint_routes(store: Store, requests: Requests, looks: Looks, clock: Callable[[], datetime]) -> APIRouter:
    """/v1/tickets/{id}/complaint and /v1/complaints."""
    router = APIRouter(tags=["complaints"])
    _add_lists(router, store, looks)
    _add_progress(router, store, clock)
    _add_steps(router, _Course(store, requests))
    return router


class _Course:
    """Asks for a complaint to be taken further."""

    def __init__(self, store: Store, requests: Requests) -> None:
        self._store = store
        self._requests = requests

    async def take(self, command: ComplaintCommand) -> ComplaintShown:
        """The complaint as it is then; Problem 404 or 409 with the reason if it is refused."""
        pool = (await ticket_document(self._store, command.ticket))["pool"]
        try:
            await self._requests.ask(pool, command)
        except RequestRefused as refused:
            known = await self._store.views.find("complaints", command.ticket)
            if known is None or known["stage"] != _ENDS.get(type(command)):
                raise Problem(404 if refused.word == "unknown_agent" else 409, str(refused)) from refused
        return shown(ComplaintShown, await _document(self._store, command.ticket))


def _add_steps(router: APIRouter, course: _Course) -> None:
    """Agents of complaints that they own or whose tickets they have, supervisors of any."""
    at = "/v1/tickets/{ticket}/complaint"
    for action, (command, summary) in _PLAIN.items():
        router.post(f"{at}/{action}", summary=summary, name=f"complaint_{action}", responses=REFUSALS)(
            _step(command, course)
        )

    @router.post(at, summary="The ticket is a complaint", responses=REFUSALS)
    async def raise_complaint(who: Who, ticket: PathId) -> ComplaintShown:
        """For tickets that triage took for something else. Its deadlines run from now on."""
        return await course.take(RaiseComplaint(ticket=ticket, **_by(who)))

    @router.post(f"{at}/assess", summary="Say its root cause and remedy", responses=REFUSALS)
    async def assess(who: Who, ticket: PathId, body: Assessing) -> ComplaintShown:
        return await course.take(AssessComplaint(ticket=ticket, **_by(who), cause=body.cause, remedy=body.remedy))

    @router.post(f"{at}/answer", summary="The customer was told what is done about it", responses=REFUSALS)
    async def answer(who: Who, ticket: PathId, body: Assessment | None = None) -> ComplaintShown:
        """It also acknowledges a complaint that was not. Where the queue has lists of causes and remedies, both have to
        be known by now.
        """
        told = body or Assessment()
        return await course.take(AnswerComplaint(ticket=ticket, **_by(who), cause=told.cause, remedy=told.remedy))

    @router.post(f"{at}/reopen", summary="The customer does not accept the answer", responses=REFUSALS)
    async def reopen(who: Who, ticket: PathId, body: Reopening | None = None) -> ComplaintShown:
        """It is investigated again, with a new deadline for the answer. Its ticket stays as it is."""
        reason = body.reason if body else None
        return await course.take(ReopenComplaint(ticket=ticket, **_by(who), reason=reason))

    @router.post(f"{at}/assign", summary="Hand it over", responses=REFUSALS)
    async def assign(who: Who, ticket: PathId, body: Assigning) -> ComplaintShown:
        """To any agent of the pool. Its ticket stays where it is."""
        return await course.take(AssignComplaint(ticket=ticket, **_by(who), to=body.agent))

    @router.post(f"{at}/revoke", summary="It is no complaint", responses=REFUSALS)
    async def revoke(who: Who, ticket: PathId, body: Revoking) -> ComplaintShown:
        """Its ticket is a plain request from now on."""
        return await course.take(RevokeComplaint(ticket=ticket, **_by(who), reason=body.reason))


def _step(command: type[_Plain], course: _Course) -> Callable[..., Any]:
    async def act(who: Who, ticket: PathId) -> ComplaintShown:
        return await course.take(command(ticket=ticket, **_by(who)))

    return act


def _add_lists(router: APIRouter, store: Store, looks: Looks) -> None:
    @router.get("/v1/tickets/{ticket}/complaint", summary="Its complaint", responses=REFUSALS)
    async def get_complaint(request: Request, who: Who, ticket: PathId) -> ComplaintShown:
        """Reading it is in the audit log."""
        known = await ticket_document(store, ticket)
        await looks.note(who, request, [known["identity"]])
        return shown(ComplaintShown, await _document(store, ticket))

    @router.get("/v1/complaints", summary="Complaints, the newest first")
    async def get_complaints(
        request: Request,
        who: Who,
        pool: Annotated[Name | None, Query()] = None,
        stage: ComplaintStage | None = None,
        owner: Annotated[Name | None, Query()] = None,
        cause: Annotated[Name | None, Query()] = None,
        overdue: bool | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Page[ComplaintShown]:
        """`overdue`: whether something should have been done and still waits. Whose complaints were found is in the
        audit log.
        """
        wanted = {"pool": pool, "stage": stage, "owner": owner, "cause": cause}
        match: Document = {name: value for name, value in wanted.items() if value is not None}
        if overdue is not None:
            match["overdue"] = {"$in": ["acknowledge", "answer"]} if overdue else []
        found = await complaints(store.views.database, match, place_of(cursor), limit)
        await looks.note(who, request, await store.views.identities([document["_id"] for document in found]))
        items = [shown(ComplaintShown, document) for document in found]
        last = found[-1] if len(found) == limit else None
        return Page(items=items, next=last and cursor_of(last["received"], last["_id"]))


def _add_progress(router: APIRouter, store: Store, clock: Callable[[], datetime]) -> None:
    @router.get("/v1/complaints/progress", summary="How a pool gets on with complaints", responses=REFUSALS)
    async def get_progress(
        _: Supervisor,
        pool: Annotated[Name, Query()],
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    ) -> Progress:
        """By stage and age: all that are not over. What became of them, by cause and remedy, in time or late, and how
        long it took: of those received from `from` until before `to`, the last 90 days unless told; a year at most.
        """
        await pool_document(store, pool)
        now = clock()
        until = until or now
        since = since or until - _USUAL
        if not since < until:
            raise Problem(422, "from is not before to. Swap them, or leave one out.")
        if until - since > _LONGEST:
            raise Problem(
                422, f"from {since.isoformat()} to {until.isoformat()} is more than a year. Ask year by year."
            )
        database = store.views.database
        return Progress(
            pool=pool,
            as_of=now,
            since=since,
            until=until,
            stages=list(by_stage(await open_by_age(database, pool, now))),
            cohort=cohort(await received_between(database, pool, since, until)),
        )


def _by(who: Principal) -> dict[str, Any]:
    return {"by": who.subject, "agent": own_only(who)}


async def _document(store: Store, ticket: str) -> Document:
    found = await store.views.find("complaints", ticket)
    if found is None:
        raise Problem(
            404, f"Ticket {ticket} is no complaint. If it turns out to be one: POST /v1/tickets/{ticket}/complaint."
        )
    return found
