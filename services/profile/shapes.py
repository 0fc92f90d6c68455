"""What is asked of customers and answered, in JSON."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.profile.reading import Found

ERASED = "[erased]"


class SearchQuery(BaseModel):
    """q: the beginning of an address, with its kind or not, or words of a name. after: `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(min_length=2, max_length=400)]
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


class CustomersShape(BaseModel):
    """A page of a search."""

    items: list[CustomerShape]
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


def stranger_json(customer: Found, identity: str) -> dict[str, Any]:
    """Somebody who was never seen, as a CustomerShape: the id is the one they will have."""
    unseen = {"identity": identity, "kind": identity.partition(":")[0], "names": []}
    return {"id": customer.id, "known": False, "name": None, "identities": [unseen]}
