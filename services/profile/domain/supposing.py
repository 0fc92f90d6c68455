"""What would become of all claims if something more were said: the question behind every decision.

A claim that comes in its order is answered at once; one that comes late is taken in its place (late.py). Where it
changes what identities are, or something else is said, the claims that could be concerned are taken anew, from the
first: those that a path of claims connects, not counting paths through what links nothing. A claim that stays refused
keeps the reason it was given.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.profile.domain.claims import Claim, Limits, Outcome, Refusal, Resolution
from services.profile.domain.known import LINKED, Known
from services.profile.domain.late import Late
from shared.contracts.customers import Side

_INERT = frozenset(("shared", "weak", "blocked"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said beyond what is known. claims: new ones; declared: whether an identity is shared; apart: pairs;
    allowed: a pair.
    """

    claims: tuple[Claim, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    declared: tuple[str, bool] | None = None
    apart: tuple[tuple[str, str], ...] = ()
    allowed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes different. outcomes: of claims, in their order; shared: identities that are now (or no longer) seen
    with too many unique ones.
    """

    outcomes: dict[str, Outcome]
    shared: dict[str, bool]


class Supposed:
    """What is known and what is said now, taken together. It lives for one decision and remembers what it found out."""

    def __init__(self, known: Known, limits: Limits, said: Said) -> None:
        self._known = known
        self._limits = limits
        self._said = said
        self._sides: dict[str, Side] = {}
        self._sharing: dict[str, bool] = {}
        self._seen: dict[str, bool] = {}
        self._claims: dict[str, list[Claim]] = {}
        for claim in said.claims:
            for identity in claim.identities:
                self._claims.setdefault(identity, []).append(claim)
        self._resolution = Resolution(limits, self._side, self._shared, self._apart_from)

    def of_claims(self) -> Change:
        """What the claims that are said change."""
        if any(self._is_told_anew(identity) for identity in self._claims):
            return self.around(self._claims)
        if len(self._said.claims) == 1 and self._comes_last(claim := self._said.claims[0]):
            return Change(outcomes={claim.id: self.objection(claim) or "linked"}, shared={})
        return Change(outcomes=self._news(Late(self._known, self._resolution).outcomes(self._said.claims)), shared={})

    def objection(self, claim: Claim) -> Refusal | None:
        """Why the two must not be one customer as things stand, whatever is claimed; None if they might be."""
        if refusal := self._resolution.refusal(claim):
            return refusal
        one, other = self._known.members(claim.first), self._known.members(claim.second)
        if claim.second in one:
            return "already_linked"
        return self._resolution.clash(self._resolution.group_of(one), self._resolution.group_of(other))

    def around(self, identities: Iterable[str]) -> Change:
        """What changes among the claims that these identities are connected with."""
        claims, shared = self._region(identities)
        return Change(outcomes=self._news(self._resolution.resolve(claims)), shared=shared)

    def _news(self, outcomes: Mapping[str, Outcome]) -> dict[str, Outcome]:
        before = self._known.outcomes
        return {
            claim: now
            for claim, now in outcomes.items()
            if (was := before.get(claim)) is None or (was != now and not (_refused(was) and _refused(now)))
        }

    def _is_told_anew(self, identity: str) -> bool:
        """Whether the identity is no longer what it was taken for, so its other claims must be looked at again."""
        told = self._known.told.get(identity)
        if told is not None and self._side(identity) != told.side:
            return True
        return self._seen_shared(identity) != (identity in self._known.seen_shared)

    def _comes_last(self, claim: Claim) -> bool:
        """Whether all links of both customers are of earlier evidence."""
        customers = (self._known.members(identity) for identity in claim.identities)
        return all(claim.rank >= self._known.last_links[members[0]] for members in customers if len(members) > 1)

    def _region(self, identities: Iterable[str]) -> tuple[list[Claim], dict[str, bool]]:
        """The claims that could be concerned, and the identities that begin or cease to be seen as shared."""
        found = {claim.id: claim for claim in self._said.claims}
        changed: dict[str, bool] = {}
        waiting = list(dict.fromkeys(identities))
        seen = set(waiting)
        while waiting:
            identity = waiting.pop()
            shared_now = self._seen_shared(identity)
            if shared_now != (identity in self._known.seen_shared):
                changed[identity] = shared_now
            if self._was_inert(identity) and self._inert(identity):
                continue
            for claim in self._claims_of(identity):
                found[claim.id] = claim
                other = claim.other(identity)
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return list(found.values()), changed

    def _claims_of(self, identity: str) -> Iterable[Claim]:
        for claim in self._known.standing.get(identity, ()):
            if claim not in self._said.withdrawn:
                yield self._known.claims[claim]
        yield from self._claims.get(identity, ())

    def _side(self, identity: str) -> Side:
        side = self._sides.get(identity)
        if side is None:
            side = self._sides[identity] = self._find_side(identity)
        return side

    def _find_side(self, identity: str) -> Side:
        said = self._claims_of(identity) if self._said.withdrawn else self._claims.get(identity, ())
        last = max(said, key=lambda one: one.moment, default=None)
        told = None if self._said.withdrawn else self._known.told.get(identity)
        if last is None or (told is not None and told.moment > last.moment):
            return self._known.side(identity)
        return last.side_of(identity)

    def _shared(self, identity: str) -> bool:
        shared = self._sharing.get(identity)
        if shared is None:
            shared = self._side(identity).standing == "shared" or self._declared(identity)
            shared = self._sharing[identity] = shared or self._seen_shared(identity)
        return shared

    def _inert(self, identity: str) -> bool:
        return self._side(identity).standing in _INERT or self._shared(identity)

    def _was_inert(self, identity: str) -> bool:
        known = self._known
        return known.side(identity).standing in _INERT or identity in known.declared or identity in known.seen_shared

    def _declared(self, identity: str) -> bool:
        said = self._said.declared
        return said[1] if said is not None and said[0] == identity else identity in self._known.declared

    def _seen_shared(self, identity: str) -> bool:
        """Whether claims join it to so many unique identities of one kind that it cannot be one person's."""
        seen = self._seen.get(identity)
        if seen is None:
            seen = self._seen[identity] = self._sees_shared(identity)
        return seen

    def _sees_shared(self, identity: str) -> bool:
        if self._side(identity).standing != "strong":
            return False
        known = self._known.uniques.get(identity, {})
        if self._said.withdrawn and known:
            known = self._uniques_left(identity)
        new: dict[str, set[str]] = {kind: set() for kind in known}
        for kind, other in _uniques(identity, self._claims.get(identity, ())):
            if other not in known.get(kind, ()):
                new.setdefault(kind, set()).add(other)
        return any(len(known.get(kind, ())) + len(others) >= self._limits.shared_from for kind, others in new.items())

    def _uniques_left(self, identity: str) -> dict[str, dict[str, None]]:
        left: dict[str, dict[str, None]] = {}
        for kind, other in _uniques(identity, self._claims_of(identity)):
            left.setdefault(kind, {})[other] = None
        return left

    def _apart_from(self, identity: str) -> Collection[str]:
        known: Collection[str] = self._known.apart.get(identity, ())
        if not self._said.apart and self._said.allowed is None:
            return known
        said = {other for pair in self._said.apart if identity in pair for other in pair if other != identity}
        if said:
            return said.union(known)
        allowed = self._said.allowed
        return set(known) - set(allowed) if allowed is not None and identity in allowed else known


def _uniques(identity: str, claims: Iterable[Claim]) -> Iterable[tuple[str, str]]:
    """The identities that these claims join it to and take for unique, with their kinds."""
    return (beside for claim in claims if (beside := claim.unique_beside(identity)))


def _refused(outcome: str) -> bool:
    return outcome not in (LINKED, "already_linked")
