"""What is new on timelines, live: of a customer, and behind an address for the phone system."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Request

from services.profile.domain.timeline import Entry
from services.profile.domain.wanted import Wanted
from services.profile.ports import NOT_FOUND, Ports, Reader, sees_deleted
from services.profile.reading import Found
from services.profile.shapes import customer_json, stranger_json
from services.profile.timeline_shapes import IdentityText, entry_json, timeline_json
from shared.auth import Principal
from shared.contracts.values import Conversation
from shared.problems import Problem
from shared.sse import EventStream, LastEventId, ServerSentEvent, sse_response

Show = Callable[[Found], Awaitable[dict[str, Any]]]
"""A customer as the stream's `customer` event tells of them."""

_POSITION = re.compile(r"[0-9A-F]{1,500}")


def live_routes(ports: Ports) -> APIRouter:
    """Streams of server-sent events."""
    router = APIRouter(prefix="/v1", tags=["timeline"])

    @router.get(
        "/customers/{customer}/stream",
        response_class=EventStream,
        responses=NOT_FOUND,
        summary="What is new on a customer's timeline, live",
    )
    async def of_customer(
        request: Request,
        who: Reader,
        customer: str,
        conversation: Annotated[Conversation | None, Query()] = None,
        after: LastEventId = None,
    ) -> EventStream:
        """Events: `customer` (at the beginning and after a merge: the customer as it is now), `entry` (as on the
        timeline; one that comes again has changed: replace it by its id) and `reset` (what came since Last-Event-ID is
        no longer known: read the timeline anew). conversation: only the entries of this one."""
        _check(after)
        found = await ports.looked_at(who, request, customer)

        async def show(now: Found) -> dict[str, Any]:
            return customer_json(ports.shown(who, now))

        return sse_response(request, _events(ports, who, found, after, show, conversation))

    @router.get(
        "/timeline/stream", response_class=EventStream, summary="Screen pop: the timeline behind an address, live"
    )
    async def of_identity(
        request: Request,
        who: Reader,
        identity: Annotated[IdentityText, Query()],
        after: LastEventId = None,
    ) -> EventStream:
        """Also for an address that nobody has written or called from yet. Events as on a customer's stream, but each
        `customer` has the newest of the `timeline` too, and comes again when a stranger becomes known."""
        _check(after)
        normal = ports.normal(identity)
        found = await ports.customers.by_hash(ports.hasher.identity(normal))
        await ports.looks.note(who, request, [found.id])

        async def show(now: Found) -> dict[str, Any]:
            wanted = Wanted()
            page = await ports.timelines.page(now.hashes, wanted)
            now = ports.shown(who, now)
            timeline = timeline_json(now, page, wanted.filters, deleted_too=sees_deleted(who))
            return {**(customer_json(now) if now.members else stranger_json(now, normal)), "timeline": timeline}

        return sse_response(request, _events(ports, who, found, after, show))

    return router


async def _events(
    ports: Ports, who: Principal, customer: Found, after: str | None, show: Show, conversation: str | None = None
) -> AsyncGenerator[ServerSentEvent]:
    async for position, change in ports.live.follow(customer, after):
        match change:
            case None:
                yield ServerSentEvent(None, "reset", {})
            case Found():
                customer = change
                yield ServerSentEvent(position, "customer", await show(change))
            case _:
                event = cast("Entry", change)
                if conversation not in (None, event["conversation"]):
                    continue
                if all(event["identity"] != member["_id"] for member in customer.members):  # it is seen just now
                    customer = await ports.customers.by_hash(event["identity"])
                    yield ServerSentEvent(None, "customer", await show(customer))
                entry = await ports.timelines.entry(customer.hashes, event)
                told = entry_json(ports.shown(who, customer), entry, deleted_too=sees_deleted(who))
                yield ServerSentEvent(position, "entry", told)


def _check(after: str | None) -> None:
    if after is not None and not _POSITION.fullmatch(after):
        raise Problem(422, "Last-Event-ID is not the id of an event of this stream. Connect without it.")
