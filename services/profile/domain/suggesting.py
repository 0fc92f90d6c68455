"""Suggestions: claims whose evidence is never enough to link. Somebody is asked, for as long as nothing is against it.

They count for nothing else, so what becomes of them may follow every decision: merged customers need no suggestion, and
after a split there is one again. Of each two identities there is one suggestion, whose score may change.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from services.profile.domain.claims import Claim, Limits, told
from services.profile.domain.evolve import evolve
from services.profile.domain.known import SUGGESTED, WITHDRAWN, Known
from services.profile.domain.supposing import Said, Supposed
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
    customer_id,
)
from shared.decider import Decision

UNLIKE = "unlike"
"""Why a suggestion is refused whose score is 0: the two were alike once, and are no more by what is known now."""


def suggest(state: Known, limits: Limits, claim: Claim, at: datetime) -> Decision[CustomerEvent]:
    """What becomes of a suggestion; nothing, where it was made already with this score."""
    refusal = _refusal(state, limits, claim)
    outcome = refusal or SUGGESTED
    result = {"outcome": outcome, "customer": customer_id(state.members(claim.first)[0])}
    before = state.claims.get(claim.id)
    if before is not None and before.score == claim.score and state.outcomes[claim.id] == outcome:
        return Decision(result=result, refused=refusal)
    return Decision(events=(_event(claim, at, refusal),), result=result, refused=refusal)


def revised(state: Known, limits: Limits, events: Sequence[CustomerEvent]) -> list[CustomerEvent]:
    """The suggestions that begin or cease to make sense by these events, which the state does not know yet."""
    touched = {identity for event in events for identity in _touched(state, event)}
    affected = {member for identity in touched for member in state.members(identity)}
    waiting = {claim: None for one in sorted(affected) for claim in state.suggestions.get(one, ())}
    if not waiting:
        return []
    sides = {identity for claim in waiting for identity in state.claims[claim].identities}
    after = state.part(affected.union(*map(state.members, sides)))
    for event in events:
        evolve(after, event)
    changed: list[CustomerEvent] = []
    for name in waiting:
        if after.outcomes[name] == WITHDRAWN:
            continue
        refusal = _refusal(after, limits, after.claims[name])
        if (refusal is None) != (after.outcomes[name] == SUGGESTED):
            changed.append(_event(after.claims[name], events[0].at, refusal))
    return changed


def _refusal(state: Known, limits: Limits, claim: Claim) -> str | None:
    """Why there is nothing to ask an agent; None if there is."""
    return Supposed(state, limits, Said(claims=(claim,))).objection(claim) if claim.score else UNLIKE


def _event(claim: Claim, at: datetime, refusal: str | None) -> ClaimEvent:
    score = claim.score or 0.0
    if refusal is None:
        return LinkSuggested(**told(claim, at), score=score)
    return LinkRefused(**told(claim, at), reason=refusal, score=score)


def _touched(state: Known, event: CustomerEvent) -> Iterable[str]:
    """The identities whose customers, or what is known of them, may be others after the event."""
    match event:
        case LinkRefused():
            return (event.identity, event.also) if event.score is None else ()
        case IdentityLinked() | LinkForbidden() | LinkAllowed():
            return (event.identity, event.also)
        case IdentifierShared() | IdentifierOwned():
            return (event.identity,)
        case IdentitySplit() | CustomerErased():
            return (identity for claim in event.withdrawn for identity in state.claims[claim].identities)
        case LinkSuggested() | NoteAdded() | CustomerChanged() | CustomerDescribed() | CustomerKnown():
            return ()
        case _:
            assert_never(event)
