"""Which identities are one person: the decider over claims, and over what people say of them.

Whatever is decided, afterwards the customers are those that follow from all claims that stand (see claims.py).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import assert_never

from services.profile.domain.claims import Claim, Limits, suggestion_id, told
from services.profile.domain.commands import (
    AddNote,
    ChangeCustomer,
    CustomerCommand,
    DeclareShared,
    DescribeCustomer,
    EraseCustomer,
    ForbidLink,
    LinkIdentities,
    SplitIdentities,
    TellKnown,
    WithdrawClaims,
)
from services.profile.domain.customers import Members, customers
from services.profile.domain.evolve import evolve
from services.profile.domain.known import LINKED, Known
from services.profile.domain.suggesting import revised, suggest
from services.profile.domain.supposing import Change, Said, Supposed
from services.profile.domain.telling import tell
from services.profile.domain.writing import written
from shared.contracts.customers import (
    CustomerErased,
    CustomerEvent,
    IdentifierOwned,
    IdentifierShared,
    IdentityLinked,
    IdentitySplit,
    LinkAllowed,
    LinkForbidden,
    LinkRefused,
)
from shared.decider import Decider, Decision

STREAM = "identities"
"""The one stream of these decisions, and the key of its commands."""

_TOGETHER = 500
"""So many claims are decided together."""


Asked = CustomerCommand | TellKnown


class Linking(Decider[Known, Asked, CustomerEvent]):
    """The decider of the stream `identities`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def initial(self, stream: str) -> Known:  # noqa: ARG002 (part of the decider's protocol; there is one stream)
        return Known()

    def evolve(self, state: Known, event: CustomerEvent) -> Known:
        return evolve(state, event)

    def decide(self, state: Known, command: Asked) -> Decision[CustomerEvent]:
        return self.decide_some(state, (command,))[0]

    def decide_some(self, state: Known, commands: Iterable[Asked]) -> Sequence[Decision[CustomerEvent]]:
        """Claims that wait are decided together, so that what a storm of them moves is looked at once."""
        first = list(islice(commands, _TOGETHER))
        claims: list[LinkIdentities] = []
        for command in first:
            if not isinstance(command, LinkIdentities) or command.score is not None:
                break
            claims.append(command)
        decisions = self._link(state, claims) if claims else [self._decide(state, first[0])]
        follows = revised(state, self._limits, [event for decision in decisions for event in decision.events])
        decisions[-1] = replace(decisions[-1], events=(*decisions[-1].events, *follows))
        return decisions

    def _decide(self, state: Known, command: Asked) -> Decision[CustomerEvent]:
        match command:
            case LinkIdentities():
                return suggest(state, self._limits, _claim(command), command.at)
            case WithdrawClaims():
                return self._withdraw(state, command)
            case SplitIdentities():
                return self._split(state, command)
            case ForbidLink():
                return self._forbid(state, command)
            case DeclareShared():
                return self._declare(state, command)
            case AddNote() | ChangeCustomer() | DescribeCustomer():
                return written(state, command)
            case EraseCustomer():
                return self._erase(state, command)
            case TellKnown():
                return tell(state, command)
            case _:
                assert_never(command)

    def _link(self, state: Known, commands: Sequence[LinkIdentities]) -> list[Decision[CustomerEvent]]:
        new = {command.id: _claim(command) for command in commands if command.id not in state.claims}
        change = Supposed(state, self._limits, Said(claims=tuple(new.values()))).of_claims()
        decisions: list[Decision[CustomerEvent]] = []
        for command in commands:
            outcome, claim = change.outcomes.get(command.id) or state.outcomes[command.id], new.pop(command.id, None)
            decisions.append(
                Decision(
                    events=(_decided(claim, outcome, command.at),) if claim else (),
                    # what was claimed is so already: nothing new, and no refusal for whoever asked
                    refused=None if claim is None or outcome in (LINKED, "already_linked") else outcome,
                    result={"outcome": outcome},
                )
            )
        others = _events(state, change, commands[-1].at)
        decisions[-1] = replace(decisions[-1], events=(*decisions[-1].events, *others))
        return decisions

    def _withdraw(self, state: Known, command: WithdrawClaims) -> Decision[CustomerEvent]:
        unknown = [claim for claim in command.claims if not state.counts(claim)]
        if unknown:
            return Decision(refused="no_such_link", result={"claims": unknown})
        return self._take_back(state, command, command.claims, command.identity, ())

    def _split(self, state: Known, command: SplitIdentities) -> Decision[CustomerEvent]:
        leaving = dict.fromkeys(command.identities)
        members = state.members(command.identities[0])
        if len(members) == 1:
            return Decision(refused="not_linked", result={})
        if not leaving.keys() <= set(members):
            return Decision(refused="other_customer", result={})
        staying = [identity for identity in members if identity not in leaving]
        if not staying:
            return Decision(refused="nothing_left", result={})
        crossing = [
            claim
            for identity in leaving
            for claim in state.claims_of(identity)
            if claim.other(identity) in members and claim.other(identity) not in leaving
        ]
        pairs: dict[tuple[str, str], None] = {}
        if command.apart:
            pairs = dict.fromkeys([(command.identities[0], staying[0])] + [_pair(claim, staying) for claim in crossing])
        return self._take_back(state, command, [claim.id for claim in crossing], staying[0], tuple(pairs))

    def _take_back(
        self,
        state: Known,
        command: WithdrawClaims | SplitIdentities,
        claims: Iterable[str],
        identity: str,
        apart: tuple[tuple[str, str], ...],
    ) -> Decision[CustomerEvent]:
        withdrawn = tuple(dict.fromkeys(claims))
        touched = dict.fromkeys(one for claim in withdrawn for one in state.claims[claim].identities)
        touched |= dict.fromkeys(one for pair in apart for one in pair)
        before = state.members(identity)
        change = Supposed(state, self._limits, Said(withdrawn=frozenset(withdrawn), apart=apart)).around(touched)
        staying = _staying(state, change, withdrawn, identity)
        gone = tuple(one for one in before if one not in staying)
        split = IdentitySplit(
            identity=identity, at=command.at, split=gone, withdrawn=withdrawn, by=command.by, reason=command.reason
        )
        forbidden = [LinkForbidden(identity=one, also=other, at=command.at, by=command.by) for one, other in apart]
        events = (split, *forbidden, *_events(state, change, command.at))
        return Decision(events=events, result={"split": list(gone)})

    def _erase(self, state: Known, command: EraseCustomer) -> Decision[CustomerEvent]:
        members = state.members(command.identities[0])
        if {*members} != {*command.identities}:
            return Decision(refused="changed_meanwhile", result={})
        withdrawn = dict.fromkeys(
            claim for one in members for claim in (*state.standing.get(one, ()), *state.suggestions.get(one, ()))
        )
        touched = dict.fromkeys(one for claim in withdrawn for one in state.claims[claim].identities)
        change = Supposed(state, self._limits, Said(withdrawn=frozenset(withdrawn))).around(touched)
        erased = CustomerErased(
            identity=members[0],
            at=command.at,
            identities=members,
            withdrawn=tuple(withdrawn),
            by=command.by,
            reason=command.reason,
        )
        return Decision(events=(erased, *_events(state, change, command.at)), result={})

    def _forbid(self, state: Known, command: ForbidLink) -> Decision[CustomerEvent]:
        pair = (command.first, command.second)
        if command.first == command.second:
            return Decision(refused="same_identity", result={})
        if (command.second in state.apart.get(command.first, ())) != command.allow:
            return Decision(result={})
        said = Said(allowed=pair) if command.allow else Said(apart=(pair,))
        event = LinkAllowed if command.allow else LinkForbidden
        first = event(identity=command.first, also=command.second, at=command.at, by=command.by)
        change = Supposed(state, self._limits, said).around(pair)
        return Decision(events=(first, *_events(state, change, command.at)), result={})

    def _declare(self, state: Known, command: DeclareShared) -> Decision[CustomerEvent]:
        if (command.identity in state.declared) != command.owned:
            return Decision(result={})
        said = Said(declared=(command.identity, not command.owned))
        change = Supposed(state, self._limits, said).around((command.identity,))
        event = IdentifierOwned if command.owned else IdentifierShared
        first = event(identity=command.identity, at=command.at, by=command.by)
        return Decision(events=(first, *_events(state, change, command.at)), result={})


