"""hub.customers.v1: decisions on which identities are one person. Identities stand as keyed hashes.

A *claim* says that two identities are one person. Each decision on one is an event, refusals too; when a later decision
changes what became of an earlier claim, the claim's event comes again with its new outcome. Whoever only wants to know
whom an identity belongs to reads `customer.known` alone.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from shared.contracts.envelope import STRICT
from shared.contracts.values import Conversation, EventId, Id, Identity, Language, Name, Sealed, Segment, Time

_PREFIX = "cus_"
_HASH_LENGTH = 32

Standing = Literal["unique", "strong", "shared", "weak", "blocked"]
"""How far an identity tells who somebody is. `unique`: one a customer, such as a CRM id or a login. `strong`: a
person's own address. `shared`: many people's, such as info@ or a switchboard. `weak`: no address at all, such as a
name. `blocked`: a placeholder, such as null or anonymous.
"""


FactName = Literal["segment", "account_manager", "language"]
"""What may be told of a customer in the clear: what it is to the business, never what it said."""


def customer_id(hashed: str) -> str:
    """The id of the customer whose oldest (or only) identity has this hash.

    So a lone identity is a customer without anybody deciding it, and an id keeps answering after a merge or a split:
    it is the customer that the identity is in now.
    """
    return _PREFIX + hashed


def identity_of(customer: str) -> str | None:
    """The hash of the identity that a customer's id names; None if it is no such id."""
    hashed = customer.removeprefix(_PREFIX)
    return hashed if customer.startswith(_PREFIX) and len(hashed) == _HASH_LENGTH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What a claim takes one of its identities for, by the rules of its time. kind: `email`, `phone`, `crm`, …"""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    kind: Name
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCustomer:
    """identity: the first identity of the customer that is concerned (also the Kafka key)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    identity: Identity
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClaim(OfCustomer):
    """also: the other identity. evidence: how it is known; cause: the event or request that told.

    claim: the claim's id. claimed: when the evidence was given, which is the claim's place among all claims; `at`,
    where it is not said. of, of_also: what the two identities were taken for. by: the person whose word it is, if any.
    sure: the evidence was checked, so it comes before what was merely typed somewhere.
    """

    also: Identity
    evidence: Name
    cause: Name
    claim: EventId | None = None
    claimed: Time | None = None
    of: Side | None = None
    of_also: Side | None = None
    by: Name | None = None
    sure: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(OfClaim):
    """`identity` and `also` are one person from now on."""

    event: Literal["identity.linked"] = "identity.linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused(OfClaim):
    """The claim was considered and links nothing (any more).

    reason: `already_linked`, `same_identity`, `blocked`, `weak`, `shared`, `unique_clash`, `forbidden_pair`, `limit`,
    or `unlike` where a suggestion's ground is gone. score: set where the claim would have been a suggestion only.
    """

    event: Literal["link.refused"] = "link.refused"
    reason: Name
    score: Annotated[float, Ge(0), Le(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSuggested(OfClaim):
    """The evidence is never enough by itself: somebody has to look. score: from 0 to 1, the likelier the higher.

    It comes again when the score changes, and when nothing is against the link any more.
    """

    event: Literal["link.suggested"] = "link.suggested"
    score: Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySplit(OfCustomer):
    """Claims were taken back. split: the identities that left the customer of `identity`; withdrawn: the claims."""

    event: Literal["identity.split"] = "identity.split"
    split: Annotated[tuple[Identity, ...], Len(0, 1_000)]
    withdrawn: tuple[EventId, ...]
    by: Name
    reason: Annotated[str, Len(0, 1_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkForbidden(OfCustomer):
    """`identity` and `also` are never one customer, whatever is claimed."""

    event: Literal["link.forbidden"] = "link.forbidden"
    also: Identity
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAllowed(OfCustomer):
    """The two may be one customer again."""

    event: Literal["link.allowed"] = "link.allowed"
    also: Identity
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierShared(OfCustomer):
    """`identity` is many people's and links nothing any more. by: who said so; None: it was seen with too many."""

    event: Literal["identifier.shared"] = "identifier.shared"
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifierOwned(OfCustomer):
    """`identity` is one person's after all. by: as in IdentifierShared; only that word is taken back."""

    event: Literal["identifier.owned"] = "identifier.owned"
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(OfCustomer):
    """Somebody wrote something down about the person behind `identity`. content: sealed under the identity's key."""

    event: Literal["note.added"] = "note.added"
    note: EventId
    by: Name
    conversation: Conversation | None = None
    content: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(OfCustomer):
    """Somebody changed what is known of the person behind `identity`. content: attributes, sealed under its key."""

    event: Literal["customer.changed"] = "customer.changed"
    change: EventId
    by: Name
    content: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is stated of a person in the clear. Of what is not named nothing is said; gone: what no longer holds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    segment: Segment | None = None
    account_manager: Id | None = None
    language: Language | None = None
    gone: tuple[FactName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDescribed(OfCustomer):
    """Somebody or something stated facts of the person behind `identity` at that time. cause: the event or change that
    told; of statements of one moment the later cause counts.
    """

    event: Literal["customer.described"] = "customer.described"
    cause: Name
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerKnown(OfCustomer):
    """Who is behind `identity`, as far as others need it. The newest of an identity says all; nothing else is known.

    customer: the id of the customer that the identity is in now; before the first event of an identity that is
    customer_id(identity). The others are what was stated last of any of the customer's identities.
    """

    event: Literal["customer.known"] = "customer.known"
    customer: Name
    segment: Segment | None = None
    account_manager: Id | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerErased(OfCustomer):
    """Everything about the person behind `identities` is gone; their keys are destroyed. withdrawn: their claims."""

    event: Literal["customer.erased"] = "customer.erased"
    identities: tuple[Identity, ...]
    withdrawn: tuple[EventId, ...]
    by: Name
    reason: Annotated[str, Len(0, 1_000)] | None = None


ClaimEvent = IdentityLinked | LinkRefused | LinkSuggested
CustomerEvent = (
    ClaimEvent
    | IdentitySplit
    | LinkForbidden
    | LinkAllowed
    | IdentifierShared
    | IdentifierOwned
    | NoteAdded
    | CustomerChanged
    | CustomerDescribed
    | CustomerKnown
    | CustomerErased
)
