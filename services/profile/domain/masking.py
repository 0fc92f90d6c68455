"""Showing the end of an address only, to those who need not know all of it."""

from collections.abc import Collection

_SHOWN = 3
_HIDDEN = "•••"


def masked(identity: str, kinds: Collection[str]) -> str:
    """The identity, its address masked if it is of one of these kinds: `phone:•••678`, `email:•••@shop.example`."""
    kind, _, address = identity.partition(":")
    if kind not in kinds:
        return identity
    _, at, domain = address.rpartition("@")
    if at:
        return f"{kind}:{_HIDDEN}@{domain}"
    return f"{kind}:{_HIDDEN}{address[-_SHOWN:] if len(address) > 2 * _SHOWN else ''}"
