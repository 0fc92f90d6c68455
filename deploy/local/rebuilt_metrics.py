"""Two generations of the rows that figures are summed from, side by side."""

import asyncio
from collections.abc import Sequence
from functools import partial

from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.comparing import Compared, Differing, differing, some_of_both, that_stay, those_of
from shared.mongo import Document

_COMPARED = ("contact_rows", "ticket_rows")
_HOW_IT_CAME = {"revision": 0, "place": 0}
"""Batches may be other ones, so this may differ."""


async def compare(live: AsyncDatabase[Document], new: AsyncDatabase[Document], sample: int) -> Compared:
    """Compares up to `sample` contacts and as many tickets, half of them out of each, by value."""
    documents = 0
    differences: list[str] = []
    for view in _COMPARED:
        names = await some_of_both(live, new, view, sample)
        looked_at, differs = await that_stay(partial(_look, live, new, view, names))
        documents += looked_at
        differences += [f"{view} {own} {how}" for (_, own), how in differs.items()]
    return Compared(what=f"{documents} contacts and tickets", differences=differences)


async def _look(
    live: AsyncDatabase[Document], new: AsyncDatabase[Document], view: str, names: Sequence[str]
) -> tuple[int, Differing]:
    here, there = await asyncio.gather(*(those_of(side, view, names, _HOW_IT_CAME) for side in (live, new)))
    return len(here.keys() | there.keys()), differing(view, here, there)
