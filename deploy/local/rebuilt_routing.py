"""Two generations of routing's views, side by side."""

import asyncio
from collections.abc import Mapping, Sequence

from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.comparing import Compared, Differing, differing, some_of_both, that_stay, those_of
from services.routing.views import VIEWS
from shared.mongo import Document


async def compare(live: AsyncDatabase[Document], new: AsyncDatabase[Document], sample: int) -> Compared:
    """Compares up to `sample` documents of each view, half of them out of each, by value."""
    documents = 0
    differences: list[str] = []
    for view in VIEWS:
        names = await some_of_both(live, new, view, sample)
        looked_at, differs = await that_stay(_Sample(live, new, view, names).look)
        documents += looked_at
        differences += [f"{view} {own} {how}" for (_, own), how in differs.items()]
    return Compared(what=f"{documents} documents of {', '.join(VIEWS)}", differences=differences)


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
        here, there = await asyncio.gather(
            *(those_of(side, self._view, self._names) for side in (self._live, self._new))
        )
        known = here.keys() | there.keys()
        comparable = {name for name in known if not self._goes_on(name, _sequence(here, name), _sequence(there, name))}
        return len(known), differing(
            self._view, *({name: side[name] for name in comparable & side.keys()} for side in (here, there))
        )

    def _goes_on(self, name: str, live: int, new: int) -> bool:
        return live != new and min(live, new) >= self._expected.setdefault(name, max(live, new))


def _sequence(documents: Mapping[str, Document], name: str) -> int:
    return int(documents[name]["sequence"]) if name in documents else 0
