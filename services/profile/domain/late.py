"""What claims change that come after claims of later evidence: only what lies around them is looked at again.

Taken in their order, all claims before the first of them stay as they are, so the customers of its moment are those
that the earlier links make. Where it links two of them, identities are in another customer than they were in at that
moment: they have moved, and their later claims are taken again, in their order. A customer that comes out as it was is
at rest again. So claims cost what they move, however much is connected with them.
"""

from collections.abc import Collection
from heapq import heapify, heappop, heappush

from services.profile.domain.claims import Claim, Group, Outcome, Rank, Resolution
from services.profile.domain.known import LINKED, Known


class Late:
    """Takes more claims in their places. It lives for one decision.

    resolution: says who may be one customer, now; identities are what they were, but for what the claims link.
    """

    def __init__(self, known: Known, resolution: Resolution) -> None:
        self._known = known
        self._resolution = resolution
        self._now: dict[str, Group] = {}
        self._was: dict[str, set[str]] = {}
        self._queue: list[tuple[Rank, str]] = []

    def outcomes(self, claims: Collection[Claim]) -> dict[str, Outcome]:
        """The outcome of each claim, and of each earlier known one whose outcome could be another than before."""
        new = {claim.id: claim for claim in claims}
        self._queue = [(claim.rank, claim.id) for claim in claims]
        heapify(self._queue)
        found: dict[str, Outcome] = {}
        while self._queue:
            _, name = heappop(self._queue)
            if name in new:
                found[name] = self._take(new[name], linked=False)
            elif name not in found and any(one in self._now for one in self._known.claims[name].identities):
                found[name] = self._take(self._known.claims[name], linked=self._known.outcomes[name] == LINKED)
        return found

    def _take(self, claim: Claim, *, linked: bool) -> Outcome:
        """What becomes of a claim. linked: whether it linked before."""
        if refusal := self._resolution.refusal(claim):
            return refusal
        one, other = (self._group(identity, claim.rank) for identity in claim.identities)
        outcome: Outcome
        outcome = "already_linked" if claim.second in one.members else self._resolution.clash(one, other) or "linked"
        if linked or outcome == LINKED:
            self._move(one, claim.rank)
            self._move(other, claim.rank)
            if outcome == LINKED:
                joined = one.joined(other)
                self._now |= dict.fromkeys((other if joined is one else one).members, joined)
            if linked:
                together = self._was[claim.first] | self._was[claim.second]
                self._was |= dict.fromkeys(together, together)
            for identity in claim.identities:
                self._rest(identity)
        return outcome

    def _group(self, identity: str, rank: Rank) -> Group:
        """The customer that the identity is in when the claim of this rank is taken."""
        return self._now.get(identity) or self._resolution.group_of(self._before(identity, rank))

    def _move(self, group: Group, rank: Rank) -> None:
        """From the claim of this rank on, these identities may be with others than before."""
        if next(iter(group.members)) in self._now:
            return
        before = set(group.members)
        self._now |= dict.fromkeys(before, group)
        self._was |= dict.fromkeys(before, before)
        for identity in before:
            for name in self._known.standing.get(identity, ()):
                if (later := self._known.claims[name].rank) > rank:
                    heappush(self._queue, (later, name))

    def _rest(self, identity: str) -> None:
        """If the identity is with the same others as before, nothing has moved here."""
        group = self._now.get(identity)
        if group is not None and group.members == self._was[identity]:
            for member in group.members:
                del self._now[member], self._was[member]

    def _before(self, identity: str, rank: Rank) -> set[str]:
        """The identities that were one with this one when only the links before this rank were taken."""
        known, found, waiting = self._known, {identity}, [identity]
        while waiting:
            one = waiting.pop()
            for name in known.links.get(one, ()):
                link = known.claims[name]
                other = link.other(one)
                if other not in found and link.rank < rank:
                    found.add(other)
                    waiting.append(other)
        return found
