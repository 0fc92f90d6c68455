"""Profile's HTTP API: finding customers, and one on a page. Timelines have modules of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response
from pymongo.errors import ExecutionTimeout

from services.profile.attachments_api import attachment_routes
from services.profile.domain.pages import WrongCursor, mark_cursor, read_mark
from services.profile.domain.search import TooShort, question
from services.profile.links_api import link_routes
from services.profile.live_api import live_routes
from services.profile.people_api import people_routes
from services.profile.ports import Ports, Reader, json_response
from services.profile.privacy_api import privacy_routes
from services.profile.shapes import FoundCustomersShape, SearchQuery, hit_json
from services.profile.suggestions_api import suggestion_routes
from services.profile.timeline_api import timeline_routes
from shared.problems import Problem, problem_response

_TOO_LONG: dict[int | str, dict[str, Any]] = {503: {"description": "It takes too long to find; ask for less"}}


def add_routes(app: FastAPI, ports: Ports) -> None:
    """Every route of the profile API."""
    app.add_exception_handler(WrongCursor, _on_wrong_cursor)
    app.add_exception_handler(TooShort, _on_too_short)
    app.add_exception_handler(ExecutionTimeout, _on_too_long)
    app.include_router(timeline_routes(ports))  # first, because routes are tried in their order and a phone is ringing
    app.include_router(customer_routes(ports))
    app.include_router(people_routes(ports))
    app.include_router(link_routes(ports))
    app.include_router(suggestion_routes(ports))
    app.include_router(privacy_routes(ports))
    app.include_router(live_routes(ports))
    app.include_router(attachment_routes(ports))


def customer_routes(ports: Ports) -> APIRouter:
    """Finding customers."""
    router = APIRouter(prefix="/v1/customers", tags=["customers"])

    @router.get(
        "",
        response_model=FoundCustomersShape,
        responses=_TOO_LONG,
        summary="Find customers by an identity, a name, a ticket number or words of a message, the best find first",
    )
    async def search(request: Request, who: Reader, asked: Annotated[SearchQuery, Query()]) -> Response:
        """A page may have fewer customers than asked for, or none, and still name a `next` one."""
        if not ports.looks.sees_everybody(who):
            raise Problem(403, "This role may not look for customers; it sees those of its own pool's tickets.")
        wanted = question(asked.q, ports.country_code)
        after = None if asked.after is None else read_mark(asked.after, wanted.fingerprint)
        hits, last = await ports.search.page(wanted, after, asked.limit)
        await ports.looks.note(who, request, [hit.customer.id for hit in hits])
        following = None if last is None else mark_cursor(last, wanted.fingerprint)
        return json_response({"items": [hit_json(ports.shown_hit(who, hit)) for hit in hits], "next": following})

    return router


async def _on_wrong_cursor(_: Request, error: Exception) -> Response:
    return problem_response(422, str(error))


async def _on_too_short(_: Request, error: Exception) -> Response:
    return problem_response(422, str(error), [{"field": "q", "reason": "is too short to look for"}])


async def _on_too_long(_: Request, __: Exception) -> Response:
    detail = "This takes longer than an answer may. Ask for less: a longer part of the name or address, a rarer word."
    return problem_response(503, detail, headers={"Retry-After": "1"})
