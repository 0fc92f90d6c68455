"""From what is known and an event to what is known then: the fold that a restart, a replay and a decision share."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import assert_never

from services.profile.domain.claims import Claim, claim_in
from services.profile.domain.customers import Members, customers
from services.profile.domain.facts import StatedFacts, stated
from services.profile.domain.known import LINKED, SUGGESTED, WITHDRAWN, Known, Told
from shared.contracts.customers import (
    ClaimEvent,
    CustomerChanged,
    CustomerDescribed,
    CustomerErased,
    CustomerEvent,
    CustomerKnown,
    IdentifierOwned,
    IdentifierShared,
    IdentityLinked,
    IdentitySplit,
    LinkAllowed,
    LinkForbidden,
    LinkRefused,
    LinkSuggested,
    NoteAdded,
)


def evolve(state: Known, event: CustomerEvent) -> Known:
    """The state after the event; it is changed in place."""
    match event:
        case IdentityLinked() | LinkRefused() | LinkSuggested():
            _note(state, event)
        case IdentitySplit() | CustomerErased():
            _take_back(state, event)
        case LinkForbidden() | LinkAllowed():
            _keep_apart(state, event)
        case IdentifierShared() | IdentifierOwned():
            _share(state, event)
        case CustomerDescribed():
            _describe(state, event)
        case CustomerKnown():
            state.untold.pop(event.identity, None)
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
    facts: dict[str, StatedFacts],
    erased: dict[str, datetime],
    untold: Iterable[str],
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
    state.facts, state.erased, state.untold = facts, erased, dict.fromkeys(untold)
    return state


def _take_back(state: Known, event: IdentitySplit | CustomerErased) -> None:
    _withdraw(state, [state.claims[claim] for claim in event.withdrawn])
    if isinstance(event, CustomerErased):
        for identity in event.identities:
            state.erased[identity] = max(event.at, state.erased.get(identity, event.at))
            if state.facts.pop(identity, None):
                state.untold[identity] = None


def _keep_apart(state: Known, event: LinkForbidden | LinkAllowed) -> None:
    for one, other in ((event.identity, event.also), (event.also, event.identity)):
        if isinstance(event, LinkForbidden):
            state.apart.setdefault(one, {})[other] = None
        else:
            state.apart.get(one, {}).pop(other, None)


def _share(state: Known, event: IdentifierShared | IdentifierOwned) -> None:
    shared = state.seen_shared if event.by is None else state.declared
    if isinstance(event, IdentifierShared):
        shared[event.identity] = None
    else:
        shared.pop(event.identity, None)


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


def _describe(state: Known, event: CustomerDescribed) -> None:
    members = state.members(event.identity)
    before = state.facts_of(members)
    state.facts[event.identity] = stated(state.facts.get(event.identity, {}), event)
    if state.facts_of(members) != before:
        state.untold |= dict.fromkeys(members)


def _any_described(state: Known, identities: Iterable[str]) -> bool:
    return bool(state.facts) and not state.facts.keys().isdisjoint(identities)


def _moved(state: Known, before: Iterable[Members], after: Members) -> None:
    """Notes of whom it has to be told anew whom they belong to, when these customers became that one."""
    described = _any_described(state, after)
    for members in before:
        if described or members[0] != after[0]:
            state.untold |= dict.fromkeys(members)


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
    _moved(state, both, joined)


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
    before = {identity: state.members(identity)[0] for identity in touched}
    described = _any_described(state, touched)
    for identity in touched:
        state.customers.pop(identity, None)
        state.last_links.pop(identity, None)
        state.first_links.pop(identity, None)
    for members in customers(touched, list(links.values())):
        state.untold |= {one: None for one in members if described or before[one] != members[0]}
        if len(members) > 1:
            state.customers |= dict.fromkeys(members, members)
            _note_links(state, members, {claim: links[claim] for one in members for claim in state.links[one]})


def _note_links(state: Known, members: Members, links: Mapping[str, Claim]) -> None:
    state.last_links[members[0]] = max(claim.rank for claim in links.values())
    for claim in links.values():
        for place, identity in enumerate(claim.identities):
            mention = (claim.moment, place)
            state.first_links[identity] = min(mention, state.first_links.get(identity, mention))
