"""Reading what is known of customers: by id, by identity, by search."""

from dataclasses import dataclass, field
from typing import Any

from services.profile.domain.customers import customer_id, identity_of
from services.profile.domain.search import LAST, Query
from services.profile.store import Store
from shared.mongo import Document

Members = list[Document]
"""The identity documents of one customer, the customer's oldest identity first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A customer: id, the hashes of all its identities, what is known of those that were seen, and its name."""

    id: str
    hashes: tuple[str, ...]
    members: Members = field(default_factory=list)
    name: str | None = None

    def plain(self, hashed: str) -> str | None:
        """The address that a hash stands for; None if nobody knows it."""
        return next((member["identity"] for member in self.members if member["_id"] == hashed), None)


class Customers:
    """Reads customers from the views."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def by_id(self, customer: str) -> Found | None:
        """The customer that an id names, also an id from before a merge; None if nobody was ever seen under it."""
        hashed = identity_of(customer)
        found = await self.by_hash(hashed) if hashed else None
        return found if found and found.members else None

    async def by_hash(self, hashed: str) -> Found:
        """The customer whom the identity with this hash belongs to; without members if it was never seen."""
        document = await self._store.customers.find_one({"members": hashed})
        hashes = tuple(document["members"]) if document else (hashed,)
        members = {
            member["_id"]: member async for member in self._store.identities.find({"_id": {"$in": list(hashes)}})
        }
        known = [members[one] for one in hashes if one in members]
        return Found(customer_id(hashes[0]), hashes, known, await self._name(known))

    async def _name(self, members: Members) -> str | None:
        """What the customer is called: where it was told several names, the last one by the time of its entry."""
        names = {told["name"] for member in members for told in member["names"]}
        if len(names) < 2:
            return min(names, default=None)
        matching = {
            "identity": {"$in": [member["_id"] for member in members]},
            "content.name": {"$type": "string", "$ne": ""},
            "direction": {"$ne": "outbound"},
            "type": {"$not": {"$regex": r"^x\."}},  # a name in a plugin's own event may be anybody's
        }
        found = self._store.timeline.find(matching, {"content.name": 1}).sort([("at", -1), ("_id", -1)])
        last = await found.limit(1).to_list()
        return str(last[0]["content"]["name"]) if last else min(names)

    async def search(self, query: Query, after: str | None, limit: int) -> tuple[list[Found], str | None]:
        """Customers with a matching identity, each once, and the last identity looked at if there may be more.

        They come in the order of their first matching identity. A page with fewer than `limit` need not be the last.
        """
        conditions = _conditions(query)
        if not conditions:
            return [], None
        matching: dict[str, Any] = {"$or": conditions}
        if query.kind is not None:
            matching["kind"] = query.kind
        if after is not None:
            matching["identity"] = {"$gt": after}
        hits = await self._store.identities.find(matching).sort("identity", 1).limit(limit + 1).to_list()
        customers = [await self.by_hash(hit["_id"]) for hit in hits[:limit]]
        found = [
            customer
            for hit, customer in zip(hits, customers, strict=False)
            if hit["identity"] == _first_match(query, customer.members)
        ]
        return found, hits[limit - 1]["identity"] if len(hits) > limit else None


def _first_match(query: Query, members: Members) -> str | None:
    return min(
        (member["identity"] for member in members if member["identity"] and _matches(query, member)),
        default=None,
    )


def _matches(query: Query, member: Document) -> bool:
    name_words = [word for told in member["names"] for word in told["words"]]
    return query.matches(member["kind"], member["address"], name_words)


def _conditions(query: Query) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = []
    if query.address:
        conditions.append({"address": _beginning(query.address)})
    if query.words:
        conditions.append({"$and": [{"names.words": {"$elemMatch": _beginning(word)}} for word in query.words]})
    return conditions


def _beginning(prefix: str) -> dict[str, str]:
    return {"$gte": prefix, "$lt": prefix + LAST}
