"""Reading what is known of customers: by id, by identity."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
        return await self.known(hashed, await self.hashes(hashed, as_of))

    async def hashes(self, hashed: str, as_of: datetime | None = None) -> tuple[str, ...]:
        """The identities of the customer whom this one belongs to, the oldest first; itself if it was never linked."""
        then = {"until": None} if as_of is None else _then(as_of)
        customer = await self._store.customers.find_one({"members": hashed, **then}, {"members": 1})
        return tuple(customer["members"]) if customer else (hashed,)

    async def known(self, asked: str, hashes: tuple[str, ...]) -> Found:
        """What is known of the customer with these identities, of whom `asked` is one."""
        found = await self._store.identities.find({"_id": {"$in": list(hashes)}}).to_list()
        members = {identity["_id"]: identity for identity in found}
        (name,) = await self._merged.names([hashes], members)
        return Found(customer_id(hashes[0]), asked, hashes, [members[one] for one in hashes if one in members], name)

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

    async def claims(self, hashes: Sequence[str]) -> list[Document]:
        """What was claimed about these identities, the oldest first; at most MOST_CLAIMS."""
        found = self._store.claims.find({"identities": {"$in": list(hashes)}})
        return await found.sort([("at", 1), ("_id", 1)]).limit(MOST_CLAIMS).to_list()

    async def plain(self, hashes: Iterable[str]) -> dict[str, str]:
        """The addresses by hash, of those that are known."""
        found = self._store.identities.find({"_id": {"$in": list(set(hashes))}}, {"identity": 1})
        return {one["_id"]: one["identity"] async for one in found if one["identity"]}


def _then(moment: datetime) -> dict[str, Any]:
    return {"since": {"$lte": moment}, "$or": [{"until": None}, {"until": {"$gt": moment}}]}
