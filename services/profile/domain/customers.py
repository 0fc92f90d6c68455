"""A customer: a set of identities that are known to be one person. Identities stand as keyed hashes here.

See customer_id in shared/contracts/customers.py for what a customer is called.
"""

from collections.abc import Iterable, Sequence

from services.profile.domain.claims import Claim

Members = tuple[str, ...]
"""The identities of one customer, in the order of the first claims that joined them; the first names the customer."""


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
