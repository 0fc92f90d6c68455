"""What somebody types to find a customer, what it means, and which finds come first.

The ways to find, the best first; this order is the ranking:

    EXACT           the whole address or number, or a CRM id, handle or login
    TICKET          a ticket's number, or its first eight characters at least
    BEGINNING       the beginning of an address or number
    NAME            every word typed is a whole word of the name
    NAME_BEGINNING  every word typed begins a word of the name
    PART            a later part of an address, digits from the middle or end of a number
    SAID            every word typed is in one message; the newest message first

Within a way, finds come in the order of what was found (`ann` before `anna`), then by the identity's hash. A customer
is shown once, at the best of all finds of all its identities.

TooShort  (nothing in the question that could be looked for: type more)
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from services.profile.domain.finding import LEAST_DIGITS, LEAST_PART, NAMED, WHOLE, WITHIN
from services.profile.domain.pages import fingerprint
from services.profile.domain.spelling import composed, words_of
from shared.spelling import Word, spellings

LAST = "\U0010ffff"
"""Greater than any character after a prefix: `prefix ≤ x < prefix + LAST` are the strings that begin with it."""

MOST_WORDS = 12
"""Words of a question that are looked for; the others are ignored."""

_KIND = re.compile(r"([a-z][a-z0-9-]{0,31}):(?=\S)|(email|phone|ticket):\s*", re.IGNORECASE)
_ALSO_CALLED = {"mailto": "email", "tel": "phone"}
_DIALLED = re.compile(r"\+?[\d\s()/.–-]*\d[\d\s()/.–-]*")
_TRUNK = re.compile(r"\(0\)")
_TICKET = re.compile(r"(?:ticket\s+)?#?([\w-]{6,200})", re.IGNORECASE)
_BEGINNING_OF_TICKET = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_UNENCODED_PLUS = re.compile(r"\s+(?=\d)")


class Way(IntEnum):
    """How a customer was found; the less, the better."""

    EXACT = 0
    TICKET = 1
    BEGINNING = 2
    NAME = 3
    NAME_BEGINNING = 4
    PART = 5
    SAID = 6


class TooShort(Exception):
    """The question names nothing that could be looked for."""

    def __init__(self) -> None:
        super().__init__(
            "q needs two letters or digits at least: the beginning of a name, address or ticket number, "
            f"{LEAST_PART} characters from within an address, {LEAST_DIGITS} digits from within a phone number, "
            "or words of a message."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for. kind: of the identity, if given. The others are alternatives.

    exact: keys of whole addresses; beginnings, parts: what keys begin with; words: of a name or message;
    ticket: its id; ticket_begins: a ticket's id begins so.
    """

    text: str
    kind: str | None = None
    exact: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    ticket: str | None = None
    ticket_begins: str | None = None

    @property
    def fingerprint(self) -> str:
        """Tells this question from others, so that a cursor of one is not taken for another's."""
        return fingerprint("search", self.text)

    @property
    def lead(self) -> Word:
        """The longest of the words: the one that fewest names have."""
        return max(self.words, key=lambda word: len(word[0]))

    def find(self, kind: str, found_by: Iterable[str]) -> "Find | None":
        """The best way in which an identity with these keys is found, or None. It is the whole truth of a search;
        indexes only bring the candidates.
        """
        if self.kind is not None and kind != self.kind:
            return None
        keys = sorted(found_by)
        if any(key in self.exact for key in keys):
            return Find(way=Way.EXACT)
        if key := _first(keys, self.beginnings):
            return Find(way=Way.BEGINNING, key=key)
        if self.words:
            if all(any(NAMED + spelling in keys for spelling in word) for word in self.words):
                return Find(way=Way.NAME)
            if all(_first(keys, _named(word)) for word in self.words):
                return Find(way=Way.NAME_BEGINNING, key=_first(keys, _named(self.lead)))
        if key := _first(keys, self.parts):
            return Find(way=Way.PART, key=key)
        return None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Find:
    """A way in which an identity is found, and the key that it is ranked by within the way."""

    way: Way
    key: str = ""


