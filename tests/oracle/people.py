"""Which identities are one person, calculated at once from everything that was said: slow, plain, and independent.

Every identity starts as its own customer. The claims are walked in the order of their own time, and each either puts
two customers together or has a word why not. Nothing is kept between two calculations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

SUGGESTED = "suggested"
WITHDRAWN = "withdrawn"
LINKED = "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a claim. standing: unique, strong, shared, weak or blocked, when the claim was made."""

    identity: str
    kind: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That two identities are one person."""

    id: str
    first: Side
    second: Side
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Everything that was said: claims, and what agents said of them. forbidden: pairs that may not be together."""

    claims: tuple[Claim, ...]
    withdrawn: frozenset[str] = frozenset()
    forbidden: frozenset[frozenset[str]] = frozenset()
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """k: with so many unique identities of one kind an identity is shared. most: identities of one customer.

    most_of_kind: those of one kind; a kind without an entry has no limit. suggestive: evidence that never links.
    sure: evidence that is taken before all other.
    """

    k: int = 2
    most: int = 100
    most_of_kind: Mapping[str, int] = field(default_factory=dict)
    suggestive: frozenset[str] = frozenset({"similar_name_and_postcode"})
    sure: frozenset[str] = frozenset({"verified_login", "import", "agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """outcome: one word for each claim id. members: each customer, lone identities too, the oldest member first.

    An identity that was mentioned only in withdrawn or suggestive claims is its own customer.
    """

    outcome: dict[str, str]
    members: tuple[tuple[str, ...], ...]

    @property
    def partition(self) -> frozenset[frozenset[str]]:
        """The customers as sets."""
        return frozenset(frozenset(customer) for customer in self.members)

    @property
    def linked(self) -> frozenset[frozenset[str]]:
        """The customers of more than one identity."""
        return frozenset(customer for customer in self.partition if len(customer) > 1)

    @property
    def customer_of(self) -> dict[str, str]:
        """The customer's id of every identity."""
        return {identity: f"cus_{customer[0]}" for customer in self.members for identity in customer}


def resolve(statements: Statements, limits: Limits) -> Resolution:
    """Calculates from scratch; the order and repetition of `statements.claims` do not matter."""
    outcome: dict[str, str] = {}
    walked: list[Claim] = []
    for claim in sorted({claim.id: claim for claim in statements.claims}.values(), key=lambda one: (one.at, one.id)):
        if claim.id in statements.withdrawn:
            outcome[claim.id] = WITHDRAWN
        elif claim.evidence in limits.suggestive:
            outcome[claim.id] = SUGGESTED
        else:
            walked.append(claim)
    by_time = walked
    walked = sorted(by_time, key=lambda claim: claim.evidence not in limits.sure)  # a stable sort: by time within each
    latest = {side.identity: side for claim in by_time for side in (claim.first, claim.second)}
    shared = _shared(walked, latest, statements, limits)
    together = {
        side.identity: frozenset({side.identity}) for claim in statements.claims for side in (claim.first, claim.second)
    }
    links: list[Claim] = []
    for claim in walked:
        word = _word(claim, together, latest, shared, statements, limits)
        outcome[claim.id] = word
        if word == LINKED:
            links.append(claim)
            joined = together[claim.first.identity] | together[claim.second.identity]
            together.update(dict.fromkeys(joined, joined))
    return Resolution(outcome=outcome, members=_members(sorted(links, key=lambda one: (one.at, one.id)), together))


def _shared(
    walked: Iterable[Claim], latest: Mapping[str, Side], statements: Statements, limits: Limits
) -> frozenset[str]:
    """Identities that nobody has alone: by their standing, by an agent's word, or by the unique ones beside them."""
    beside: dict[str, dict[str, set[str]]] = {}
    for claim in walked:
        for one, other in ((claim.first, claim.second), (claim.second, claim.first)):
            if other.standing == "unique":
                of_kind = beside.setdefault(one.identity, {}).setdefault(other.kind, set())
                of_kind.add(other.identity)
    crowded = {
        identity
        for identity, kinds in beside.items()
        if latest[identity].standing == "strong" and any(len(found) >= limits.k for found in kinds.values())
    }
    standing = {identity for identity, side in latest.items() if side.standing == "shared"}
    return frozenset(crowded | standing | statements.shared)


def _word(
    claim: Claim,
    together: Mapping[str, frozenset[str]],
    latest: Mapping[str, Side],
    shared: frozenset[str],
    statements: Statements,
    limits: Limits,
) -> str:
    first, second = claim.first.identity, claim.second.identity
    standings = {latest[first].standing, latest[second].standing}
    joined = together[first] | together[second]
    applies = {
        "same_identity": first == second,
        "blocked": "blocked" in standings,
        "weak": "weak" in standings,
        "shared": first in shared or second in shared,
        "already_linked": second in together[first],
        "unique_clash": _two_unique_of_a_kind(joined, latest),
        "forbidden_pair": any(pair <= joined for pair in statements.forbidden),
        "limit": _too_many(joined, latest, limits),
    }
    return next((word for word, does in applies.items() if does), LINKED)


def _two_unique_of_a_kind(joined: Iterable[str], latest: Mapping[str, Side]) -> bool:
    kinds = [latest[identity].kind for identity in joined if latest[identity].standing == "unique"]
    return len(kinds) > len(set(kinds))


def _too_many(joined: frozenset[str], latest: Mapping[str, Side], limits: Limits) -> bool:
    kinds = [latest[identity].kind for identity in joined]
    return len(joined) > limits.most or any(kinds.count(kind) > most for kind, most in limits.most_of_kind.items())


def _members(links: Iterable[Claim], together: Mapping[str, frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """In the order in which the links mention them first; then those that no link mentions, by their hash."""
    mentioned = [identity for claim in links for identity in (claim.first.identity, claim.second.identity)]
    customers: dict[frozenset[str], list[str]] = {}
    for identity in dict.fromkeys([*mentioned, *sorted(together)]):
        customers.setdefault(together[identity], []).append(identity)
    return tuple(tuple(members) for members in customers.values())
