"""The view of who is one person, as a fold of the decisions: claims and what became of them, customers through time.

`claims`     one document a claim, with its outcome
`customers`  one document a version of a customer: its members, since one decision until another (`until` is null for
             what is so now); identities that were never linked have none
`shared`     identities that a person declared shared (`declared`), or that were seen with too many (`seen`)
`apart`      pairs that must never be one customer

Doing a decision again changes nothing, so the view may be behind or repeat, and is never wrong for good.
"""

from collections.abc import Sequence
from functools import partial

from pymongo import DeleteOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession

from services.profile.domain.claims import Claim, claim_in
from services.profile.domain.customers import customers
from services.profile.domain.known import LINKED, SUGGESTED, WITHDRAWN
from services.profile.store import Store
from shared.contracts.customers import (
    ClaimEvent,
    CustomerErased,
    CustomerEvent,
    IdentifierOwned,
    IdentifierShared,
    IdentityLinked,
    IdentitySplit,
    LinkAllowed,
    LinkForbidden,
    LinkRefused,
    LinkSuggested,
    Side,
)
from shared.decisions import Entry
from shared.mongo import Document, unless_later

Write = DeleteOne | ReplaceOne[Document] | UpdateMany | UpdateOne


class CustomersView:
    """Writes the view, a decision at a time, each whole or not at all."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def follow(self, entries: Sequence[Entry[CustomerEvent]]) -> None:
        """Carries the decisions on, durably."""
        for entry in entries:
            async with self._store.database.client.start_session() as session:
                await session.with_transaction(partial(self._apply, entry))

    async def _apply(self, entry: Entry[CustomerEvent], session: AsyncClientSession) -> None:
        touched: set[str] = set()
        writes: dict[str, list[Write]] = {"claims": [], "shared": [], "apart": []}
        for _, event in entry.events:
            touched |= await self._touched(event, session)
            match event:
                case IdentityLinked() | LinkRefused() | LinkSuggested():
                    writes["claims"].append(unless_later(_claim_document(event, entry.sequence), "sequence"))
                case IdentitySplit() | CustomerErased():
                    earlier = {"_id": {"$in": list(event.withdrawn)}, "sequence": {"$lte": entry.sequence}}
                    writes["claims"].append(UpdateMany(earlier, {"$set": _withdrawn(event, entry.sequence)}))
                case IdentifierShared() | IdentifierOwned():
                    writes["shared"].append(_sharing(event))
                case LinkForbidden():
                    writes["apart"].append(ReplaceOne({"_id": _pair(event)}, _apart_document(event), upsert=True))
                case LinkAllowed():
                    writes["apart"].append(DeleteOne({"_id": _pair(event)}))
        for name, of_one in writes.items():
            if of_one:
                await self._store.database[name].bulk_write(of_one, session=session)
        if touched:
            await self._regroup(entry, touched, session)

    async def _touched(self, event: CustomerEvent, session: AsyncClientSession) -> set[str]:
        """The identities whose customers may be others now."""
        match event:
            case IdentityLinked() | LinkRefused():
                return {event.identity, event.also}
            case IdentitySplit() | CustomerErased():
                which = {"_id": {"$in": list(event.withdrawn)}}
                found = self._store.claims.find(which, {"identities": 1}, session=session)
                return {identity async for claim in found for identity in claim["identities"]}
            case _:
                return set()

    async def _regroup(self, entry: Entry[CustomerEvent], touched: set[str], session: AsyncClientSession) -> None:
        """Ends the versions of customers that are no longer so and begins the new ones."""
        now = {"members": {"$in": list(touched)}, "until": None}
        before = {tuple(one["members"]): one["_id"] async for one in self._store.customers.find(now, session=session)}
        identities = touched.union(*before)
        linking = {"identities": {"$in": list(identities)}, "outcome": LINKED}
        links = [_claim(one) async for one in self._store.claims.find(linking, session=session)]
        linked = {one for members in before for one in members}
        after = {members for members in customers(identities, links) if len(members) > 1 or members[0] in linked}
        ended = [name for members, name in before.items() if members not in after]
        begun = [_version(members, entry) for members in sorted(after - before.keys())]
        if ended:
            await self._store.customers.update_many(
                {"_id": {"$in": ended}}, {"$set": {"until": entry.at}}, session=session
            )
        if begun:
            await self._store.customers.insert_many(begun, session=session)


def _claim_document(event: ClaimEvent, sequence: int) -> Document:
    claim = claim_in(event)
    document: Document = {
        "_id": claim.id,
        "identities": [claim.first, claim.second],
        "kinds": [claim.first_is.kind, claim.second_is.kind],
        "standings": [claim.first_is.standing, claim.second_is.standing],
        "evidence": claim.evidence,
        "cause": claim.cause,
        "at": claim.at,
        "by": claim.by,
        "sure": claim.sure,
        "decided": event.at,
        "sequence": sequence,
    }
    match event:
        case IdentityLinked():
            return {**document, "outcome": LINKED}
        case LinkRefused():
            score = {} if event.score is None else {"score": event.score}
            return {**document, "outcome": event.reason, **score}
        case LinkSuggested():
            return {**document, "outcome": SUGGESTED, "score": event.score}


def _claim(document: Document) -> Claim:
    first, second = document["identities"]
    first_is, second_is = (
        Side(kind=kind, standing=standing)
        for kind, standing in zip(document["kinds"], document["standings"], strict=True)
    )
    return Claim(
        id=document["_id"],
        first=first,
        second=second,
        first_is=first_is,
        second_is=second_is,
        evidence=document["evidence"],
        cause=document["cause"],
        at=document["at"],
        by=document["by"],
        sure=document["sure"],
    )


def _withdrawn(event: IdentitySplit | CustomerErased, sequence: int) -> Document:
    back = {"by": event.by, "at": event.at, "reason": event.reason}
    return {"outcome": WITHDRAWN, "withdrawn": back, "sequence": sequence}


def _sharing(event: IdentifierShared | IdentifierOwned) -> UpdateOne:
    field = "seen" if event.by is None else "declared"
    word = {"by": event.by, "at": event.at} if isinstance(event, IdentifierShared) else None
    return UpdateOne({"_id": event.identity}, {"$set": {field: word}}, upsert=True)


def _pair(event: LinkForbidden | LinkAllowed) -> str:
    return " ".join(sorted((event.identity, event.also)))


def _apart_document(event: LinkForbidden) -> Document:
    return {"_id": _pair(event), "identities": [event.identity, event.also], "by": event.by, "at": event.at}


def _version(members: tuple[str, ...], entry: Entry[CustomerEvent]) -> Document:
    return {"_id": f"{members[0]}.{entry.sequence}", "members": list(members), "since": entry.at, "until": None}
