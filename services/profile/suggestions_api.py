"""Who could be one person: what the hub suggests, for somebody to accept (merge) or to dismiss (keep apart)."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.profile.ports import NOT_FOUND, Ports, json_response
from services.profile.suggestions import Suggestion
from services.profile.suggestions_shapes import (
    CustomerSuggestionsShape,
    SuggestionsQuery,
    SuggestionsShape,
    pair_json,
    suggestion_json,
)
from shared.auth import Principal, allow


def suggestion_routes(ports: Ports) -> APIRouter:
    """Every route about suggestions."""
    router = APIRouter(prefix="/v1", tags=["links"])
    who_links = Annotated[Principal, Depends(allow(*ports.access.link))]

    @router.get(
        "/customers/{customer}/suggestions",
        response_model=CustomerSuggestionsShape,
        responses=NOT_FOUND,
        summary="Who could be this customer too",
    )
    async def of_customer(request: Request, who: who_links, customer: str) -> Response:
        """Accept one with POST …/merge, dismiss it with PUT …/apart/{other}; then it is gone."""
        found = await ports.customer(customer)
        about = await ports.suggestions.about(found)
        hidden = await ports.looks.hidden(who, {found.id, *_customers(about)})
        suggested = _visible(about, hidden)
        await ports.looks.note(who, request, [found.id, *(one.other.id for one in suggested)], hidden)
        return json_response(
            {"items": [suggestion_json(ports.shown_pair(who, one)) for one in suggested], "next": None}
        )

    @router.get("/suggestions", response_model=SuggestionsShape, summary="Customers who could be one person")
    async def every(request: Request, who: who_links, asked: Annotated[SuggestionsQuery, Query()]) -> Response:
        """All that is open, the likeliest first; whoever sees the own pool's customers only gets those that are about
        them, so a page may have fewer than `limit`. Nobody is ever merged because of a suggestion.
        """
        page, cursor = await ports.suggestions.page(asked.after, asked.limit)
        hidden = await ports.looks.hidden(who, _customers(page))
        suggested = _visible(page, hidden)
        await ports.looks.note(who, request, list(dict.fromkeys(_customers(suggested))), hidden)
        return json_response({"items": [pair_json(ports.shown_pair(who, one)) for one in suggested], "next": cursor})

    return router


def _customers(suggested: Sequence[Suggestion]) -> list[str]:
    """The ids of all of them."""
    return [customer.id for suggestion in suggested for customer in (suggestion.one, suggestion.other)]


def _visible(suggested: Sequence[Suggestion], hidden: Collection[str]) -> list[Suggestion]:
    """Those of which neither customer is hidden."""
    return [one for one in suggested if one.one.id not in hidden and one.other.id not in hidden]
