"""Reading suggestions: the pairs of customers that somebody should look at, the likeliest first.

Claims are about identities. Two customers may have several suggestions between them; they are shown once, as the
likeliest of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.profile.domain.known import SUGGESTED
from services.profile.domain.likeness import Agreement, agreement
from services.profile.domain.matching import EVIDENCE, score
from services.profile.domain.pages import Mark, WrongCursor, fingerprint, mark_cursor, read_mark
from services.profile.matching import person_in
from services.profile.reading import Customers, Found
from services.profile.store import Store
from shared.mongo import Document

_QUERY = fingerprint("suggestions")

MOST = 200
"""So many suggestions about one customer are looked at."""

_OPEN = {"outcome": SUGGESTED, "score": {"$gt": 0}}
_BEST_FIRST = [("score", -1), ("_id", 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """claim: its document. one, other: the customers, in the order of the claim's identities.

    agreement: how the fields agree that both identities tell now; empty, where the hub did not compare them itself.
    """

    claim: Document
    one: Found
    other: Found
    agreement: Mapping[str, Agreement]


class Suggestions:
    """Reads suggestions that are open: nobody accepted or dismissed them, and nothing else came between."""

    def __init__(self, store: Store, customers: Customers) -> None:
        self._store = store
        self._customers = customers

    async def about(self, customer: Found) -> list[Suggestion]:
        """Those of one customer, who is `one` of each."""
        claims = self._store.claims.find({**_OPEN, "identities": {"$in": list(customer.hashes)}})
        found = await self._shown(await claims.sort(_BEST_FIRST).limit(MOST).to_list())
        return [one if one.one.id == customer.id else _turned(one) for one in found]

    async def page(self, after: str | None, limit: int) -> tuple[list[Suggestion], str | None]:
        """All of them, and the cursor to go on with if there may be more; a page with fewer need not be the last."""
        matching: dict[str, Any] = _OPEN if after is None else {**_OPEN, **_beyond(after)}
        claims = await self._store.claims.find(matching).sort(_BEST_FIRST).limit(limit + 1).to_list()
        last = claims[limit - 1] if len(claims) > limit else None
        cursor = None if last is None else mark_cursor(Mark(way=0, key=repr(last["score"]), id=last["_id"]), _QUERY)
        return await self._shown(claims[:limit]), cursor

    async def _shown(self, claims: Sequence[Document]) -> list[Suggestion]:
        """The suggestions of these claims, but for those that stand behind a likelier one of the same customers."""
        identities = {identity for claim in claims for identity in claim["identities"]}
        customers = await self._customers.by_hashes(identities)
        best = await self._best(customers.values())
        compared = {one["_id"]: one async for one in self._store.likeness.find({"_id": {"$in": list(identities)}})}
        found: list[Suggestion] = []
        for claim in claims:
            one, other = (customers[identity] for identity in claim["identities"])
            if best.get(_pair(one.id, other.id)) != claim["_id"] or not _are_known(claim, one, other):
                continue
            records = [compared[identity] for identity in claim["identities"] if identity in compared]
            agreed = _agreement(claim, records)
            if agreed is not None:
                found.append(Suggestion(claim=claim, one=one, other=other, agreement=agreed))
        return found

    async def _best(self, customers: Iterable[Found]) -> dict[tuple[str, str], str]:
        """The likeliest claim of each two customers, among all that are open about any of these."""
        whose = {identity: customer.id for customer in customers for identity in customer.hashes}
        best: dict[tuple[str, str], str] = {}
        of_them = {**_OPEN, "identities": {"$in": list(whose)}}
        async for claim in self._store.claims.find(of_them, {"identities": 1}).sort(_BEST_FIRST):
            one, other = (whose.get(identity) for identity in claim["identities"])
            if one and other and one != other:
                best.setdefault(_pair(one, other), claim["_id"])
        return best


def _agreement(claim: Document, records: Sequence[Document]) -> Mapping[str, Agreement] | None:
    """None if the hub found it and its ground is gone by now."""
    if claim["evidence"] != EVIDENCE:
        return {}
    if len(records) < 2:
        return None
    one, other = (person_in(record) for record in records)
    return agreement(one, other) if score(one, other) else None


def _are_known(claim: Document, one: Found, other: Found) -> bool:
    """Whether neither of the identities was erased."""
    first, second = claim["identities"]
    return one.plain(first) is not None and other.plain(second) is not None


def _turned(found: Suggestion) -> Suggestion:
    return Suggestion(claim=found.claim, one=found.other, other=found.one, agreement=found.agreement)


def _pair(one: str, other: str) -> tuple[str, str]:
    return min(one, other), max(one, other)


def _beyond(cursor: str) -> dict[str, Any]:
    """What comes after the claim that a cursor names, in their order."""
    mark = read_mark(cursor, _QUERY)
    try:
        last = float(mark.key)
    except ValueError as error:
        raise WrongCursor from error
    if not 0 <= last <= 1:
        raise WrongCursor
    return {"score": {"$gt": 0, "$lte": last}, "$or": [{"score": {"$lt": last}}, {"_id": {"$gt": mark.id}}]}
