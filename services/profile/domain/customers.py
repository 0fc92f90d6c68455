"""A customer: a set of identities that are known to be one person. Identities stand as keyed hashes here.

A customer's id names one of its identities, the oldest. So a lone identity is a customer without anybody deciding it,
and an id keeps answering after a merge: the identity that it names is still a member.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LIMIT = 100
"""Identities of one customer at most: MongoDB merge-sorts about that many index scans for a page of the timeline."""

_PREFIX = "cus_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """members: the hashes, the oldest first. since: its place in the order of links; the older one keeps its id."""

    members: tuple[str, ...]
    since: int

    @property
    def id(self) -> str:
        """`cus_` and the hash of the oldest identity."""
        return customer_id(self.members[0])


def customer_id(hashed: str) -> str:
    """The id of the customer whose oldest (or only) identity has this hash."""
    return _PREFIX + hashed


def identity_of(customer: str) -> str | None:
    """The hash of the identity that a customer's id names; None if it is no such id."""
    hashed = customer.removeprefix(_PREFIX)
    return hashed if customer.startswith(_PREFIX) and len(hashed) == 32 else None


def joined(customers: Sequence[Customer], identity: str, also: str, since: int) -> Customer:
    """The one customer that `identity` and `also` belong to, linked at `since`.

    customers: those that either of them was in before, each once; none for two lone identities.
    """
    older_first = sorted(customers, key=lambda customer: customer.since)
    members = dict.fromkeys(member for customer in older_first for member in customer.members)
    members |= dict.fromkeys((identity, also))
    return Customer(members=tuple(members), since=older_first[0].since if older_first else since)
