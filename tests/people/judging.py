"""How good links are, in pairs of identities held against the truth.

A pair of identities is *right* if both belong to the same one person and to nobody else. So a couple's mailbox makes
no right pair with anything, and a number that was handed on makes none either: linking it would show one person's
messages to the other.

*What the evidence supports*: the pairs of one person's identities that a path of claims connects, where every claim on
the path is true, no identity on it is anybody else's too, and the rules allow each step (nothing shared, unique ones
of a kind, limits). It is calculated by walking just those claims with the naive implementation in tests/oracle.

Precision is right pairs among linked pairs; recall is supported pairs among those linked, over all supported ones.
*Strangers* are the worst of the pairs that are not right: each identity is one person's alone, and it is not the same
person. The others hold an identity of several people, linked to one of them.
Three selections of claims tell apart where precision is lost, as no rule can know better than its evidence:

- *sound*: without wrong claims, and without those on identities that belong to several people while nothing that was
  claimed shows it. Here a decider without error reaches 1 and 1.
- *true*: without wrong claims only. What is lost here are couples' mailboxes, landlines and handed-on numbers that
  were never seen with two unique identities of a kind.
- *all*: as it comes, wrong claims included: partners' numbers, slips of the keyboard, a stranger's handle.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tests.oracle.people import Claim, Statements, resolve
from tests.people.contacts import Heard
from tests.people.deciding import LIMITS, decide_all

Pairs = set[tuple[str, str]]
_REFUSED_FOR_GOOD = ("shared", "blocked", "weak", "same_identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Counts of pairs of identities. kept: supported pairs that are linked; strangers: linked pairs of two people."""

    linked: int
    right: int
    strangers: int
    supported: int
    kept: int

    @property
    def precision(self) -> float:
        return self.right / self.linked if self.linked else 1.0

    @property
    def strange(self) -> float:
        """The share of strangers among the linked pairs."""
        return self.strangers / self.linked if self.linked else 0.0

    @property
    def recall(self) -> float:
        return self.kept / self.supported if self.supported else 1.0


def judge(world: Heard, claims: Sequence[Claim]) -> Judged:
    """Decides these claims of the world, and holds what comes out against its truth."""
    linked, supported = pairs(decide_all(claims).partition), supported_pairs(world)
    return Judged(
        linked=len(linked),
        right=sum(_are_own(world, pair) and _have_one_owner(world, pair) for pair in linked),
        strangers=sum(_are_own(world, pair) and not _have_one_owner(world, pair) for pair in linked),
        supported=len(supported),
        kept=len(linked & supported),
    )


def supported_pairs(world: Heard) -> Pairs:
    """What the evidence supports, as defined above."""
    own = tuple(claim for claim in true_claims(world) if _are_own(world, sides(claim)))
    return pairs(resolve(Statements(claims=own), LIMITS).partition)


def true_claims(world: Heard) -> tuple[Claim, ...]:
    """Without the wrong ones."""
    return tuple(claim for claim in world.claims if claim.id not in world.wrong)


def sound_claims(world: Heard) -> tuple[Claim, ...]:
    """Without the wrong ones, and without those on identities of several people that the rules do not recognise."""
    claims = true_claims(world)
    outcome = resolve(Statements(claims=claims), LIMITS).outcome
    unseen = {
        identity
        for claim in claims
        if outcome[claim.id] not in _REFUSED_FOR_GOOD
        for identity in sides(claim)
        if not _are_own(world, (identity,))
    }
    return tuple(claim for claim in claims if not unseen.intersection(sides(claim)))


def sides(claim: Claim) -> tuple[str, str]:
    """Its two identities."""
    return claim.first.identity, claim.second.identity


def pairs(customers: Iterable[Iterable[str]]) -> Pairs:
    """Every two identities of one customer."""
    return {pair for customer in customers for pair in combinations(sorted(customer), 2)}


def pairs_of(owners: Mapping[str, int]) -> Pairs:
    """Every two identities of one owner."""
    owned: dict[int, list[str]] = {}
    for identity, owner in owners.items():
        owned.setdefault(owner, []).append(identity)
    return pairs(owned.values())


def _are_own(world: Heard, identities: Iterable[str]) -> bool:
    return all(len(world.owners[identity]) == 1 for identity in identities)


def _have_one_owner(world: Heard, identities: Iterable[str]) -> bool:
    return len({world.owners[identity] for identity in identities}) == 1
