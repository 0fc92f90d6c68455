"""Whom identities belong to, for a page of customers at once: a few queries, however many they are."""

from collections.abc import Iterable, Mapping, Sequence

from services.profile.candidates import MOST_MILLISECONDS
from services.profile.store import TELLS_A_NAME, Store
from shared.mongo import Document

_NAMED_ENTRY = [
    {"$match": TELLS_A_NAME},
    {"$sort": {"at": -1, "_id": -1}},
    {"$limit": 1},
    {"$project": {"content.name": 1, "at": 1}},
]
"""The last entry of an identity's that tells a name."""


class Merged:
    """Reads customers as they are now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def members(self, hashes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """All identities of the customer that each of these belongs to, the oldest first."""
        groups: dict[str, tuple[str, ...]] = {hashed: (hashed,) for hashed in hashes}
        if hashes:
            found = self._store.customers.find({"members": {"$in": list(groups)}, "until": None}, {"members": 1})
            async for document in found.max_time_ms(MOST_MILLISECONDS):
                members = tuple(document["members"])
                groups |= {member: members for member in members if member in groups}
        return groups

    async def names(self, groups: Sequence[Sequence[str]], known: Mapping[str, Document]) -> list[str | None]:
        """What each of these customers is called: where it was told several names, the last one by its entry's time."""
        told = [{one["name"] for member in group for one in _names(known, member)} for group in groups]
        unclear = [member for group, names in zip(groups, told, strict=True) if len(names) > 1 for member in group]
        last = await self._last_told([member for member in unclear if _names(known, member)])
        return [
            max((last[member] for member in group if member in last), default=(None, min(names, default=None)))[1]
            for group, names in zip(groups, told, strict=True)
        ]

    async def _last_told(self, hashes: Iterable[str]) -> dict[str, tuple[object, str | None]]:
        identities = list(hashes)
        if not identities:
            return {}
        joining = {
            "from": self._store.timeline.name,
            "localField": "_id",
            "foreignField": "identity",
            "pipeline": _NAMED_ENTRY,
            "as": "told",
        }
        found = await self._store.identities.aggregate(
            [{"$match": {"_id": {"$in": identities}}}, {"$lookup": joining}, {"$project": {"told": 1}}],
            maxTimeMS=MOST_MILLISECONDS,
        )
        return {
            document["_id"]: ((told["at"], told["_id"]), told["content"]["name"])
            async for document in found
            for told in document["told"]
        }


def _names(known: Mapping[str, Document], member: str) -> Sequence[Mapping[str, str]]:
    names: Sequence[Mapping[str, str]] = known[member]["names"] if member in known else ()
    return names