def question(text: str, country_code: str | None = None) -> Question:
    """What `text` asks for. country_code: of numbers that are typed without one, such as `49`.

    TooShort if there is nothing to look for in it.
    """
    given = composed(text)
    whole = " ".join(given.casefold().split())
    kind, rest = _kind(given)
    if kind == "ticket":
        ticket, beginning = _ticket(rest)
        if ticket is None:
            raise TooShort
        return Question(text=whole, ticket=ticket, ticket_begins=beginning)
    exact, beginnings, parts = _address(rest, country_code if kind in (None, "phone") else None)
    words = _words(rest) if kind is None else ()
    if not beginnings and not any(len(word[0]) > 1 or not word[0].isascii() for word in words):
        raise TooShort
    ticket, beginning = _ticket(rest) if kind is None else (None, None)
    return Question(
        text=whole,
        kind=kind,
        exact=exact,
        beginnings=beginnings,
        parts=parts,
        words=words,
        ticket=ticket,
        ticket_begins=beginning,
    )


def _kind(text: str) -> tuple[str | None, str]:
    found = _KIND.match(text.strip())
    if not found:
        return None, text
    kind = (found[1] or found[2]).lower()
    return _ALSO_CALLED.get(kind, kind), text.strip()[found.end() :]


def _words(text: str) -> tuple[Word, ...]:
    return words_of(text)[:MOST_WORDS]


def _ticket(text: str) -> tuple[str | None, str | None]:
    """The ticket that may be meant, and what its id begins with at least."""
    found = _TICKET.fullmatch(text.strip())
    if not found:
        return None, None
    begins = found[1].lower()
    return found[1], begins if _BEGINNING_OF_TICKET.fullmatch(begins) else None


def _address(text: str, country_code: str | None) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The keys of this very address, and what the keys begin with of those that begin with it or have it within."""
    typed = text.strip().removeprefix("@")
    if sum(map(str.isalnum, typed)) < 2:
        return (), (), ()
    whole = [] if any(map(str.isspace, typed)) else list(spellings(typed))
    within = [spelling for spelling in whole if len(spelling) >= LEAST_PART]
    dialled = "+" + typed if _UNENCODED_PLUS.match(text) else typed
    if _DIALLED.fullmatch(dialled):
        numbers, within_numbers = _dialled(dialled, country_code)
        whole += numbers
        within = [part for part in within if len(part) >= LEAST_DIGITS or not part.isdigit()] + within_numbers
    exact = tuple(dict.fromkeys(WHOLE + beginning for beginning in whole))
    return exact, _prefixes(exact), _prefixes(WITHIN + part for part in within)


def _dialled(text: str, country_code: str | None) -> tuple[list[str], list[str]]:
    """What numbers begin with, and what they have within, by the digits that somebody dialled."""
    digits = "".join(filter(str.isdecimal, _TRUNK.sub("", text)))
    if text.startswith("+") or digits.startswith("00"):
        digits = digits if text.startswith("+") else digits[2:]
        return (["+" + digits] if len(digits) > 1 else []), []
    national = digits.removeprefix("0")
    whole = [digits, "+" + digits]
    if country_code and national:  # in some countries the 0 is part of the number
        whole += [f"+{country_code}{national}", f"+{country_code}{digits}"]
    return whole, [number for number in (digits, national) if len(number) >= LEAST_DIGITS]


def _prefixes(given: Iterable[str]) -> tuple[str, ...]:
    """Sorted, each once, none that another begins: so they are looked through in order, and nothing is met twice."""
    kept: list[str] = []
    for prefix in sorted(given):
        if not kept or not prefix.startswith(kept[-1]):
            kept.append(prefix)
    return tuple(kept)


def _named(word: Word) -> tuple[str, ...]:
    return _prefixes(NAMED + spelling for spelling in word)


def _first(keys: Sequence[str], prefixes: Sequence[str]) -> str:
    """The first of the sorted keys that begins with one of the prefixes; empty if none does."""
    return next((key for key in keys if key.startswith(tuple(prefixes))), "")


def lead_prefixes(asked: Question, way: Way) -> tuple[str, ...]:
    """What the keys begin with that a way looks through in their order; sorted, and none begins another."""
    match way:
        case Way.BEGINNING:
            return asked.beginnings
        case Way.PART:
            return asked.parts
        case Way.NAME_BEGINNING:
            return _named(asked.lead) if asked.words else ()
        case _:
            return ()
