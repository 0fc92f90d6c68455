"""Which identities are one person: the fold of the decisions so far, and the decider over claims.

A claim that is not believed is decided too (LinkRefused), so that a replay never weighs it again.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, assert_never

from services.profile.domain.customers import LIMIT, Customer, joined
from shared.contracts.customers import CustomerEvent, IdentityLinked, LinkRefused
from shared.contracts.envelope import STRICT
from shared.contracts.values import EventId, Identity, Name, Time
from shared.decider import Decision

STREAM = "identities"
"""The one stream of these decisions, and the key of its commands."""


@dataclass(slots=True, kw_only=True)
class Known:
    """customers: those of more than one identity, by their oldest one; oldest: of each identity that is linked."""

    customers: dict[str, Customer] = field(default_factory=dict)
    oldest: dict[str, str] = field(default_factory=dict)
    links: int = 0

    def holding(self, first: str, second: str) -> list[Customer]:
        """The customers that either identity is in, each once."""
        found = dict.fromkeys(self.oldest[identity] for identity in (first, second) if identity in self.oldest)
        return [self.customers[oldest] for oldest in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIdentities:
    """The claim that two identities (hashes) are one person. cause: the event that told; evidence: how it is known."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    command: Literal["link_identities"] = "link_identities"
    id: EventId
    first: Identity
    second: Identity
    evidence: Name
    cause: Name
    at: Time


class Linking:
    """The decider of the stream `identities`."""

    def initial(self, stream: str) -> Known:  # noqa: ARG002 (part of the decider's protocol; there is one stream)
        return Known()

    def evolve(self, state: Known, event: CustomerEvent) -> Known:
        match event:
            case IdentityLinked():
                state.links += 1
                before = state.holding(event.identity, event.also)
                customer = joined(before, event.identity, event.also, state.links)
                for old in before:
                    del state.customers[old.members[0]]
                state.customers[customer.members[0]] = customer
                state.oldest.update(dict.fromkeys(customer.members, customer.members[0]))
            case LinkRefused():
                pass
            case _:
                assert_never(event)
        return state

    def decide(self, state: Known, command: LinkIdentities) -> Decision[CustomerEvent]:
        before = state.holding(command.first, command.second)
        after = joined(before, command.first, command.second, state.links + 1)
        reason = _objection(command, before, after)
        if reason is None:
            return Decision(events=(_linked(command),), result={"customer": after.id})
        if reason == "already_linked":  # what was claimed is so: nothing new, and no refusal for whoever asked
            return Decision(events=(_refused(command, reason),), result={"customer": after.id})
        return Decision(events=(_refused(command, reason),), refused=reason, result={})


def _objection(command: LinkIdentities, before: list[Customer], after: Customer) -> str | None:
    if command.first == command.second:
        return "same_identity"
    if len(before) == 1 and len(after.members) == len(before[0].members):
        return "already_linked"
    return "limit" if len(after.members) > LIMIT else None


def _linked(command: LinkIdentities) -> IdentityLinked:
    return IdentityLinked(
        identity=command.first, also=command.second, at=command.at, evidence=command.evidence, cause=command.cause
    )


def _refused(command: LinkIdentities, reason: str) -> LinkRefused:
    return LinkRefused(
        identity=command.first,
        also=command.second,
        at=command.at,
        evidence=command.evidence,
        cause=command.cause,
        reason=reason,
    )
