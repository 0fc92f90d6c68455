"""A customer: a set of identities that are known to be one person. Identities stand as keyed hashes here.

A customer's id names one of its identities, the oldest. So a lone identity is a customer without anybody deciding it,
and an id keeps answering after a merge or a split: it is the customer that the identity is in now.
"""

from collections.abc import Iterable, Sequence

from services.profile.domain.claims import Claim

_PREFIX = "cus_"

Members = tuple[str, ...]
"""The identities of one customer, in the order of the first claims that joined them; the first names the customer."""


def customer_id(hashed: str) -> str:
    """The id of the customer whose oldest (or only) identity has this hash."""
    return _PREFIX + hashed


def identity_of(customer: str) -> str | None:
    """The hash of the identity that a customer's id names; None if it is no such id."""
    hashed = customer.removeprefix(_PREFIX)
    return hashed if customer.startswith(_PREFIX) and len(hashed) == 32 else None


def customers(identities: Iterable[str], links: Sequence[Claim]) -> list[Members]:
    """The customers that the identities make up, given the claims that link them; lone ones too, in a fixed order."""
    oldest_first = dict.fromkeys(
        identity for link in sorted(links, key=lambda link: link.moment) for identity in link.identities
    )
    parent: dict[str, str] = {identity: identity for identity in (*oldest_first, *sorted(identities))}

    def root(identity: str) -> str:
        while parent[identity] != identity:
            parent[identity] = identity = parent[parent[identity]]
        return identity

    for link in links:
        parent[root(link.first)] = root(link.second)
    found: dict[str, list[str]] = {}
    for identity in parent:
        found.setdefault(root(identity), []).append(identity)
    return [tuple(members) for members in found.values()]
