"""Profile's HTTP API: finding customers, and one on a page. Timelines have modules of their own."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response

from services.profile.attachments_api import attachment_routes
from services.profile.domain.pages import WrongCursor, read_word, word_cursor
from services.profile.domain.search import query
from services.profile.links_api import link_routes
from services.profile.live_api import live_routes
from services.profile.people_api import people_routes
from services.profile.ports import Ports, Reader, json_response
from services.profile.privacy_api import privacy_routes
from services.profile.shapes import CustomersShape, SearchQuery, customer_json
from services.profile.timeline_api import timeline_routes
from shared.problems import Problem, problem_response

__all__ = ["Ports", "add_routes"]


def add_routes(app: FastAPI, ports: Ports) -> None:
    """Every route of the profile API."""
    app.add_exception_handler(WrongCursor, _on_wrong_cursor)
    app.include_router(customer_routes(ports))
    app.include_router(people_routes(ports))
    app.include_router(link_routes(ports))
    app.include_router(privacy_routes(ports))
    app.include_router(timeline_routes(ports))
    app.include_router(live_routes(ports))
    app.include_router(attachment_routes(ports))


def customer_routes(ports: Ports) -> APIRouter:
    """Finding customers and looking at one."""
    router = APIRouter(prefix="/v1/customers", tags=["customers"])

    @router.get("", response_model=CustomersShape, summary="Find customers by an address or a name")
    async def search(request: Request, who: Reader, asked: Annotated[SearchQuery, Query()]) -> Response:
        if not ports.looks.sees_everybody(who):
            raise Problem(403, "This role may not look for customers; it sees those of its own pool's tickets.")
        after = None if asked.after is None else read_word(asked.after)
        found, last = await ports.customers.search(query(asked.q), after, asked.limit)
        await ports.looks.note(who, request, [customer.id for customer in found])
        items = [customer_json(ports.shown(who, customer)) for customer in found]
        return json_response({"items": items, "next": None if last is None else word_cursor(last)})

    return router


async def _on_wrong_cursor(_: Request, error: Exception) -> Response:
    return problem_response(422, str(error))
