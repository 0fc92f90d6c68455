"""Finding who could be one person: what is told of an identity is compared with those that it shares a key with.

`likeness`      one document an identity of which enough is known: what it is compared by, and its keys
`crowded_keys`  keys that too many share, which nobody is compared by any more

A record is written before its rivals are looked for, so of two that are told at the same moment one finds the other.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from pymongo import DeleteOne, ReplaceOne, UpdateOne

from services.profile.domain.commands import LinkIdentities
from services.profile.domain.known import WITHDRAWN
from services.profile.domain.likeness import Person, keys
from services.profile.domain.matching import (
    ATTRIBUTES,
    EVIDENCE,
    MOST_SUGGESTED,
    NOTABLE,
    crowded,
    person,
    rivals,
    score,
)
from services.profile.domain.rules import Classifier
from services.profile.store import Store
from shared.contracts.envelope import event_id
from shared.mongo import Document

Pair = tuple[str, str]
_AT_ONCE = 200
_COMPARABLE = ("strong", "unique")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something was told of an identity (its hash) by an event. claimed: whom the event says it is one person with.

    attributes: whether it was more than a name.
    """

    identity: str
    cause: str
    at: datetime
    attributes: bool = True
    claimed: frozenset[str] = frozenset()


class Matching:
    """Keeps what identities are compared by, and asks to suggest those that are alike."""

    def __init__(self, store: Store, classifier: Classifier) -> None:
        self._store = store
        self._classifier = classifier

    async def suggestions(self, told: Iterable[Told]) -> list[LinkIdentities]:
        """What to ask the decision maker, now that these things are written. The same events ask the same again."""
        latest = _latest(told)
        named = [one.identity for one in latest.values() if not one.attributes]
        if named:
            compared = await self._documents(named)
            latest = {name: one for name, one in latest.items() if one.attributes or name in compared}
        found: list[LinkIdentities] = []
        identities = sorted(latest)
        for start in range(0, len(identities), _AT_ONCE):
            found += await self._of(identities[start : start + _AT_ONCE], latest)
        return found

    async def renew(self, identities: Collection[str]) -> dict[str, Document]:
        """Writes what these identities are compared by, as it follows from what is known of them; the documents.

        It is looked up again after it was written: whoever writes last has seen everything, an erasure too.
        """
        written: dict[str, Document] | None = None
        while written != (found := await self._derived(identities)):
            changes = [
                ReplaceOne({"_id": name}, found[name], upsert=True) if name in found else DeleteOne({"_id": name})
                for name in identities
            ]
            await self._store.likeness.bulk_write(changes, ordered=False)
            written = found
        return found

    async def _derived(self, identities: Collection[str]) -> dict[str, Document]:
        of_them = {"identity": {"$in": list(identities)}, "name": {"$in": list(ATTRIBUTES)}, "value": {"$ne": None}}
        stated: dict[str, dict[str, str]] = {}
        async for one in self._store.attributes.find(of_them, {"identity": 1, "name": 1, "value": 1}):
            stated.setdefault(one["identity"], {})[one["name"]] = one["value"]
        found: dict[str, Document] = {}
        async for seen in self._store.identities.find({"_id": {"$in": list(stated)}, "identity": {"$ne": None}}):
            if self._classifier.side(seen["identity"]).standing not in _COMPARABLE:
                continue
            told = person(stated[seen["_id"]], (name["name"] for name in seen["names"]))
            if told is not None:
                record = {**asdict(told), "names": list(told.names), "keys": keys(told)}
                found[seen["_id"]] = {"_id": seen["_id"], "identity": seen["identity"], **record}
        return found

    async def _of(self, identities: Sequence[str], told: Mapping[str, Told]) -> list[LinkIdentities]:
        records = await self.renew(identities)
        suggested = await self._suggested(identities)
        pairs = await self._pairs(records) | suggested.keys()
        records |= await self._documents({one for pair in pairs for one in pair} - records.keys())
        scores = {pair: _score(records, pair) for pair in pairs if not _are_claimed(pair, told)}
        news = {pair: found for pair, found in scores.items() if _is_news(found, suggested.get(pair))}
        together = await self._customers({one for pair in news for one in pair})
        wanted = {
            pair: found
            for pair, found in news.items()
            if found == 0 or together.get(pair[0], pair[0]) != together.get(pair[1], pair[1])
        }
        return [self._command(pair, wanted[pair], told, records) for pair in _likeliest(wanted, told)]

    async def _documents(self, identities: Collection[str]) -> dict[str, Document]:
        found = self._store.likeness.find({"_id": {"$in": list(identities)}})
        return {one["_id"]: one async for one in found}

    async def _suggested(self, identities: Sequence[str]) -> dict[Pair, float]:
        """The scores of what was asked about these identities before."""
        of_them = {"identities": {"$in": list(identities)}, "evidence": EVIDENCE, "score": {"$exists": True}}
        found = self._store.claims.find({**of_them, "outcome": {"$ne": WITHDRAWN}}, {"identities": 1, "score": 1})
        return {_pair(*one["identities"]): one["score"] async for one in found}

    async def _pairs(self, records: Mapping[str, Document]) -> set[Pair]:
        """Those to compare with each other."""
        wanted = {key for record in records.values() for key in record["keys"]}
        left_out = self._store.crowded_keys.find({"_id": {"$in": list(wanted)}})
        wanted -= {one["_id"] async for one in left_out}
        groups: dict[str, list[str]] = {key: [] for key in wanted}
        async for record in self._store.likeness.find({"keys": {"$in": list(wanted)}}, {"keys": 1}):
            for key in wanted.intersection(record["keys"]):
                groups[key].append(record["_id"])
        if full := crowded(groups):
            noted = [UpdateOne({"_id": key}, {"$set": {}}, upsert=True) for key in sorted(full)]
            await self._store.crowded_keys.bulk_write(noted, ordered=False)
        return rivals(groups, records.keys())

    async def _customers(self, identities: Collection[str]) -> dict[str, str]:
        """The customer that each of these identities is in, of those that are in one with others."""
        found = self._store.customers.find({"members": {"$in": list(identities)}, "until": None})
        return {member: one["_id"] async for one in found for member in one["members"]}

    def _command(
        self, pair: Pair, found: float, told: Mapping[str, Told], records: Mapping[str, Document]
    ) -> LinkIdentities:
        because = max((told[one] for one in pair if one in told), key=lambda one: (one.at, one.cause))
        first, second = (self._classifier.side(_address(records, one)) for one in pair)
        return LinkIdentities(
            id=event_id(f"/suggestions/{because.cause}", " ".join(pair)),
            first=pair[0],
            second=pair[1],
            of=first,
            of_second=second,
            evidence=EVIDENCE,
            cause=because.cause,
            at=because.at,
            score=found,
        )


