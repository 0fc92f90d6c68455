"""Two generations of profile's views, side by side: is it the same that they know?

What is said about differences has nothing personal in it: hashes and ids, never an address or a text.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from pymongo import AsyncMongoClient

from services.profile.reading import Customers
from services.profile.store import VIEWS, Store
from shared.generations import views_database
from shared.mongo import Document

_MOST_OF_ONE = 20_000
"""Documents of one customer in one view that are compared; of those with more, only their number is."""

_LOOKS = 6
_PAUSE_SECONDS = 0.5

Differing = dict[tuple[str, str], str]
"""What differs, by view and document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """customers, documents: so many were compared. differences: sentences."""

    customers: int
    documents: int
    differences: Sequence[str]


def store_of(client: AsyncMongoClient[Document], namespace: str, generation: int) -> Store:
    """A generation's views."""
    return Store(views_database(client, namespace, "profile", generation))


async def counts(store: Store) -> dict[str, int]:
    """How many documents each view has."""
    return {view: await store.database[view].count_documents({}) for view in VIEWS}


async def compare(one: Store, other: Store, sample: int) -> Compared:
    """Compares up to `sample` customers, half of them out of each, with everything that is known of them.

    What is under way in one of them differs for a moment only, so just what differs in every look counts.
    """
    seen: set[tuple[str, ...]] = set()
    documents = 0
    differences: list[str] = []
    for source in (one, other):
        async for identity in _some(source, sample - sample // 2 if source is one else sample // 2):
            customer = (await Customers(source).by_hash(identity)).hashes
            if customer in seen:
                continue
            seen.add(customer)
            looked_at, differing = await _differing(one, other, customer)
            documents += looked_at
            differences += [f"{customer[0]}: {view} {own} {how}" for (view, own), how in differing.items()]
    return Compared(customers=len(seen), documents=documents, differences=differences)


async def _some(store: Store, many: int) -> AsyncIterator[str]:
    if many:
        async for found in await store.identities.aggregate([{"$sample": {"size": many}}, {"$project": {"_id": 1}}]):
            yield found["_id"]


async def _differing(one: Store, other: Store, identities: Sequence[str]) -> tuple[int, Differing]:
    looked_at, differing = await _look(one, other, identities)
    for _ in range(_LOOKS):
        if not differing:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        looked_at, again = await _look(one, other, identities)
        differing = {what: how for what, how in again.items() if what in differing}
    return looked_at, differing


async def _look(one: Store, other: Store, identities: Sequence[str]) -> tuple[int, Differing]:
    differing: Differing = {}
    looked_at = 0
    for view, field in VIEWS.items():
        if field is None:
            continue
        here, there = await asyncio.gather(
            _documents(one, view, field, identities), _documents(other, view, field, identities)
        )
        looked_at += len(here)
        if _MOST_OF_ONE in (len(here), len(there)):
            continue
        for own in here.keys() | there.keys():
            if own not in there:
                differing[view, own] = "is missing in the new views"
            elif own not in here:
                differing[view, own] = "is only in the new views"
            elif here[own] != there[own]:
                names = here[own].keys() | there[own].keys()
                fields = sorted(name for name in names if here[own].get(name) != there[own].get(name))
                differing[view, own] = f"differs in {', '.join(fields)}"
    return looked_at, differing


async def _documents(store: Store, view: str, field: str, identities: Sequence[str]) -> dict[str, Document]:
    found = store.database[view].find({field: {"$in": list(identities)}}).limit(_MOST_OF_ONE)
    return {str(document["_id"]): document async for document in found}
