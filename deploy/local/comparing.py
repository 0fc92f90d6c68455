"""Two generations of views side by side: is it the same that they know?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from pymongo.asynchronous.database import AsyncDatabase

from shared.mongo import Document

_LOOKS = 6
_PAUSE_SECONDS = 0.5

Differing = dict[tuple[str, str], str]
"""What differs and how, by view and document."""

Look = Callable[[], Awaitable[tuple[int, Differing]]]
"""How many documents were looked at, and what differs now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """what: was compared, in words. differences: sentences, with nothing personal in them."""

    what: str
    differences: Sequence[str]


async def some_of_both(
    live: AsyncDatabase[Document], new: AsyncDatabase[Document], view: str, sample: int
) -> list[str]:
    """The ids of up to `sample` documents of a view, half of them out of each."""
    return sorted({*await _some(live, view, sample - sample // 2), *await _some(new, view, sample // 2)})


async def those_of(
    database: AsyncDatabase[Document], view: str, names: Sequence[str], fields: Document | None = None
) -> dict[str, Document]:
    """The documents of a view that have these ids, by id. fields: MongoDB's projection."""
    found = database[view].find({"_id": {"$in": list(names)}}, fields)
    return {document["_id"]: document async for document in found}


async def that_stay(look: Look) -> tuple[int, Differing]:
    """What differs in every look: what is under way in one of them differs for a moment only."""
    looked_at, differing = await look()
    for _ in range(_LOOKS):
        if not differing:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        looked_at, again = await look()
        differing = {what: how for what, how in again.items() if what in differing}
    return looked_at, differing


def differing(view: str, live: Mapping[str, Document], new: Mapping[str, Document]) -> Differing:
    """Documents of a view that are not in both, or not the same."""
    found: Differing = {}
    for own in live.keys() | new.keys():
        if own not in new:
            found[view, own] = "is missing in the new views"
        elif own not in live:
            found[view, own] = "is only in the new views"
        elif live[own] != new[own]:
            names = live[own].keys() | new[own].keys()
            fields = sorted(name for name in names if live[own].get(name) != new[own].get(name))
            found[view, own] = f"differs in {', '.join(fields)}"
    return found


async def _some(database: AsyncDatabase[Document], view: str, many: int) -> list[str]:
    if not many:
        return []
    found = await database[view].aggregate([{"$sample": {"size": many}}, {"$project": {"_id": 1}}])
    return [document["_id"] async for document in found]
