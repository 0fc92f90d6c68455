"""What is known of who is one person: the fold of the decisions so far."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from services.profile.domain.claims import UNTOLD, Claim, Moment, Rank, claim_in
from services.profile.domain.customers import Members, customers
from shared.contracts.customers import (
    ClaimEvent,
    CustomerChanged,
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
    NoteAdded,
    Side,
)

WITHDRAWN = "withdrawn"
SUGGESTED = "suggested"
LINKED = "linked"


Mention = tuple[Moment, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the last claim about an identity took it for."""

    moment: Moment
    side: Side


@dataclass(slots=True, kw_only=True)
class Known:
    """outcomes: what became of each claim: `linked`, a refusal's word, `suggested` or `withdrawn`.

    standing: the claims that count (neither suggested nor withdrawn), by identity; links: those of them that link.
    declared: identities that a person called shared; seen_shared: those that were seen with too many.
    apart: forbidden pairs, both ways. customers: those of more than one identity, by each of their identities.
    suggestions: the claims that were suggested or refused as a suggestion, by identity; they never count.
    last_links: the rank of each such customer's last link, by its first identity; first_links: of each of its
    identities the first link that mentions it, and whether as the first (0) or second (1). Both make merging cheap.
    told: what each identity is; uniques: the identities that claims join it to and took for unique, with their kind.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    standing: dict[str, dict[str, None]] = field(default_factory=dict)
    links: dict[str, dict[str, None]] = field(default_factory=dict)
    declared: dict[str, None] = field(default_factory=dict)
    seen_shared: dict[str, None] = field(default_factory=dict)
    apart: dict[str, dict[str, None]] = field(default_factory=dict)
    customers: dict[str, Members] = field(default_factory=dict)
    last_links: dict[str, Rank] = field(default_factory=dict)
    first_links: dict[str, Mention] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    uniques: dict[str, dict[str, dict[str, None]]] = field(default_factory=dict)
    suggestions: dict[str, dict[str, None]] = field(default_factory=dict)

    def members(self, identity: str) -> Members:
        """All identities of the customer that this one is in, the oldest first."""
        return self.customers.get(identity, (identity,))

    def side(self, identity: str) -> Side:
        """What the identity is."""
        told = self.told.get(identity)
        return told.side if told else UNTOLD

    def claims_of(self, identity: str) -> list[Claim]:
        """The claims about the identity that count."""
        return [self.claims[claim] for claim in self.standing.get(identity, ())]

    def counts(self, claim: str) -> bool:
        """Whether there is such a claim and it is neither withdrawn nor a mere suggestion."""
        known = self.claims.get(claim)
        return known is not None and claim in self.standing.get(known.first, ())

    def part(self, identities: Iterable[str]) -> "Known":
        """What is known of these identities alone, as a state of its own that may be changed."""
        part = Known()
        for identity in identities:
            for name in ("standing", "links", "apart", "suggestions"):
                if identity in (whole := getattr(self, name)):
                    getattr(part, name)[identity] = dict(whole[identity])
            for name in ("declared", "seen_shared", "customers", "last_links", "first_links", "told"):
                if identity in (whole := getattr(self, name)):
                    getattr(part, name)[identity] = whole[identity]
            if identity in self.uniques:
                part.uniques[identity] = {kind: dict(others) for kind, others in self.uniques[identity].items()}
            for claim in (*self.standing.get(identity, ()), *self.suggestions.get(identity, ())):
                part.claims[claim], part.outcomes[claim] = self.claims[claim], self.outcomes[claim]
        return part


def evolve(state: Known, event: CustomerEvent) -> Known:
    """The state after the event; it is changed in place."""
    match event:
        case IdentityLinked() | LinkRefused() | LinkSuggested():
            _note(state, event)
        case IdentitySplit() | CustomerErased():
            _withdraw(state, [state.claims[claim] for claim in event.withdrawn])
        case LinkForbidden():
            for one, other in ((event.identity, event.also), (event.also, event.identity)):
                state.apart.setdefault(one, {})[other] = None
        case LinkAllowed():
            for one, other in ((event.identity, event.also), (event.also, event.identity)):
                state.apart.get(one, {}).pop(other, None)
        case IdentifierShared():
            _sharing(state, event)[event.identity] = None
        case IdentifierOwned():
            _sharing(state, event).pop(event.identity, None)
        case NoteAdded() | CustomerChanged():
            pass
        case _:
            assert_never(event)
    return state


def known_from(
    claims: Iterable[tuple[Claim, str]],
    *,
    declared: Iterable[str],
    seen_shared: Iterable[str],
    apart: Iterable[tuple[str, str]],
) -> Known:
    """What is known, from the claims with their outcomes and what else was said. apart: pairs, both ways."""
    state = Known(declared=dict.fromkeys(declared), seen_shared=dict.fromkeys(seen_shared))
    for one, other in apart:
        state.apart.setdefault(one, {})[other] = None
    for claim, outcome in claims:
        state.claims[claim.id] = claim
        state.outcomes[claim.id] = outcome
        for identity in claim.identities if outcome != WITHDRAWN else ():
            if claim.score is not None:
                state.suggestions.setdefault(identity, {})[claim.id] = None
                continue
            state.standing.setdefault(identity, {})[claim.id] = None
            _tell(state, identity, claim)
    _regroup(state, [claim for claim in state.claims.values() if state.outcomes[claim.id] == LINKED])
    return state


def _sharing(state: Known, event: IdentifierShared | IdentifierOwned) -> dict[str, None]:
    return state.seen_shared if event.by is None else state.declared


def _note(state: Known, event: ClaimEvent) -> None:
    claim = claim_in(event)
    before = state.outcomes.get(claim.id)
    state.claims[claim.id] = claim
    state.outcomes[claim.id] = _outcome(event)
    if claim.score is not None:
        for identity in claim.identities:
            state.suggestions.setdefault(identity, {})[claim.id] = None
        return
    for identity in claim.identities:
        state.standing.setdefault(identity, {})[claim.id] = None
    if before is None:
        for identity in claim.identities:
            _tell(state, identity, claim)
    after = state.outcomes[claim.id]
    if LINKED not in (before, after) or before == after:
        return
    if after == LINKED and claim.second not in state.members(claim.first):
        _join(state, claim)
    else:
        _regroup(state, [claim])


def _outcome(event: ClaimEvent) -> str:
    match event:
        case IdentityLinked():
            return LINKED
        case LinkRefused():
            return event.reason
        case LinkSuggested():
            return SUGGESTED


def _withdraw(state: Known, claims: list[Claim]) -> None:
    linking = [claim for claim in claims if state.outcomes[claim.id] == LINKED]
    for claim in claims:
        state.outcomes[claim.id] = WITHDRAWN
        for identity in claim.identities:
            (state.standing if claim.score is None else state.suggestions)[identity].pop(claim.id, None)
    for identity in {identity for claim in claims for identity in claim.identities}:
        state.told.pop(identity, None)
        state.uniques.pop(identity, None)
        for claim in state.claims_of(identity):
            _tell(state, identity, claim)
    _regroup(state, linking)


def _tell(state: Known, identity: str, claim: Claim) -> None:
    """Notes what a claim says of one of its identities."""
    told = state.told.get(identity)
    if told is None or claim.moment >= told.moment:
        state.told[identity] = Told(moment=claim.moment, side=claim.side_of(identity))
    if beside := claim.unique_beside(identity):
        kind, other = beside
        state.uniques.setdefault(identity, {}).setdefault(kind, {})[other] = None


def _join(state: Known, claim: Claim) -> None:
    """Makes one customer of two, as `_regroup` would."""
    both = (state.members(claim.first), state.members(claim.second))
    last = max(claim.rank, *(state.last_links.pop(members[0], claim.rank) for members in both))
    for place, identity in enumerate(claim.identities):
        state.links.setdefault(identity, {})[claim.id] = None
        mention = (claim.moment, place)
        state.first_links[identity] = min(mention, state.first_links.get(identity, mention))
    joined = tuple(sorted((*both[0], *both[1]), key=state.first_links.__getitem__))
    state.last_links[joined[0]] = last
    for identity in joined:
        state.customers[identity] = joined


def _regroup(state: Known, changed: Iterable[Claim]) -> None:
    """Makes the customers anew that these claims concern, after they began or ceased to link."""
    touched: set[str] = set()
    for claim in changed:
        for identity in claim.identities:
            touched.update(state.members(identity))
            known = state.links.setdefault(identity, {})
            if state.outcomes[claim.id] == LINKED:
                known[claim.id] = None
            else:
                known.pop(claim.id, None)
    links = {claim: state.claims[claim] for identity in touched for claim in state.links.get(identity, ())}
    for identity in touched:
        state.customers.pop(identity, None)
        state.last_links.pop(identity, None)
        state.first_links.pop(identity, None)
    for members in customers(touched, list(links.values())):
        if len(members) > 1:
            state.customers |= dict.fromkeys(members, members)
            _note_links(state, members, {claim: links[claim] for one in members for claim in state.links[one]})


def _note_links(state: Known, members: Members, links: Mapping[str, Claim]) -> None:
    state.last_links[members[0]] = max(claim.rank for claim in links.values())
    for claim in links.values():
        for place, identity in enumerate(claim.identities):
            mention = (claim.moment, place)
            state.first_links[identity] = min(mention, state.first_links.get(identity, mention))
