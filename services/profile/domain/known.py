"""What is known of who is one person: the state that the decisions so far come to (evolve.py folds them)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from services.profile.domain.claims import UNTOLD, Claim, Moment, Rank
from services.profile.domain.customers import Members
from services.profile.domain.facts import StatedFacts, last_stated
from shared.contracts.customers import FactName, Side

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
    facts: what was stated of an identity in the clear; erased: when an identity was erased last. untold: identities of
    which it was not told yet whom they belong to now (see telling.py).
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
    facts: dict[str, StatedFacts] = field(default_factory=dict)
    erased: dict[str, datetime] = field(default_factory=dict)
    untold: dict[str, None] = field(default_factory=dict)

    def members(self, identity: str) -> Members:
        """All identities of the customer that this one is in, the oldest first."""
        return self.customers.get(identity, (identity,))

    def facts_of(self, members: Members) -> dict[FactName, str]:
        """What was stated last of the customer with these identities, by name."""
        return last_stated(self.facts[identity] for identity in members if identity in self.facts)

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
