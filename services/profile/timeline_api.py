"""Timelines over HTTP: of a customer, behind an address, and by conversation."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.profile.ports import NOT_FOUND, Ports, Reader, json_response, sees_deleted
from services.profile.reading import Found
from services.profile.shapes import customer_json, stranger_json
from services.profile.timeline_shapes import (
    ConversationsQuery,
    ConversationsShape,
    ScreenPopQuery,
    ScreenPopShape,
    TimelineQuery,
    TimelineShape,
    conversations_json,
    timeline_json,
)
from services.profile.timelines import Page
from shared.contracts.customers import customer_id


def timeline_routes(ports: Ports) -> APIRouter:
    """A page of a timeline or of conversations."""
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
        wanted = asked.wanted(ports.now())
        found = await ports.customer(customer, asked.as_of)
        page, _ = await asyncio.gather(
            ports.timelines.page(found.hashes, wanted), ports.looks.note(who, request, [found.id])
        )
        shown = timeline_json(ports.shown(who, found), page, wanted.filters, deleted_too=sees_deleted(who))
        return json_response(shown)

    @router.get(
        "/customers/{customer}/conversations",
        response_model=ConversationsShape,
        responses=NOT_FOUND,
        summary="A customer's conversations, each with a digest",
    )
    async def conversations(
        request: Request, who: Reader, customer: str, asked: Annotated[ConversationsQuery, Query()]
    ) -> Response:
        """The entries of one are the timeline's with `conversation=`."""
        place = asked.place()
        found = await ports.customer(customer)
        threads, _ = await asyncio.gather(
            ports.conversations.page(found.hashes, place, asked.limit),
            ports.looks.note(who, request, [found.id]),
        )
        return json_response(conversations_json(threads))

    @router.get("/timeline", response_model=ScreenPopShape, summary="Screen pop: customer and timeline of an address")
    async def screen_pop(request: Request, who: Reader, asked: Annotated[ScreenPopQuery, Query()]) -> Response:
        """An address that was never seen is answered too: `known` is false and the timeline is empty."""
        wanted = asked.wanted(ports.now())
        identity = ports.normal(asked.identity)
        hashed = ports.hasher.identity(identity)

        async def popped() -> tuple[Found, Page]:
            hashes = await ports.customers.hashes(hashed, asked.as_of)
            return await asyncio.gather(ports.customers.known(hashed, hashes), ports.timelines.page(hashes, wanted))

        one_of_its_ids = customer_id(hashed)
        (found, page), _ = await asyncio.gather(popped(), ports.looks.note(who, request, [one_of_its_ids]))
        found = ports.shown(who, found)
        customer = customer_json(found) if found.members else stranger_json(found, identity)
        shown = timeline_json(found, page, wanted.filters, deleted_too=sees_deleted(who))
        return json_response({"customer": customer, "timeline": shown})

    return router
