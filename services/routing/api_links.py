"""How tickets belong together: links between them, and merges."""

from fastapi import APIRouter

from services.routing.answers import REFUSALS, Who, agents_only, own_only, ticket_document
from services.routing.api_annotating import Writing
from services.routing.bodies import Page, PathId, TicketShown
from services.routing.bodies_links import LinkWanted, Merging
from services.routing.customers import Customers
from services.routing.domain.commands_annotating import LinkTicket, UnlinkTicket
from services.routing.domain.commands_merging import MergeTicket
from services.routing.requests import Requests
from services.routing.shapes import LinkShown
from services.routing.store import Store
from shared.auth import Principal
from shared.mongo import Document
from shared.problems import Problem

_SEEN_FROM_THERE = {"related": "related", "duplicate": "duplicated_by", "caused_by": "causes"}


def link_routes(store: Store, requests: Requests, customers: Customers) -> APIRouter:
    """/v1/tickets/{id}/links and /merge."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    writing = Writing(store, requests)
    _add_links(router, writing)
    _add_merge(router, writing, customers)
    return router


def _add_links(router: APIRouter, writing: Writing) -> None:
    @router.post("/{ticket}/links", summary="Link it to another ticket", responses=REFUSALS)
    async def link(who: Who, ticket: PathId, body: LinkWanted) -> TicketShown:
        """A second link to the same ticket takes the place of the first."""
        known = await writing.on(ticket)
        await ticket_document(writing.store, body.to)
        command = LinkTicket(ticket=ticket, by=who.subject, agent=own_only(who), to=body.to, relation=body.relation)
        return await writing.ask(known, command)

    @router.delete("/{ticket}/links/{to}", summary="Take the link away", responses=REFUSALS)
    async def unlink(who: Who, ticket: PathId, to: PathId) -> TicketShown:
        """The link that was made from this ticket; where there is none, nothing happens."""
        command = UnlinkTicket(ticket=ticket, by=who.subject, agent=own_only(who), to=to)
        return await writing.ask(await writing.on(ticket), command)

    @router.get("/{ticket}/links", dependencies=[agents_only], summary="What it belongs to", responses=REFUSALS)
    async def get_links(ticket: PathId) -> Page[LinkShown]:
        """Links from this ticket, then those that were made from others to it."""
        document = await ticket_document(writing.store, ticket)
        there = _seen_from_there(await writing.store.views.linked_to(ticket), ticket)
        return Page(items=[LinkShown(**link) for link in (*document.get("links", ()), *there)])


def _add_merge(router: APIRouter, writing: Writing, customers: Customers) -> None:
    @router.post("/{ticket}/merge", summary="Make it part of another ticket", responses=REFUSALS)
    async def merge(who: Who, ticket: PathId, body: Merging) -> TicketShown:
        """It is closed, and what the customer writes on its conversation goes to the other from then on. Both are open,
        in one pool, and of one customer; supervisors may `force` it where they are of two. It cannot be undone.
        """
        if body.force and who.role == "agent":
            raise Problem(403, "Only a supervisor may merge tickets of different customers.")
        known, into = await writing.on(ticket), await writing.on(body.into)
        forced = await _is_forced(customers, known, into, force=body.force)
        return await writing.ask(known, _merging(who, known, into, forced=forced))


async def _is_forced(customers: Customers, known: Document, into: Document, *, force: bool) -> bool:
    if into["pool"] != known["pool"]:
        raise Problem(409, f"{into['_id']} is in pool {into['pool']}. Link the two, or pass one on first.")
    siblings = await customers.siblings([known["identity"]])
    if into["identity"] in siblings[known["identity"]]:
        return False
    if not force:
        raise Problem(409, f"{into['_id']} is of another customer. A supervisor may merge them all the same: force.")
    return True


def _merging(who: Principal, known: Document, into: Document, *, forced: bool) -> MergeTicket:
    return MergeTicket(ticket=known["_id"], into=into["_id"], by=who.subject, agent=own_only(who), forced=forced)


def _seen_from_there(documents: list[Document], ticket: str) -> list[Document]:
    return [
        {"ticket": document["_id"], "relation": _SEEN_FROM_THERE[link["relation"]]}
        for document in documents
        for link in document["links"]
        if link["ticket"] == ticket
    ]
