"""Profile's HTTP API: customers, their timelines, and what is new on them, live."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from services.profile.domain.pages import WrongCursor, read_word, word_cursor
from services.profile.domain.policy import Access
from services.profile.domain.rules import Classifier
from services.profile.domain.search import query
from services.profile.live import LiveTimeline
from services.profile.looks import Looks
from services.profile.reading import Customers, Found
from services.profile.requests import Requests
from services.profile.shapes import (
    CustomerPageShape,
    CustomersShape,
    ScreenPopQuery,
    ScreenPopShape,
    SearchQuery,
    TimelineQuery,
    TimelineShape,
    customer_json,
    entry_json,
    stranger_json,
    timeline_json,
)
from shared.auth import Principal, allow
from shared.identities import Identities, WrongIdentity
from shared.problems import Problem, problem_response
from shared.sealing import Hasher
from shared.sse import EventStream, LastEventId, ServerSentEvent, sse_response

Reader = Annotated[Principal, Depends(allow("agent", "supervisor"))]

_POSITION = re.compile(r"[0-9A-F]{1,500}")
_DIALLED = re.compile(r"[+ ]?[\d\s()/.-]+")
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Nobody was ever seen under this id"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the routes work with."""

    customers: Customers
    live: LiveTimeline
    looks: Looks
    identities: Identities
    hasher: Hasher
    classifier: Classifier
    access: Access
    requests: Requests

    async def customer(self, customer: str) -> Found:
        """The customer with this id; Problem 404 if there is none."""
        found = await self.customers.by_id(customer)
        if found is None:
            raise Problem(404, "No customer has this id. Find one with GET /v1/customers?q= or /v1/timeline?identity=.")
        return found


def add_routes(app: FastAPI, ports: Ports) -> None:
    """Every route of the profile API."""
    app.add_exception_handler(WrongCursor, _on_wrong_cursor)
    app.include_router(customer_routes(ports))
    app.include_router(timeline_routes(ports))


def customer_routes(ports: Ports) -> APIRouter:
    """Finding customers and looking at one."""
    router = APIRouter(prefix="/v1/customers", tags=["customers"])

    @router.get("", response_model=CustomersShape, summary="Find customers by an address or a name")
    async def search(request: Request, who: Reader, asked: Annotated[SearchQuery, Query()]) -> Response:
        after = None if asked.after is None else read_word(asked.after)
        found, last = await ports.customers.search(query(asked.q), after, asked.limit)
        await ports.looks.note(who, request.url.path, [customer.id for customer in found])
        items = [customer_json(customer) for customer in found]
        return json_response({"items": items, "next": None if last is None else word_cursor(last)})

    @router.get("/{customer}", response_model=CustomerPageShape, responses=NOT_FOUND, summary="One customer")
    async def look(request: Request, who: Reader, customer: str) -> Response:
        found = await ports.customer(customer)
        (first, last), _ = await asyncio.gather(
            ports.customers.ends(found.hashes), ports.looks.note(who, request.url.path, [found.id])
        )
        return json_response({**customer_json(found), "first_contact": first, "last_contact": last})

    return router


def timeline_routes(ports: Ports) -> APIRouter:
    """Timelines: of a customer, behind an address, and live."""
    router = APIRouter(prefix="/v1", tags=["timeline"])

    @router.get(
        "/customers/{customer}/timeline",
        response_model=TimelineShape,
        responses=NOT_FOUND,
        summary="A customer's timeline, newest first",
    )
    async def timeline(
        request: Request, who: Reader, customer: str, asked: Annotated[TimelineQuery, Query()]
    ) -> Response:
        wanted = asked.wanted()
        found = await ports.customer(customer)
        entries, _ = await asyncio.gather(
            ports.customers.timeline(found.hashes, wanted), ports.looks.note(who, request.url.path, [found.id])
        )
        return json_response(timeline_json(found, entries, wanted.limit))

    @router.get("/timeline", response_model=ScreenPopShape, summary="Screen pop: customer and timeline of an address")
    async def screen_pop(request: Request, who: Reader, asked: Annotated[ScreenPopQuery, Query()]) -> Response:
        """An address that was never seen is answered too: `known` is false and the timeline is empty."""
        wanted = asked.wanted()
        identity = normal(ports.identities, asked.identity)
        found = await ports.customers.by_hash(ports.hasher.identity(identity))
        entries, _ = await asyncio.gather(
            ports.customers.timeline(found.hashes, wanted), ports.looks.note(who, request.url.path, [found.id])
        )
        customer = customer_json(found) if found.members else stranger_json(found, identity)
        return json_response({"customer": customer, "timeline": timeline_json(found, entries, wanted.limit)})

    @router.get(
        "/customers/{customer}/stream",
        response_class=EventStream,
        responses=NOT_FOUND,
        summary="What is new on a customer's timeline, live",
    )
    async def stream(request: Request, who: Reader, customer: str, after: LastEventId = None) -> EventStream:
        """Events: `customer` (at the beginning and after a merge: the customer as it is now), `entry` (as on the
        timeline) and `reset` (what came since Last-Event-ID is no longer known: read the timeline anew)."""
        if after is not None and not _POSITION.fullmatch(after):
            raise Problem(422, "Last-Event-ID is not the id of an event of this stream. Connect without it.")
        found = await ports.customer(customer)
        await ports.looks.note(who, request.url.path, [found.id])
        return sse_response(request, _events(ports.live, found, after))

    return router


async def _events(live: LiveTimeline, customer: Found, after: str | None) -> AsyncGenerator[ServerSentEvent]:
    async for position, change in live.follow(customer, after):
        match change:
            case None:
                yield ServerSentEvent(None, "reset", {})
            case Found():
                customer = change
                yield ServerSentEvent(position, "customer", customer_json(change))
            case _:
                yield ServerSentEvent(position, "entry", entry_json(customer, change))


def normal(identities: Identities, given: str) -> str:
    """The one spelling of an address as people write it, with its kind or without; Problem 422 says what is wrong."""
    kind, colon, address = given.partition(":")
    if not colon:
        kind, address = ("phone" if _DIALLED.fullmatch(given) else "email"), given
    kind = kind.strip().lower()
    if kind == "phone" and address.startswith(" "):
        address = f"+{address.strip()}"  # a + that was not encoded in the URL arrives as a space
    try:
        return identities.normal(f"{kind}:{address.strip()}").identity
    except WrongIdentity as error:
        reason = error.reason
        raise Problem(422, f"identity {reason}.", errors=[{"field": "identity", "reason": reason}]) from error


async def _on_wrong_cursor(_: Request, error: Exception) -> Response:
    return problem_response(422, str(error))


def json_response(body: dict[str, Any]) -> Response:
    """The answer in JSON, times in UTC."""
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")
