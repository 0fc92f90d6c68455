"""Claims that two identities are one person, and what becomes of a set of them.

What becomes of claims follows from the claims alone, never from the order they arrived in: they are taken the sure ones
first, then by the time of their evidence, and each one links unless a rule is against it. So a claim that is taken back
leaves no trace.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from shared.contracts.customers import ClaimEvent, IdentityLinked, Side
from shared.contracts.envelope import event_id

Refusal = Literal[
    "same_identity", "blocked", "weak", "shared", "already_linked", "unique_clash", "forbidden_pair", "limit"
]
Outcome = Refusal | Literal["linked"]

Moment = tuple[datetime, str]
"""When a claim was made; its id decides between claims of one moment."""

Rank = tuple[int, str]
"""A claim's place in the order that claims are taken in: the sure ones first, then by moment."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSURE = 1 << 62
"""Beyond any moment in microseconds."""

UNTOLD = Side(kind="unknown", standing="strong")
"""What an identity is taken for that nobody said anything of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """first and second are one person, somebody or something says. at: when the evidence was given.

    sure: the evidence was checked (a login, an import, an agent's word), so it comes before what was merely typed.
    score: set where the evidence is never enough to link, only to ask somebody.
    rank: its place in the order that claims are taken in. Made once, because a storm of claims sorts them many times.
    """

    id: str
    first: str
    second: str
    first_is: Side
    second_is: Side
    evidence: str
    cause: str
    at: datetime
    by: str | None = None
    sure: bool = False
    score: float | None = None
    rank: Rank = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        since = (self.at - _EPOCH) // _MICROSECOND
        object.__setattr__(self, "rank", (since if self.sure else since + _UNSURE, self.id))

    @property
    def moment(self) -> Moment:
        """When it was made."""
        return (self.at, self.id)

    @property
    def identities(self) -> tuple[str, str]:
        """Both."""
        return (self.first, self.second)

    def other(self, identity: str) -> str:
        """The one that `identity` is claimed to be one person with."""
        return self.second if identity == self.first else self.first

    def side_of(self, identity: str) -> Side:
        """What the claim takes `identity` for."""
        return self.first_is if identity == self.first else self.second_is

    def unique_beside(self, identity: str) -> tuple[str, str] | None:
        """Kind and hash of the identity that `identity` is joined to, if the claim takes that one for unique."""
        other = self.other(identity)
        side = self.side_of(other)
        return (side.kind, other) if side.standing == "unique" else None


def claim_in(event: ClaimEvent) -> Claim:
    """The claim that an event tells of; events from before claims had ids name theirs by what caused it."""
    return Claim(
        id=event.claim or claim_id(event.cause, event.also),
        first=event.identity,
        second=event.also,
        first_is=event.of or UNTOLD,
        second_is=event.of_also or UNTOLD,
        evidence=event.evidence,
        cause=event.cause,
        at=event.claimed or event.at,
        by=event.by,
        sure=bool(event.sure),
        score=None if isinstance(event, IdentityLinked) else event.score,
    )


def claim_id(cause: str, also: str) -> str:
    """The id of the claim that an event makes about the identity it was sent with and `also`."""
    return event_id(f"/identifications/{cause}", also)


def suggestion_id(one: str, other: str) -> str:
    """The id of the suggestion that two identities are one person: there is one, whichever is named first."""
    return event_id("/suggestions", " ".join(sorted((one, other))))


def told(claim: Claim, at: datetime) -> dict[str, Any]:
    """The fields of an event of this moment that is about the claim, but for what became of it."""
    return {
        "identity": claim.first,
        "also": claim.second,
        "at": at,
        "evidence": claim.evidence,
        "cause": claim.cause,
        "claim": claim.id,
        "claimed": claim.at,
        "of": claim.first_is,
        "of_also": claim.second_is,
        "by": claim.by,
        "sure": claim.sure,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """shared_from: a strong identity that claims join to so many unique ones of one kind is shared.

    most: identities of a customer; most_of_kind: of one kind, where that is fewer.
    """

    shared_from: int = 2
    most: int = 100
    most_of_kind: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Group:
    """Identities that are one person. kinds: how many of each; uniques: the kinds of which there may be one only.

    apart: the identities that one of the members must not be one with.
    """

    members: set[str]
    kinds: dict[str, int]
    uniques: set[str]
    apart: set[str]

    def joined(self, other: "Group") -> "Group":
        """Both as one: the larger one of them, which is changed."""
        smaller, larger = (self, other) if len(self.members) <= len(other.members) else (other, self)
        larger.members |= smaller.members
        larger.uniques |= smaller.uniques
        larger.apart |= smaller.apart
        for kind, count in smaller.kinds.items():
            larger.kinds[kind] = larger.kinds.get(kind, 0) + count
        return larger


class Resolution:
    """Takes claims in their order and says what becomes of each.

    side: what an identity is; shared: whether it is many people's; apart: the identities it must not be one with.
    """

    def __init__(
        self,
        limits: Limits,
        side: Callable[[str], Side],
        shared: Callable[[str], bool],
        apart: Callable[[str], Collection[str]],
    ) -> None:
        self._limits = limits
        self._side = side
        self._shared = shared
        self._apart = apart
        self._groups: dict[str, Group] = {}

    def resolve(self, claims: Iterable[Claim]) -> dict[str, Outcome]:
        """The outcome of each claim, by id."""
        return {claim.id: self._take(claim) for claim in sorted(claims, key=lambda claim: claim.rank)}

    def _take(self, claim: Claim) -> Outcome:
        if refusal := self.refusal(claim):
            return refusal
        one, other = (self._group(identity) for identity in claim.identities)
        if one is other:
            return "already_linked"
        if refusal := self.clash(one, other):
            return refusal
        joined = one.joined(other)
        for identity in (other if joined is one else one).members:
            self._groups[identity] = joined
        return "linked"

    def refusal(self, claim: Claim) -> Refusal | None:
        """Why a claim links nothing whatever else is claimed; None if that depends on other claims."""
        if claim.first == claim.second:
            return "same_identity"
        standings = (self._side(claim.first).standing, self._side(claim.second).standing)
        if "blocked" in standings:
            return "blocked"
        if "weak" in standings:
            return "weak"
        return "shared" if self._shared(claim.first) or self._shared(claim.second) else None

    def clash(self, one: Group, other: Group) -> Refusal | None:
        """Why these two must not be one customer; None if they may."""
        if not one.uniques.isdisjoint(other.uniques):
            return "unique_clash"
        if not one.apart.isdisjoint(other.members):
            return "forbidden_pair"
        if len(one.members) + len(other.members) > self._limits.most:
            return "limit"
        most = self._limits.most_of_kind
        if not most:
            return None
        both = ((kind, count + other.kinds.get(kind, 0)) for kind, count in one.kinds.items())
        return "limit" if any(count > most.get(kind, self._limits.most) for kind, count in both) else None

    def _group(self, identity: str) -> Group:
        group = self._groups.get(identity)
        if group is None:
            group = self._groups[identity] = self.group_of((identity,))
        return group

    def group_of(self, identities: Iterable[str]) -> Group:
        """These identities as one customer, whatever is claimed of them."""
        group = Group(set(), {}, set(), set())
        for identity in identities:
            side = self._side(identity)
            group.members.add(identity)
            group.kinds[side.kind] = group.kinds.get(side.kind, 0) + 1
            if side.standing == "unique":
                group.uniques.add(side.kind)
            group.apart.update(self._apart(identity))
        return group