def _claim(command: LinkIdentities) -> Claim:
    suggestion = command.score is not None
    return Claim(
        id=suggestion_id(command.first, command.second) if suggestion else command.id,
        first=command.first,
        second=command.second,
        first_is=command.of,
        second_is=command.of_second,
        evidence=command.evidence,
        cause=command.cause,
        at=command.at,
        by=command.by,
        sure=command.sure,
        score=command.score,
    )


def _events(state: Known, change: Change, at: datetime) -> list[CustomerEvent]:
    """What the change is told by, but for claims that are new."""
    events: list[CustomerEvent] = []
    for identity, shared in change.shared.items():
        events.append((IdentifierShared if shared else IdentifierOwned)(identity=identity, at=at))
    known = ((state.claims[name], outcome) for name, outcome in change.outcomes.items() if name in state.claims)
    return [*events, *(_decided(claim, outcome, at) for claim, outcome in known)]


def _decided(claim: Claim, outcome: str, at: datetime) -> IdentityLinked | LinkRefused:
    fields = told(claim, at)
    return IdentityLinked(**fields) if outcome == LINKED else LinkRefused(**fields, reason=outcome)


def _pair(claim: Claim, staying: Iterable[str]) -> tuple[str, str]:
    return (claim.second, claim.first) if claim.first in staying else (claim.first, claim.second)


def _staying(state: Known, change: Change, withdrawn: Collection[str], identity: str) -> Members:
    """Those of the identity's customer that are still one with it."""
    members = state.members(identity)
    links = {claim for identity in members for claim in state.links.get(identity, ()) if claim not in withdrawn}
    links = {claim for claim in links if change.outcomes.get(claim, "linked") == "linked"}
    links |= {claim for claim, outcome in change.outcomes.items() if outcome == "linked"}
    after = customers(members, [state.claims[claim] for claim in links])
    return next(group for group in after if identity in group)
