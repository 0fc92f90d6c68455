"""Two generations of routing's views, side by side."""

import asyncio
from collections.abc import Mapping, Sequence

from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.comparing import Compared, Differing, differing, that_stay
from services.routing.views import VIEWS
from shared.mongo import Document


async def compare(live: AsyncDatabase[Document], new: AsyncDatabase[Document], sample: int) -> Compared:
    """Compares up to `sample` documents of each view, half of them out of each, by value."""
    documents = 0
    differences: list[str] = []
    for view in VIEWS:
        names = {*await _some(live, view, sample - sample // 2), *await _some(new, view, sample // 2)}
        looked_at, differs = await that_stay(_Sample(live, new, view, sorted(names)).look)
        documents += looked_at
        differences += [f"{view} {own} {how}" for (_, own), how in differs.items()]
    return Compared(what=f"{documents} documents of {', '.join(VIEWS)}", differences=differences)


async def _some(database: AsyncDatabase[Document], view: str, many: int) -> list[str]:
    if not many:
        return []
    found = await database[view].aggregate([{"$sample": {"size": many}}, {"$project": {"_id": 1}}])
    return [document["_id"] async for document in found]


class _Sample:
    """Documents of a view that are looked at several times.

    Each says which decision changed it last. One that is never at the same decision in both does not differ, if each
    side gets to where the other was: then it changes faster than it can be looked at.
    """

    def __init__(
        self, live: AsyncDatabase[Document], new: AsyncDatabase[Document], view: str, names: Sequence[str]
    ) -> None:
        self._live = live
        self._new = new
        self._view = view
        self._names = names
        self._expected: dict[str, int] = {}

    async def look(self) -> tuple[int, Differing]:
        """How many there are, and what differs now."""
        here, there = await asyncio.gather(*(self._documents(side) for side in (self._live, self._new)))
        known = here.keys() | there.keys()
        comparable = {name for name in known if not self._goes_on(name, _sequence(here, name), _sequence(there, name))}
        return len(known), differing(
            self._view, *({name: side[name] for name in comparable & side.keys()} for side in (here, there))
        )

    def _goes_on(self, name: str, live: int, new: int) -> bool:
        return live != new and min(live, new) >= self._expected.setdefault(name, max(live, new))

    async def _documents(self, side: AsyncDatabase[Document]) -> dict[str, Document]:
        found = side[self._view].find({"_id": {"$in": list(self._names)}})
        return {document["_id"]: document async for document in found}


def _sequence(documents: Mapping[str, Document], name: str) -> int:
    return int(documents[name]["sequence"]) if name in documents else 0
