"""hub.customer-commands.v1: claims, and what people ask to be decided about customers. Identities are keyed hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Le, Len

from services.profile.domain.claims import UNTOLD
from shared.contracts.customers import Facts, Side
from shared.contracts.envelope import STRICT
from shared.contracts.values import Conversation, EventId, Identity, Name, Sealed, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class OnIdentities:
    """id: the command's own; at: when it was said. Identities are hashes."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: EventId
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIdentities(OnIdentities):
    """The claim that two identities are one person; its id is the command's. cause: the event that told.

    evidence: how it is known; of, of_second: what the two are taken for. score: set where evidence only suggests it.
    sure: the evidence was checked (a login, an import, an agent's word).
    """

    command: Literal["link_identities"] = "link_identities"
    first: Identity
    second: Identity
    evidence: Name
    cause: Name
    of: Side = UNTOLD
    of_second: Side = UNTOLD
    by: Name | None = None
    sure: bool = False
    score: Annotated[float, Ge(0), Le(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawClaims(OnIdentities):
    """What was claimed is not so. identity: one of the customer's."""

    command: Literal["withdraw_claims"] = "withdraw_claims"
    identity: Identity
    claims: Annotated[tuple[EventId, ...], Len(1, 1_000)]
    by: Name
    reason: Annotated[str, Len(0, 1_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitIdentities(OnIdentities):
    """These identities are somebody else. apart: whatever is claimed in future, they stay apart."""

    command: Literal["split_identities"] = "split_identities"
    identities: Annotated[tuple[Identity, ...], Len(1, 100)]
    by: Name
    reason: Annotated[str, Len(0, 1_000)] | None = None
    apart: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ForbidLink(OnIdentities):
    """Two identities must never be one customer, or (allow) may be again."""

    command: Literal["forbid_link"] = "forbid_link"
    first: Identity
    second: Identity
    by: Name
    allow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareShared(OnIdentities):
    """An identity is many people's, or (owned) is not after all."""

    command: Literal["declare_shared"] = "declare_shared"
    identity: Identity
    by: Name
    owned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(OnIdentities):
    """Somebody writes something down about the person behind `identity`; the note's id is the command's."""

    command: Literal["add_note"] = "add_note"
    identity: Identity
    by: Name
    conversation: Conversation | None = None
    content: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeCustomer(OnIdentities):
    """An identification told facts of the person behind `identity`. cause: its id; recorded: when it was taken in."""

    command: Literal["describe_customer"] = "describe_customer"
    identity: Identity
    recorded: Time
    cause: Name
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What becomes known of one identity, sealed under its key; facts: what of it may stand in the clear."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    identity: Identity
    content: Sealed
    facts: Facts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCustomer(OnIdentities):
    """Somebody changes what is known of a person; the change's id is the command's."""

    command: Literal["change_customer"] = "change_customer"
    by: Name
    parts: Annotated[tuple[Part, ...], Len(1, 100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseCustomer(OnIdentities):
    """Everything about the person behind these identities has to go; they must be all identities of one customer."""

    command: Literal["erase_customer"] = "erase_customer"
    identities: Annotated[tuple[Identity, ...], Len(1, 100)]
    by: Name
    reason: Annotated[str, Len(0, 1_000)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellKnown:
    """Whom identities belong to is told where that has changed. Only the decision maker says so; it never comes from
    outside.
    """

    at: datetime


CustomerCommand = (
    LinkIdentities
    | WithdrawClaims
    | SplitIdentities
    | ForbidLink
    | DeclareShared
    | AddNote
    | DescribeCustomer
    | ChangeCustomer
    | EraseCustomer
)
