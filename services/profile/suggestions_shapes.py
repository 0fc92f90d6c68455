"""What the routes about suggestions are asked and answer with, in JSON."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.profile.shapes import CustomerShape, customer_json
from services.profile.suggestions import Suggestion


class SuggestionsQuery(BaseModel):
    """after: `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str, Field(max_length=2_000)] | None = None


class _SuggestionShape(BaseModel):
    """id: as in `links`. score: above 0.6 to 1, the likelier the higher. suggested: when the evidence was given.

    agreement: of `name`, `postcode`, `birthday` and `street`, those that are known of both.
    """

    id: str
    score: float
    evidence: str
    agreement: dict[str, Literal["same", "similar", "different"]]
    suggested: datetime


class SuggestionShape(_SuggestionShape):
    """Somebody who could be the customer that was asked for."""

    customer: CustomerShape


class PairShape(_SuggestionShape):
    """Two customers who could be one."""

    customers: list[CustomerShape]


class CustomerSuggestionsShape(BaseModel):
    """Who could be this customer, the likeliest first."""

    items: list[SuggestionShape]
    next: str | None


class SuggestionsShape(BaseModel):
    """A page of all suggestions, the likeliest first; one with fewer than asked for need not be the last."""

    items: list[PairShape]
    next: str | None


def suggestion_json(found: Suggestion) -> dict[str, Any]:
    """A SuggestionShape."""
    return {**_common(found), "customer": customer_json(found.other)}


def pair_json(found: Suggestion) -> dict[str, Any]:
    """A PairShape."""
    return {**_common(found), "customers": [customer_json(found.one), customer_json(found.other)]}


def _common(found: Suggestion) -> dict[str, Any]:
    claim = found.claim
    return {
        "id": claim["_id"],
        "score": claim["score"],
        "evidence": claim["evidence"],
        "agreement": dict(found.agreement),
        "suggested": claim["at"],
    }
