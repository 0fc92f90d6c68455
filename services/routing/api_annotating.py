"""What people write on tickets: agents on those that are their own, supervisors on any."""

from fastapi import APIRouter, Request

from services.routing.answers import REFUSALS, Who, ask, own_only, ticket_document
from services.routing.bodies import Page, PathId, TicketShown, shown
from services.routing.bodies_annotating import NoteShown, NoteWanted, Tagging
from services.routing.domain.commands import Command
from services.routing.domain.commands_annotating import TagTicket
from services.routing.looks import Looks
from services.routing.notes import Gone, Notes
from services.routing.requests import Requests
from services.routing.store import Store
from services.routing.views import OPEN_STATES
from shared.mongo import Document
from shared.problems import Problem, ProblemDetails

_GONE = REFUSALS | {410: {"model": ProblemDetails, "description": "The customer was erased."}}


def annotating_routes(store: Store, requests: Requests, notes: Notes, looks: Looks) -> APIRouter:
    """/v1/tickets/{id}/tags and /notes."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    writing = Writing(store, requests)
    _add_tags(router, writing)
    _add_notes(router, writing, notes, looks)
    return router


class Writing:
    """Asks for something to be written on a ticket."""

    def __init__(self, store: Store, requests: Requests) -> None:
        self.store = store
        self._requests = requests

    async def on(self, ticket: str) -> Document:
        """The ticket to be written on; Problem 404 or 409 if there is none, or it is closed."""
        known = await ticket_document(self.store, ticket)
        if known["state"] not in OPEN_STATES and not (known["state"] == "resolved" and known["until"]):
            state = f"part of {known['merged_into']}" if known["state"] == "merged" else known["state"]
            raise Problem(409, f"{ticket} is {state}; what is closed stays as it is.")
        return known

    async def ask(self, known: Document, command: Command) -> TicketShown:
        """The ticket as it is then."""
        await ask(self._requests, known["pool"], command)
        return shown(TicketShown, await ticket_document(self.store, known["_id"]))


def _add_tags(router: APIRouter, writing: Writing) -> None:
    @router.post("/{ticket}/tags", summary="Add and remove tags", responses=REFUSALS)
    async def tag(who: Who, ticket: PathId, body: Tagging) -> TicketShown:
        """Tags are kept in small letters. `GET /v1/tickets?tag=` finds the tickets that have one."""
        command = TagTicket(ticket=ticket, by=who.subject, agent=own_only(who), add=body.add, remove=body.remove)
        return await writing.ask(await writing.on(ticket), command)


def _add_notes(router: APIRouter, writing: Writing, notes: Notes, looks: Looks) -> None:

    @router.post("/{ticket}/notes", status_code=201, summary="Write a note", responses=_GONE)
    async def note(who: Who, ticket: PathId, body: NoteWanted) -> NoteShown:
        """For colleagues. It also stands on the customer's timeline, and is erased with the customer."""
        known = await writing.on(ticket)
        try:
            command = await notes.written(known, who.subject, own_only(who), body.text)
        except Gone as nobody:
            raise Problem(410, str(nobody)) from nobody
        await writing.ask(known, command)
        return next(one for one in await notes.of(ticket) if one.id == command.note)

    @router.get("/{ticket}/notes", summary="Its notes", responses=REFUSALS)
    async def get_notes(request: Request, who: Who, ticket: PathId) -> Page[NoteShown]:
        """The oldest first. Notes of a customer who was erased since say `[erased]`. Reading them is in the audit
        log.
        """
        known = await ticket_document(writing.store, ticket)
        await looks.note(who, request, [known["identity"]])
        return Page(items=await notes.of(ticket))
