"""The one place that names the decider whose quality is measured: the profile service's own."""

from collections.abc import Iterable
from typing import cast

from services.profile.domain.commands import LinkIdentities
from services.profile.domain.linking import STREAM, Linking
from services.profile.domain.rules import Rules
from shared.contracts import customers as contract
from tests.oracle.people import Claim, Limits, Resolution, Side

_RULES = Rules()
_LIMITS = _RULES.limits
LIMITS = Limits(k=_LIMITS.shared_from, most=_LIMITS.most, most_of_kind=_LIMITS.most_of_kind)


def decide_all(claims: Iterable[Claim]) -> Resolution:
    """What the hub makes of these claims, given in the order in which they arrive."""
    linking = Linking(_LIMITS)
    state = linking.initial(STREAM)
    mentioned: dict[str, None] = {}
    for claim in claims:
        for event in linking.decide(state, _command(claim)).events:
            state = linking.evolve(state, event)
        mentioned |= dict.fromkeys((claim.first.identity, claim.second.identity))
    members = dict.fromkeys(state.members(identity) for identity in mentioned)
    return Resolution(outcome=dict(state.outcomes), members=tuple(members))


def _command(claim: Claim) -> LinkIdentities:
    return LinkIdentities(
        id=claim.id,
        at=claim.at,
        first=claim.first.identity,
        second=claim.second.identity,
        evidence=claim.evidence,
        cause=claim.id,
        of=_told(claim.first),
        of_second=_told(claim.second),
        sure=claim.evidence in _RULES.sure,
    )


def _told(side: Side) -> contract.Side:
    return contract.Side(kind=side.kind, standing=cast("contract.Standing", side.standing))
