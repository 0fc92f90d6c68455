"""Two generations of what figures are summed from, side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.comparing import Compared, Differing, differing, some_of_both, that_stay, those_of
from shared.mongo import Document

_HOW_IT_CAME = {"revision": 0, "place": 0}
"""Batches may be other ones, so this may differ."""

_ANSWERS, _COUNTED, _MINUTES = "answer_rows", "counted_interactions", "interaction_minutes"

Names = Sequence[str]
Read = Callable[[AsyncDatabase[Document], Names], Awaitable[dict[str, Document]]]
"""The documents that are called so, by name."""


async def compare(live: AsyncDatabase[Document], new: AsyncDatabase[Document], sample: int) -> Compared:
    """Compares up to `sample` of each kind of row, half of them out of each generation, by value."""
    documents = 0
    differences: list[str] = []
    for view, read in (
        ("contact_rows", partial(_rows, "contact_rows")),
        ("ticket_rows", partial(_rows, "ticket_rows")),
        ("presence_rows", partial(_rows, "presence_rows")),
        (_ANSWERS, partial(_rows, _ANSWERS)),
        (_COUNTED, partial(_rows, _COUNTED)),
        (_MINUTES, _minutes),
    ):
        names = await some_of_both(live, new, view, sample)
        looked_at, differs = await that_stay(partial(_look, live, new, view, read, names))
        documents += looked_at
        differences += [f"{view} {_written(own)} {how}" for (_, own), how in differs.items()]
    return Compared(what=f"{documents} contacts, tickets, presences, answers and interactions", differences=differences)


async def _look(
    live: AsyncDatabase[Document], new: AsyncDatabase[Document], view: str, read: Read, names: Names
) -> tuple[int, Differing]:
    here, there = await asyncio.gather(*(read(side, names) for side in (live, new)))
    return len(here.keys() | there.keys()), differing(view, here, there)


async def _rows(view: str, side: AsyncDatabase[Document], names: Names) -> dict[str, Document]:
    # An answer that was told twice may have come first by either of two partitions.
    beside = {"partition": 0} if view == _ANSWERS else {}
    return await those_of(side, view, names, _HOW_IT_CAME | beside)


async def _minutes(side: AsyncDatabase[Document], names: Names) -> dict[str, Document]:
    """How many interactions there were in these minutes of all partitions together: an event that was told twice with
    other times may have been counted in one first and been taken back there later.
    """
    wanted = {name.partition(" ")[2] for name in names}
    found: dict[str, Document] = {}
    for minute, channel in (one.split(" ") for one in wanted):
        counts: dict[str, int] = {}
        query = {"quarters": int(minute) // 15, "minute": int(minute), "channel": channel}
        async for document in side[_MINUTES].find(query):
            for direction, seconds in document["counts"].items():
                for second, count in seconds.items():
                    place = f"{direction} {second}"
                    counts[place] = counts.get(place, 0) + count
        found[f"{minute} {channel}"] = {place: count for place, count in counts.items() if count}
    return found


def _written(own: str | bytes) -> str:
    return own if isinstance(own, str) else str(UUID(bytes=own))
