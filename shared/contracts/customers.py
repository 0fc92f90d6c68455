"""hub.customers.v1: decisions on which identities are one person. Identities stand as keyed hashes."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Identity, Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCustomer:
    """identity: the first identity of the customer that is concerned (also the Kafka key)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    identity: Identity
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(OfCustomer):
    """`identity` and `also` are one person from now on. evidence: how it is known; cause: the event that told."""

    event: Literal["identity.linked"] = "identity.linked"
    also: Identity
    evidence: Name
    cause: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused(OfCustomer):
    """The claim was considered and not believed. reason: `already_linked`, `limit`, `same_identity`, …"""

    event: Literal["link.refused"] = "link.refused"
    also: Identity
    evidence: Name
    cause: Name
    reason: Name


CustomerEvent = IdentityLinked | LinkRefused
