"""Identities: the addresses that customers come through, such as `email:ann@x.org`, and what is known of each.

What is known is a union (the names that it was told), so the order of events does not matter, and an event that tells
nothing new costs nothing at all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[^\W_]+")
_REMEMBERED = 200_000

MOST_NAMES = 50
"""So many names of an identity are kept, the first by the alphabet: a shared mailbox may be told thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An identity was seen. hashed: what stands for it in the log; name: what the person was called, or None."""

    identity: str
    hashed: str
    name: str | None


def documents(sightings: Iterable[Sighting]) -> list[dict[str, Any]]:
    """What is kept of each identity that was seen, one document each."""
    hashes: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    for sighting in sightings:
        hashes[sighting.identity] = sighting.hashed
        told = names.setdefault(sighting.identity, set())
        if sighting.name:
            told.add(sighting.name)
    return [_document(identity, hashed, names[identity]) for identity, hashed in hashes.items()]


def _document(identity: str, hashed: str, names: set[str]) -> dict[str, Any]:
    kind, _, address = identity.partition(":")
    kept = [{"name": name, "words": words(name)} for name in sorted(names)[:MOST_NAMES]]
    return {"_id": identity, "hash": hashed, "kind": kind, "address": address.casefold(), "names": kept}


def words(text: str) -> list[str]:
    """The words of a name as they are searched: case-folded, each once, in their order."""
    return list(dict.fromkeys(_WORD.findall(text.casefold())))


class Memory:
    """What this process has written of identities already, so that the timeline costs one write and no look-up.

    Bounded: an identity that was forgotten is written again, which changes nothing.
    """

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._known: dict[str, set[str]] = {}

    def knows(self, identity: str, name: str | None) -> bool:
        """Whether this sight tells nothing new."""
        names = self._known.get(identity)
        return names is not None and (name is None or name in names)

    def remember(self, sighting: Sighting) -> None:
        """The sighting is written now."""
        names = self._known.get(sighting.identity)
        if names is None or len(names) >= MOST_NAMES:
            if len(self._known) >= self._limit:
                for identity in list(self._known)[: self._limit // 2]:
                    del self._known[identity]
            names = self._known[sighting.identity] = set()
        if sighting.name:
            names.add(sighting.name)
