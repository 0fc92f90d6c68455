"""Reading what is known of customers: by id, by identity."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from services.profile.merged import Merged
from services.profile.store import Store
from shared.contracts.customers import customer_id, identity_of
from shared.mongo import Document

MOST_CLAIMS = 1_000
"""So many claims about a customer are shown."""

Members = list[Document]
"""The identity documents of one customer, the customer's oldest identity first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A customer: id, the identity that was asked for, the hashes of all, what is known of those seen, and its name."""

    id: str
    asked: str
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
        self._merged = Merged(store)

    async def by_id(self, customer: str, as_of: datetime | None = None) -> Found | None:
        """The customer that an id names, also an id from before a merge; None if nobody was ever seen under it."""
        hashed = identity_of(customer)
        found = await self.by_hash(hashed, as_of) if hashed else None
        return found if found and found.members else None

    async def by_hash(self, hashed: str, as_of: datetime | None = None) -> Found:
        """The customer whom the identity with this hash belongs to; without members if it was never seen.

        as_of: who was one person at that moment, by the decisions that were taken until then.
        """
        then = {"until": None} if as_of is None else _then(as_of)
        hashes, members = await self._seen(hashed, then) or await self._unseen(hashed, then)
        known = [members[one] for one in hashes if one in members]
        (name,) = await self._merged.names([hashes], members)
        return Found(customer_id(hashes[0]), hashed, hashes, known, name)

    async def by_hashes(self, hashes: Collection[str]) -> dict[str, Found]:
        """The same of several as they are now, by the identity asked for."""
        groups = await self._merged.members(list(hashes))
        customers = list(dict.fromkeys(groups.values()))
        everybody = {member for members in customers for member in members}
        found = self._store.identities.find({"_id": {"$in": list(everybody)}})
        known = {identity["_id"]: identity async for identity in found}
        names = dict(zip(customers, await self._merged.names(customers, known), strict=True))
        of_whom = {members: [known[one] for one in members if one in known] for members in customers}
        return {
            hashed: Found(customer_id(members[0]), hashed, members, of_whom[members], names[members])
            for hashed, members in groups.items()
        }

    async def _seen(self, hashed: str, then: Document) -> tuple[tuple[str, ...], dict[str, Document]] | None:
        """Who is one with the identity, and what is known of them by hash; None if it was never seen.

        One command for all, because a telephone is ringing meanwhile.
        """
        customer = _joined(self._store.customers, "_id", "members", "customer", {"$match": then})
        others = _joined(self._store.identities, "customer.members", "_id", "others")
        found = await self._store.identities.aggregate([{"$match": {"_id": hashed}}, customer, others])
        for identity in await found.to_list():
            customers, others = identity.pop("customer"), identity.pop("others")
            members = tuple(customers[0]["members"]) if customers else (hashed,)
            return members, {hashed: identity} | {other["_id"]: other for other in others}
        return None

    async def _unseen(self, hashed: str, then: Document) -> tuple[tuple[str, ...], dict[str, Document]]:
        """The same by what was claimed alone."""
        customer = await self._store.customers.find_one({"members": hashed, **then})
        hashes = tuple(customer["members"]) if customer else (hashed,)
        known = self._store.identities.find({"_id": {"$in": list(hashes)}})
        return hashes, {identity["_id"]: identity async for identity in known}

    async def claims(self, hashes: Sequence[str]) -> list[Document]:
        """What was claimed about these identities, the oldest first; at most MOST_CLAIMS."""
        found = self._store.claims.find({"identities": {"$in": list(hashes)}})
        return await found.sort([("at", 1), ("_id", 1)]).limit(MOST_CLAIMS).to_list()

    async def plain(self, hashes: Iterable[str]) -> dict[str, str]:
        """The addresses by hash, of those that are known."""
        found = self._store.identities.find({"_id": {"$in": list(set(hashes))}}, {"identity": 1})
        return {one["_id"]: one["identity"] async for one in found if one["identity"]}


def _joined(of: AsyncCollection[Document], here: str, there: str, name: str, *then: Document) -> Document:
    return {"$lookup": {"from": of.name, "localField": here, "foreignField": there, "pipeline": then, "as": name}}


def _then(moment: datetime) -> dict[str, Any]:
    return {"since": {"$lte": moment}, "$or": [{"until": None}, {"until": {"$gt": moment}}]}
