"""Reading what is known of customers: by id, by identity; and their timeline, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.profile.domain.customers import customer_id, identity_of
from services.profile.domain.pages import Place
from services.profile.store import Store
from shared.mongo import Document

Members = list[Document]
"""The identity documents of one customer, the customer's oldest identity first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries of a timeline: before a place, of these channels and types, from `since` until before `until`."""

    before: Place | None = None
    channels: Sequence[str] = ()
    types: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 50


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
    """Reads customers and timelines from the views."""

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

    async def timeline(self, hashes: Sequence[str], wanted: Wanted) -> list[Document]:
        """The entries of these identities, newest first; one more than the limit says if there are more."""
        entries = self._store.timeline.find(_filter(hashes, wanted)).sort([("at", -1), ("_id", -1)])
        return await entries.limit(wanted.limit + 1).to_list()

    async def ends(self, hashes: Sequence[str]) -> tuple[datetime | None, datetime | None]:
        """When these identities were first and last heard of."""
        ends: list[datetime | None] = []
        for direction in (1, -1):
            found = self._store.timeline.find({"identity": {"$in": list(hashes)}}, {"at": 1})
            document = await found.sort([("at", direction), ("_id", direction)]).limit(1).to_list()
            ends.append(document[0]["at"] if document else None)
        return ends[0], ends[1]


def _filter(hashes: Sequence[str], wanted: Wanted) -> dict[str, Any]:
    matching: dict[str, Any] = {"identity": {"$in": list(hashes)}}
    at: dict[str, datetime] = {}
    if wanted.since:
        at["$gte"] = wanted.since
    if wanted.until:
        at["$lt"] = wanted.until
    if wanted.before:
        at["$lte"] = wanted.before.at
        matching["$or"] = [{"at": {"$lt": wanted.before.at}}, {"_id": {"$lt": wanted.before.id}}]
    if at:
        matching["at"] = at
    if wanted.channels:
        matching["channel"] = {"$in": list(wanted.channels)}
    if wanted.types:
        matching["type"] = {"$in": list(wanted.types)}
    return matching