def _address(records: Mapping[str, Document], hashed: str) -> str | None:
    return records[hashed]["identity"] if hashed in records else None


def _latest(told: Iterable[Told]) -> dict[str, Told]:
    """What was told last of each identity; whom any of it says that it is one person with."""
    latest: dict[str, Told] = {}
    for one in sorted(told, key=lambda one: (one.attributes, one.at, one.cause)):
        before = latest.get(one.identity)
        latest[one.identity] = replace(one, claimed=one.claimed | before.claimed) if before else one
    return latest


def person_in(record: Document) -> Person:
    """What a document of `likeness` tells of a person."""
    return Person(
        names=tuple(record["names"]), postcode=record["postcode"], born=record["born"], street=record["street"]
    )


def _score(records: Mapping[str, Document], pair: Pair) -> float:
    one, other = (records.get(identity) for identity in pair)
    return 0.0 if one is None or other is None else score(person_in(one), person_in(other))


def _is_news(found: float, before: float | None) -> bool:
    if not before:
        return found > 0
    return found == 0 or abs(found - before) >= NOTABLE


def _are_claimed(pair: Pair, told: Mapping[str, Told]) -> bool:
    """Whether the very event that told says that they are one person, which is another question."""
    return any(pair[1 - place] in told[one].claimed for place, one in enumerate(pair) if one in told)


def _likeliest(scores: Mapping[Pair, float], told: Collection[str]) -> list[Pair]:
    """The likeliest pairs of each identity that was told something, and all that are to be taken back."""
    left = dict.fromkeys(told, MOST_SUGGESTED)
    chosen: list[Pair] = []
    for pair in sorted(scores, key=lambda pair: (-scores[pair], pair)):
        if scores[pair] == 0 or any(left.get(one, 0) > 0 for one in pair):
            chosen.append(pair)
            for one in pair:
                left[one] = left.get(one, 0) - 1
    return chosen


def _pair(one: str, other: str) -> Pair:
    return min(one, other), max(one, other)
