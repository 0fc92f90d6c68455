"""Identities: the addresses that customers come through, such as `email:ann@x.org`, and what is known of each.

What is known folds by minimum (the earliest sight, the earliest name), so the order of events does not matter, and an
event that brings nothing earlier brings nothing at all.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_WORD = re.compile(r"[^\W_]+")
_REMEMBERED = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An identity was seen `at` a time; name: what the person was called then, or None."""

    identity: str
    hashed: str
    at: datetime
    name: str | None

    def document(self) -> dict[str, Any]:
        """What is kept when the identity is first seen, beside the minima of `minima`."""
        kind, _, address = self.identity.partition(":")
        return {"hash": self.hashed, "kind": kind, "address": address.casefold()}

    def minima(self) -> dict[str, Any]:
        """What is kept of the earliest: MongoDB compares the fields of `named` in their order."""
        first: dict[str, Any] = {"first_seen": self.at}
        if self.name:
            first["named"] = {"at": self.at, "name": self.name, "words": words(self.name)}
        return first


def words(text: str) -> list[str]:
    """The words of a name as they are searched: case-folded, each once, in their order."""
    return list(dict.fromkeys(_WORD.findall(text.casefold())))


class Memory:
    """What this process has written of identities already, so that the timeline costs one write and no look-up.

    Bounded: an identity that was forgotten is written again, which changes nothing.
    """

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._known: dict[str, tuple[datetime, tuple[datetime, str] | None]] = {}

    def knows(self, identity: str, at: datetime, name: str | None) -> bool:
        """Whether nothing earlier than what was written comes with this sight."""
        known = self._known.get(identity)
        if known is None or at < known[0]:
            return False
        return name is None or (known[1] is not None and known[1] <= (at, name))

    def remember(self, sighting: Sighting) -> None:
        """The sighting is written now."""
        if len(self._known) >= self._limit:
            for identity in list(self._known)[: self._limit // 2]:
                del self._known[identity]
        first, named = self._known.get(sighting.identity, (sighting.at, None))
        if sighting.name and (named is None or (sighting.at, sighting.name) < named):
            named = (sighting.at, sighting.name)
        self._known[sighting.identity] = (min(first, sighting.at), named)
