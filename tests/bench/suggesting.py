"""How good suggestions are: candidates by the keys they are stored under, ranked by likeness, held against the truth.

*Found* are the pairs of one person's records among the suggested. Precision at N is the share of those among the N most
alike; *at the top* it is that of the first N where N is the number found, so that it would be 1 if every pair of one
person stood before every other. Recall is the found among all pairs of one person's records. Equal likeness is ranked
by the records' places, which has nothing to do with the truth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from services.profile.domain.likeness import Person, keys
from services.profile.domain.matching import rivals, score

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record and whose it is in truth; several people's if it was mixed up.

    customer: records of one are linked already, so they are suggested together, by the two that are most alike.
    unique: kinds of unique identities the customer has. Two that have the same kind are refused as a suggestion.
    """

    person: Person
    whose: frozenset[int]
    customer: str
    unique: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """hits: of each suggested pair, the most alike first, whether it is one person's. true: all pairs that are.

    reachable: those of them that share a key.

    compared: pairs that share a key, true or not. widest: records under the most crowded key.
    """

    hits: tuple[bool, ...]
    true: int
    reachable: int
    compared: int
    widest: int

    @property
    def found(self) -> int:
        return sum(self.hits)

    @property
    def recall(self) -> float:
        return self.found / self.true

    def precision_at(self, count: int) -> float:
        """Of the first `count` suggestions, or of all if there are fewer."""
        first = self.hits[:count]
        return sum(first) / len(first)


def rank(records: Sequence[Known]) -> Ranking:
    """Compares what shares a key, as the hub does when something is told."""
    by_key: dict[str, list[str]] = {}
    named = {f"{place:07}": record for place, record in enumerate(records)}
    for name, record in named.items():
        for key in keys(record.person):
            by_key.setdefault(key, []).append(name)
    customers = _customers(records)
    scores: dict[Pair, float] = {}
    for one, other in rivals(by_key, named.keys()):
        pair = _pair(named[one].customer, named[other].customer)
        scores[pair] = max(scores.get(pair, 0.0), score(named[one].person, named[other].person))
    candidates = {pair for pair in scores if _may_be_one(customers, pair)}
    true = _true(customers)
    best_first = sorted((-scores[pair], pair) for pair in candidates if scores[pair])
    return Ranking(
        hits=tuple(pair in true for _, pair in best_first),
        true=len(true),
        reachable=len(candidates & true),
        compared=len(candidates),
        widest=max(map(len, by_key.values())),
    )


def _customers(records: Iterable[Known]) -> dict[str, Known]:
    """Each customer, whose it is by all of its records."""
    customers: dict[str, Known] = {}
    for record in records:
        before = customers.get(record.customer)
        customers[record.customer] = replace(record, whose=record.whose | before.whose) if before else record
    return customers


def _true(customers: Mapping[str, Known]) -> set[Pair]:
    by_owner: dict[int, list[str]] = {}
    for name, customer in customers.items():
        for owner in customer.whose:
            by_owner.setdefault(owner, []).append(name)
    pairs = {_pair(*both) for group in by_owner.values() for both in combinations(group, 2)}
    return {pair for pair in pairs if _may_be_one(customers, pair)}


def _may_be_one(customers: Mapping[str, Known], pair: Pair) -> bool:
    one, other = pair
    return one != other and not customers[one].unique & customers[other].unique


def _pair(one: str, other: str) -> Pair:
    return min(one, other), max(one, other)
