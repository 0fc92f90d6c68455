"""Words as they are compared: without case and accents, and an umlaut in both of its spellings.

`Müller` is `muller` and `mueller`, so it is found by either, and by itself. Whatever is compared was folded here.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_MARKS = "".join(mark for mark in map(chr, range(0x300, 0x1E00)) if unicodedata.category(mark).startswith("M"))
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
"""A word of a text. Vowel signs of Indian scripts are marks too."""

_ACCENT = re.compile(r"[\u0300-\u036f]")
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})

Word = tuple[str, ...]
"""The spellings of one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word of a text: from `start` until before `end`, and its spellings."""

    start: int
    end: int
    spellings: Word


@lru_cache(maxsize=50_000)
def spellings(text: str) -> Word:
    """How the text is written in small letters without accents: one way, or two if it has umlauts."""
    if text.isascii():
        return (text.lower(),)
    small = unicodedata.normalize("NFKC", text).casefold()
    return tuple(dict.fromkeys((_stripped(small), _stripped(small.translate(_SPELT_OUT)))))


def tokens(text: str) -> Iterator[Token]:
    """The words of a composed text (NFC or NFKC), in their order."""
    for found in WORD.finditer(text):
        yield Token(start=found.start(), end=found.end(), spellings=spellings(found[0]))


def _stripped(small: str) -> str:
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", small.translate(_PLAIN)))
    return unicodedata.normalize("NFC", bare)
