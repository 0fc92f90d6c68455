"""Identities: the addresses that customers come through, such as `email:ann@x.org`, and what is known of each.

What is known is a union (the names that it was told), so the order of events does not matter, and an event that tells
nothing new costs nothing at all.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.profile.domain.finding import address_keys, name_keys
from services.profile.domain.spelling import folded_words

_REMEMBERED = 200_000

ERASED = "erased"
"""The kind of an identity whose address nobody can know any more."""

MOST_NAMES = 50
"""So many names of an identity are kept, the first by the alphabet: a shared mailbox may be told thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An identity was seen. hashed: what stands for it in the log; name: what the person was called, or None.

    identity: the plain address; None if its key was destroyed, so that nobody can know it any more.
    after: when the identity was erased before it became this person's, if it was.
    """

    hashed: str
    identity: str | None
    name: str | None
    after: datetime | None = None


def documents(sightings: Iterable[Sighting]) -> list[dict[str, Any]]:
    """What is kept of each identity that was seen, one document each."""
    identities: dict[str, str | None] = {}
    after: dict[str, datetime | None] = {}
    names: dict[str, set[str]] = {}
    for sighting in sightings:
        identities[sighting.hashed] = sighting.identity or identities.get(sighting.hashed)
        after[sighting.hashed] = sighting.after or after.get(sighting.hashed)
        told = names.setdefault(sighting.hashed, set())
        if sighting.name:
            told.add(sighting.name)
    return [_document(hashed, identity, names[hashed], after[hashed]) for hashed, identity in identities.items()]


def erased_document(hashed: str) -> dict[str, Any]:
    """What is left of an identity that was erased: nothing that it could be found by."""
    return {"_id": hashed, "identity": None, "kind": ERASED, "names": []}


def _document(hashed: str, identity: str | None, names: set[str], after: datetime | None) -> dict[str, Any]:
    if identity is None:
        return erased_document(hashed)
    kind, _, address = identity.partition(":")
    kept = [{"name": name, "words": folded_words(name)} for name in sorted(names)[:MOST_NAMES]]
    keys = sorted({*address_keys(kind, address), *found_by_names(kept)})  # in one order, however it came about
    document = {"_id": hashed, "identity": identity, "kind": kind, "names": kept, "found_by": keys}
    return document if after is None else {**document, "after": after}


def found_by_names(names: Iterable[dict[str, Any]]) -> list[str]:
    """The keys that names (each with its words) are found by, each once."""
    return name_keys(dict.fromkeys(word for told in names for word in told["words"]))


class Memory:
    """What this process has written of identities already, so that the timeline costs one write and no look-up.

    Bounded: an identity that was forgotten is written again, which changes nothing.
    """

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._known: dict[str, list[str]] = {}

    def knows(self, hashed: str, name: str | None) -> bool:
        """Whether this sight tells nothing new: a name behind those that are kept would not be kept."""
        names = self._known.get(hashed)
        if names is None:
            return False
        return name is None or name in names or (len(names) == MOST_NAMES and name > names[-1])

    def remember(self, sighting: Sighting) -> None:
        """The sighting is written now."""
        if sighting.identity is None or sighting.after is not None:
            return  # what was erased may be again, so what is known of it is written each time
        names = self._known.get(sighting.hashed)
        if names is None:
            if len(self._known) >= self._limit:
                for hashed in list(self._known)[: self._limit // 2]:
                    del self._known[hashed]
            names = self._known[sighting.hashed] = []
        if sighting.name and sighting.name not in names:
            insort(names, sighting.name)
            del names[MOST_NAMES:]
