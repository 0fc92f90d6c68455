"""What would become of all claims if something more were said: the question behind every decision.

A claim that comes in its order and concerns nobody else is answered at once. Otherwise the claims that could be
concerned are taken anew, from the first: those that a path of claims connects, not counting paths through what links
nothing. A claim that stays refused keeps the reason it was given.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.profile.domain.claims import Claim, Limits, Outcome, Refusal, Resolution, plain_refusal
from services.profile.domain.known import LINKED, Known
from shared.contracts.customers import Side

_INERT = frozenset(("shared", "weak", "blocked"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said beyond what is known. declared: whether an identity is shared; apart, allowed: a pair."""

    claim: Claim | None = None
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

    def of_claim(self, claim: Claim) -> Change:
        """What the claim that is said changes."""
        outcome = self._at_once(claim)
        return self.around(claim.identities) if outcome is None else Change(outcomes={claim.id: outcome}, shared={})

    def objection(self, claim: Claim) -> Refusal | None:
        """Why the two must not be one customer as things stand, whatever is claimed; None if they might be."""
        return plain_refusal(claim, self._side, self._shared) or self._between_customers(claim)

    def around(self, identities: Iterable[str]) -> Change:
        """What changes among the claims that these identities are connected with."""
        claims, shared = self._region(identities)
        outcomes = self._resolution().resolve(claims)
        before = self._known.outcomes
        changed = {
            claim: now
            for claim, now in outcomes.items()
            if (was := before.get(claim)) is None or (was != now and not (_refused(was) and _refused(now)))
        }
        return Change(outcomes=changed, shared=shared)

    def _at_once(self, claim: Claim) -> Outcome | None:
        """The outcome, where the claim is the last and nobody else is concerned; None if it takes a closer look."""
        known = self._known
        for identity in claim.identities:
            told = known.told.get(identity)
            if told is not None and claim.moment >= told.moment and told.side != claim.side_of(identity):
                return None
            if self._seen_shared(identity) != (identity in known.seen_shared):
                return None
        if refusal := plain_refusal(claim, self._side, self._shared):
            return refusal
        customers = (known.members(identity) for identity in claim.identities)
        if any(claim.rank < known.last_links[members[0]] for members in customers if len(members) > 1):
            return None
        return self._between_customers(claim) or "linked"

    def _between_customers(self, claim: Claim) -> Refusal | None:
        one, other = self._known.members(claim.first), self._known.members(claim.second)
        return "already_linked" if claim.second in one else self._resolution().objection(one, other)

    def _resolution(self) -> Resolution:
        return Resolution(self._limits, self._side, self._shared, self._apart_from)

    def _region(self, identities: Iterable[str]) -> tuple[list[Claim], dict[str, bool]]:
        """The claims that could be concerned, and the identities that begin or cease to be seen as shared."""
        said = self._said.claim
        found = {} if said is None else {said.id: said}
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
        if self._said.claim is not None and identity in self._said.claim.identities:
            yield self._said.claim

    def _side(self, identity: str) -> Side:
        side = self._sides.get(identity)
        if side is None:
            side = self._sides[identity] = self._find_side(identity)
        return side

    def _find_side(self, identity: str) -> Side:
        claim, told = self._said.claim, self._known.told.get(identity)
        if claim is not None and identity in claim.identities and (told is None or claim.moment >= told.moment):
            return claim.side_of(identity)
        if self._said.withdrawn:
            last = max(self._claims_of(identity), key=lambda one: one.moment, default=None)
            return last.side_of(identity) if last else self._known.side(identity)
        return self._known.side(identity)

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
        more = dict.fromkeys(known, 0)
        claim = self._said.claim
        if claim is not None and identity in claim.identities:
            other = claim.other(identity)
            side = claim.side_of(other)
            if side.standing == "unique":
                more[side.kind] = int(other not in known.get(side.kind, ()))
        return any(len(known.get(kind, ())) + one >= self._limits.shared_from for kind, one in more.items())

    def _uniques_left(self, identity: str) -> dict[str, dict[str, None]]:
        left: dict[str, dict[str, None]] = {}
        for claim in self._claims_of(identity):
            other = claim.other(identity)
            if (side := claim.side_of(other)).standing == "unique":
                left.setdefault(side.kind, {})[other] = None
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


def _refused(outcome: str) -> bool:
    return outcome not in (LINKED, "already_linked")
