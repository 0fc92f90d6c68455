"""Whom identities belong to and what they are called, for many customers at once: a few queries, however many."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.profile.store import TELLS_A_NAME, Store
from shared.mongo import Document

_NAMED_ENTRY = [
    {"$match": TELLS_A_NAME},
    {"$sort": {"at": -1, "_id": -1}},
    {"$limit": 1},
    {"$project": {"content.name": 1}},
]
"""The last entry of a customer's that tells a name."""


class Merged:
    """Reads customers as they are now. most_milliseconds: a query that takes longer is ended by the server."""

    def __init__(self, store: Store, most_milliseconds: int | None = None) -> None:
        self._store = store
        self._most_milliseconds = most_milliseconds

    async def members(self, hashes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """All identities of the customer that each of these belongs to, the oldest first."""
        groups: dict[str, tuple[str, ...]] = {hashed: (hashed,) for hashed in hashes}
        if hashes:
            found = self._store.customers.find({"members": {"$in": list(groups)}, "until": None}, {"members": 1})
            async for document in found.max_time_ms(self._most_milliseconds):
                members = tuple(document["members"])
                groups |= {member: members for member in members if member in groups}
        return groups

    async def names(self, groups: Sequence[Sequence[str]], known: Mapping[str, Document]) -> list[str | None]:
        """What each of these customers is called: where it was told several names, the last one by its entry's time."""
        told = [{one["name"] for member in group for one in _names(known, member)} for group in groups]
        last = await self._last_told([group for group, names in zip(groups, told, strict=True) if len(names) > 1])
        return [last.get(group[0], min(names, default=None)) for group, names in zip(groups, told, strict=True)]

    async def _last_told(self, groups: Sequence[Sequence[str]]) -> dict[str, str]:
        """The last name of each that has an entry which tells one, by its first identity."""
        if not groups:
            return {}
        joining = {
            "from": self._store.timeline.name,
            "localField": "members",
            "foreignField": "identity",
            "pipeline": _NAMED_ENTRY,
            "as": "told",
        }
        asked = [{"_id": group[0], "members": list(group)} for group in groups]
        within: dict[str, Any] = {} if self._most_milliseconds is None else {"maxTimeMS": self._most_milliseconds}
        found = await self._store.database.aggregate([{"$documents": asked}, {"$lookup": joining}], **within)
        return {one["_id"]: told["content"]["name"] async for one in found for told in one["told"]}


def _names(known: Mapping[str, Document], member: str) -> Sequence[Mapping[str, str]]:
    names: Sequence[Mapping[str, str]] = known[member]["names"] if member in known else ()
    return names
