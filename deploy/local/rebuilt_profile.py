"""Two generations of profile's views, side by side.

What is said about differences has nothing personal in it: hashes and ids, never an address or a text.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial

from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.comparing import Compared, Differing, differing, that_stay
from services.profile.reading import Customers
from services.profile.store import VIEWS, Store
from shared.mongo import Document

_MOST_OF_ONE = 20_000
"""Documents of one customer in one view that are compared; of those with more, only their number is."""


async def compare(live: AsyncDatabase[Document], new: AsyncDatabase[Document], sample: int) -> Compared:
    """Compares up to `sample` customers, half of them out of each, with everything that is known of them."""
    one, other = Store(live), Store(new)
    seen: set[tuple[str, ...]] = set()
    documents = 0
    differences: list[str] = []
    for source in (one, other):
        async for identity in _some(source, sample - sample // 2 if source is one else sample // 2):
            customer = (await Customers(source).by_hash(identity)).hashes
            if customer in seen:
                continue
            seen.add(customer)
            looked_at, differs = await that_stay(partial(_look, one, other, customer))
            documents += looked_at
            differences += [f"{customer[0]}: {view} {own} {how}" for (view, own), how in differs.items()]
    return Compared(what=f"{len(seen)} customers with {documents} documents", differences=differences)


async def _some(store: Store, many: int) -> AsyncIterator[str]:
    if many:
        async for found in await store.identities.aggregate([{"$sample": {"size": many}}, {"$project": {"_id": 1}}]):
            yield found["_id"]


async def _look(one: Store, other: Store, identities: Sequence[str]) -> tuple[int, Differing]:
    differs: Differing = {}
    looked_at = 0
    for view, field in VIEWS.items():
        if field is None:
            continue
        here, there = await asyncio.gather(
            _documents(one, view, field, identities), _documents(other, view, field, identities)
        )
        looked_at += len(here)
        if _MOST_OF_ONE not in (len(here), len(there)):
            differs |= differing(view, here, there)
    return looked_at, differs


async def _documents(store: Store, view: str, field: str, identities: Sequence[str]) -> dict[str, Document]:
    found = store.database[view].find({field: {"$in": list(identities)}}).limit(_MOST_OF_ONE)
    return {str(document["_id"]): document async for document in found}
