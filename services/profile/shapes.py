"""What is asked of customers and answered, in JSON."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.profile.reading import Found
from services.profile.searching import Hit
from shared.erasure import ERASED


class SearchQuery(BaseModel):
    """q: an address, number or name, or a part of one; a ticket's number; words of a message. `email:ann` for a kind.

    after: `next` of the page before, of the same question.
    """

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=400)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str, Field(max_length=2_000)] | None = None


class IdentityShape(BaseModel):
    """An address of the customer. names: what the person was called there, by the alphabet."""

    identity: str
    kind: str
    names: list[str]


class CustomerShape(BaseModel):
    """A customer. known: false where nothing of the identity was ever seen. name: what the customer was called last.

    identities: the oldest first.
    """

    id: str
    known: bool
    name: str | None
    identities: list[IdentityShape]


class MatchedShape(BaseModel):
    """What of a customer a question matched. value: the identity, name or ticket's id, or a part of the message.

    highlights: the characters of the value that matched, each [from, until). score: 1 for a whole address, less for
    what was typed in part or said. entry: the id of the timeline's entry, of a message.
    """

    kind: Literal["identity", "name", "ticket", "message"]
    value: str
    highlights: list[tuple[int, int]]
    score: float
    entry: str | None


class FoundCustomerShape(CustomerShape):
    """A customer who was found, and by what."""

    matched: MatchedShape


class FoundCustomersShape(BaseModel):
    """A page of a search, the best find first. next: the cursor of the next page, or null."""

    items: list[FoundCustomerShape]
    next: str | None


def customer_json(customer: Found) -> dict[str, Any]:
    """A customer as a CustomerShape."""
    identities = [
        {
            "identity": member["identity"] or ERASED,
            "kind": member["kind"],
            "names": [told["name"] for told in member["names"]],
        }
        for member in customer.members
    ]
    return {"id": customer.id, "known": bool(identities), "name": customer.name, "identities": identities}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A find of a search as a FoundCustomerShape."""
    return {**customer_json(hit.customer), "matched": asdict(hit.matched)}


def stranger_json(customer: Found, identity: str) -> dict[str, Any]:
    """Somebody who was never seen, as a CustomerShape: the id is the one they will have."""
    unseen = {"identity": identity, "kind": identity.partition(":")[0], "names": []}
    return {"id": customer.id, "known": False, "name": None, "identities": [unseen]}
