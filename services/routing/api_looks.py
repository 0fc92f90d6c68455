"""GET /v1/looks: who looked at what was written on whose tickets. Profile's, which is asked alike, tells the others."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.routing.answers import supervisors_only
from services.routing.bodies import Page
from services.routing.customers import Customers
from services.routing.looks import Looks
from shared.contracts.customers import customer_id
from shared.looks import LookShape, LooksWanted, looks_shown
from shared.paging import cursor_of, place_of
from shared.problems import Problem


def look_routes(looks: Looks, customers: Customers) -> APIRouter:
    """The audit log."""
    router = APIRouter(prefix="/v1", tags=["privacy"], dependencies=[supervisors_only])

    @router.get("/looks", summary="The audit log: who looked at whose notes and complaints, when and why")
    async def get_looks(
        customer: Annotated[str | None, Query(max_length=100)] = None,
        who: Annotated[str | None, Query(max_length=200)] = None,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        before: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    ) -> Page[LookShape]:
        """`customer`: by any of its ids, also from before a merge. `to` is not included. The newest first. Looks at the
        customer itself and its timeline are in profile's.
        """
        wanted = LooksWanted(
            customers=None if customer is None else await _ids(customers, customer),
            who=who,
            since=since,
            until=until,
            before=place_of(before),
            limit=limit,
        )
        found = await looks.find(wanted)
        page = [LookShape.model_validate(look) for look in looks_shown(found[:limit])]
        return Page(items=page, next=cursor_of(page[-1].at, page[-1].id) if len(found) > limit else None)

    return router


async def _ids(customers: Customers, customer: str) -> list[str]:
    found = await customers.identities(customer)
    if found is None:
        raise Problem(422, "customer is no customer's id. Profile tells it: GET /v1/customers?q=.")
    return sorted(customer_id(identity) for identity in found)
