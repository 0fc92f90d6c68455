"""Profile's HTTP API: customers, their timelines, and what is new on them, live."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from pymongo.errors import ExecutionTimeout

from services.profile.domain.pages import WrongCursor, mark_cursor, read_mark
from services.profile.domain.search import TooShort, question
from services.profile.live import LiveTimeline
from services.profile.looks import Looks
from services.profile.reading import Customers, Found
from services.profile.searching import Search
from services.profile.shapes import (
    CustomerPageShape,
    FoundCustomersShape,
    ScreenPopQuery,
    ScreenPopShape,
    SearchQuery,
    TimelineQuery,
    TimelineShape,
    customer_json,
    entry_json,
    hit_json,
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
_TOO_LONG: dict[int | str, dict[str, Any]] = {503: {"description": "It takes too long to find; ask for less"}}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "Nobody was ever seen under this id"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the routes work with. country_code: of phone numbers that are searched for without one."""

    customers: Customers
    search: Search
    country_code: str | None
    live: LiveTimeline
    looks: Looks
    identities: Identities
    hasher: Hasher

    async def customer(self, customer: str) -> Found:
        """The customer with this id; Problem 404 if there is none."""
        found = await self.customers.by_id(customer)
        if found is None:
            raise Problem(404, "No customer has this id. Find one with GET /v1/customers?q= or /v1/timeline?identity=.")
        return found


def add_routes(app: FastAPI, ports: Ports) -> None:
    """Every route of the profile API."""
    app.add_exception_handler(WrongCursor, _on_wrong_cursor)
    app.add_exception_handler(TooShort, _on_too_short)
    app.add_exception_handler(ExecutionTimeout, _on_too_long)
    app.include_router(customer_routes(ports))
    app.include_router(timeline_routes(ports))


def customer_routes(ports: Ports) -> APIRouter:
    """Finding customers and looking at one."""
    router = APIRouter(prefix="/v1/customers", tags=["customers"])

    @router.get(
        "",
        response_model=FoundCustomersShape,
        responses=_TOO_LONG,
        summary="Find customers by an identity, a name, a ticket number or words of a message, the best find first",
    )
    async def search(request: Request, who: Reader, asked: Annotated[SearchQuery, Query()]) -> Response:
        """A page may have fewer customers than asked for, or none, and still name a `next` one."""
        wanted = question(asked.q, ports.country_code)
        after = None if asked.after is None else read_mark(asked.after, wanted.fingerprint)
        hits, last = await ports.search.page(wanted, after, asked.limit)
        await ports.looks.note(who, request.url.path, [hit.customer.id for hit in hits])
        following = None if last is None else mark_cursor(last, wanted.fingerprint)
        return _json({"items": [hit_json(hit) for hit in hits], "next": following})

    @router.get("/{customer}", response_model=CustomerPageShape, responses=_NOT_FOUND, summary="One customer")
    async def look(request: Request, who: Reader, customer: str) -> Response:
        found = await ports.customer(customer)
        (first, last), _ = await asyncio.gather(
            ports.customers.ends(found.hashes), ports.looks.note(who, request.url.path, [found.id])
        )
        return _json({**customer_json(found), "first_contact": first, "last_contact": last})

    return router


def timeline_routes(ports: Ports) -> APIRouter:
    """Timelines: of a customer, behind an address, and live."""
    router = APIRouter(prefix="/v1", tags=["timeline"])

    @router.get(
        "/customers/{customer}/timeline",
        response_model=TimelineShape,
        responses=_NOT_FOUND,
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
        return _json(timeline_json(found, entries, wanted.limit))

    @router.get("/timeline", response_model=ScreenPopShape, summary="Screen pop: customer and timeline of an address")
    async def screen_pop(request: Request, who: Reader, asked: Annotated[ScreenPopQuery, Query()]) -> Response:
        """An address that was never seen is answered too: `known` is false and the timeline is empty."""
        wanted = asked.wanted()
        identity = _normal(ports.identities, asked.identity)
        found = await ports.customers.by_hash(ports.hasher.identity(identity))
        entries, _ = await asyncio.gather(
            ports.customers.timeline(found.hashes, wanted), ports.looks.note(who, request.url.path, [found.id])
        )
        customer = customer_json(found) if found.members else stranger_json(found, identity)
        return _json({"customer": customer, "timeline": timeline_json(found, entries, wanted.limit)})

    @router.get(
        "/customers/{customer}/stream",
        response_class=EventStream,
        responses=_NOT_FOUND,
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


def _normal(identities: Identities, given: str) -> str:
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


async def _on_too_short(_: Request, error: Exception) -> Response:
    return problem_response(422, str(error), [{"field": "q", "reason": "is too short to look for"}])


async def _on_too_long(_: Request, __: Exception) -> Response:
    detail = "This takes longer than an answer may. Ask for less: a longer part of the name or address, a rarer word."
    return problem_response(503, detail, headers={"Retry-After": "1"})


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), media_type="application/json")
