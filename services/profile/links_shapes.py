"""What the routes about links are asked and answer with, in JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.profile.shapes import CustomerShape
from shared.contracts.values import EventId
from shared.erasure import ERASED
from shared.mongo import Document

_Reason = Annotated[str, Field(max_length=1_000)]


class MergeWanted(BaseModel):
    """The other customer: its id, or one of its identities as people write it."""

    model_config = ConfigDict(extra="forbid")

    customer: Annotated[str, Field(max_length=100)] | None = None
    identity: Annotated[str, Field(min_length=1, max_length=400)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.customer is None) == (self.identity is None):
            raise ValueError("give either customer or identity")
        return self


class SplitWanted(BaseModel):
    """Either identities that are somebody else, or links that are wrong (ids from GET …/links).

    reason: stays in the log in the clear, so it should name nobody.
    """

    model_config = ConfigDict(extra="forbid")

    identities: Annotated[list[Annotated[str, Field(min_length=1, max_length=400)]], Field(max_length=100)] = []
    links: Annotated[list[EventId], Field(max_length=1_000)] = []
    keep_apart: bool = True
    reason: _Reason | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.identities) == bool(self.links):
            raise ValueError("give either identities or links")
        return self


class SplitShape(BaseModel):
    """customer: who stays under the oldest identity; others: who left."""

    customer: CustomerShape
    others: list[CustomerShape]


class ApartShape(BaseModel):
    """Whether the two are kept apart now."""

    customers: list[str]
    apart: bool


class LinkShape(BaseModel):
    """A claim. outcome: `linked`, `withdrawn`, `suggested`, or why it links nothing (`unique_clash`, `shared`, …).

    cause: the event or request that told; claimed: when; by: whose word it is; score: of a suggestion, 0 to 1.
    """

    id: str
    identities: list[str]
    evidence: str
    cause: str
    claimed: datetime
    by: str | None
    outcome: str
    score: float | None
    withdrawn: dict[str, Any] | None


class LinksShape(BaseModel):
    """The claims about a customer, the oldest first."""

    items: list[LinkShape]
    next: str | None


def link_json(claim: Document, plain: Mapping[str, str]) -> dict[str, Any]:
    """A claim's document as a LinkShape. plain: the addresses by hash, where they are known."""
    return {
        "id": claim["_id"],
        "identities": [plain.get(one, ERASED) for one in claim["identities"]],
        "evidence": claim["evidence"],
        "cause": claim["cause"],
        "claimed": claim["at"],
        "by": claim["by"],
        "outcome": claim["outcome"],
        "score": claim.get("score"),
        "withdrawn": claim.get("withdrawn"),
    }
