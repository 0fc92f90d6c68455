"""What somebody types to find a customer, and what it means: the beginning of an address, or words of a name."""

import re
from dataclasses import dataclass

from services.profile.domain.identities import words

LAST = "\U0010ffff"
"""Greater than any character after a prefix: `prefix ≤ x < prefix + LAST` are the strings that begin with it."""

_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")
_DIALLED = re.compile(r"[+\d\s()/.-]+")
_PUNCTUATION = re.compile(r"[\s()/.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """kind: of the identity, if given. address: its beginning, or None. words: beginnings of words of the name.

    An identity matches if its address begins so, or if each of the words begins a word of its name.
    """

    kind: str | None
    address: str | None
    words: tuple[str, ...]

    def matches(self, kind: str, address: str, name_words: list[str]) -> bool:
        """Whether an identity is what was looked for. address and name_words are case-folded."""
        if self.kind is not None and kind != self.kind:
            return False
        if self.address and address.startswith(self.address):
            return True
        return bool(self.words) and all(any(word.startswith(part) for word in name_words) for part in self.words)


def query(text: str) -> Query:
    """What `text` asks for: `email:ann@`, `+49 151`, `ann@x.org` or `ann exam`."""
    text = text.strip().casefold()
    kind, colon, rest = text.partition(":")
    if colon and _KIND.fullmatch(kind):
        return Query(kind=kind, address=_address(rest), words=())
    return Query(kind=None, address=_address(text), words=tuple(words(text)))


def _address(text: str) -> str | None:
    address = text.strip()
    if _DIALLED.fullmatch(address):
        return _PUNCTUATION.sub("", address) or None
    return None if not address or " " in address else address
