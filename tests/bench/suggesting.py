"""How good suggestions are: candidates by the keys they are stored under, ranked by likeness, held against the truth.

*Found* are the pairs of one person's records among the suggested. Precision at N is the share of those among the N most
alike; *at the top* it is that of the first N where N is the number found, so that it would be 1 if every pair of one
person stood before every other. Recall is the found among all pairs of one person's records. Equal likeness is ranked
by the records' places, which has nothing to do with the truth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from services.profile.domain.likeness import Person, keys, likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A record and whose it is in truth; several people's if it was mixed up.

    unique: kinds of unique identities it has. Two that have the same kind cannot be linked, so they are not suggested.
    """

    person: Person
    whose: frozenset[int]
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
    """Compares what shares a key, as the hub does when a record is new."""
    by_key: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        for key in keys(record.person):
            by_key.setdefault(key, []).append(place)
    candidates = _linkable(by_key.values(), records)
    scored = [
        (-score, one, other)
        for one, other in candidates
        if (score := likeness(records[one].person, records[other].person)) is not None
    ]
    by_owner: dict[int, list[int]] = {}
    for place, record in enumerate(records):
        for owner in record.whose:
            by_owner.setdefault(owner, []).append(place)
    true = _linkable(by_owner.values(), records)
    return Ranking(
        hits=tuple((one, other) in true for _, one, other in sorted(scored)),
        true=len(true),
        reachable=len(candidates & true),
        compared=len(candidates),
        widest=max(map(len, by_key.values())),
    )


def _linkable(groups: Iterable[Sequence[int]], records: Sequence[Known]) -> set[tuple[int, int]]:
    return {
        (one, other)
        for group in groups
        for one, other in combinations(group, 2)
        if not records[one].unique & records[other].unique
    }
