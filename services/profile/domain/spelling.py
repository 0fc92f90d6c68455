"""Words as they are searched: without case and accents, and an umlaut in both of its spellings.

`Müller` is `muller` and `mueller`, so it is found by either, and by itself. Whatever is compared was folded here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_MARKS = "".join(mark for mark in map(chr, range(0x300, 0x1E00)) if unicodedata.category(mark).startswith("M"))
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")  # vowel signs of Indian scripts are marks too
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


def composed(text: str) -> str:
    """The text with each accented letter as one character, which is what positions count."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=50_000)
def spellings(text: str) -> Word:
    """How the text is written in small letters without accents: one way, or two if it has umlauts."""
    if text.isascii():
        return (text.lower(),)
    small = unicodedata.normalize("NFKC", text).casefold()
    return tuple(dict.fromkeys((_stripped(small), _stripped(small.translate(_SPELT_OUT)))))


def tokens(text: str) -> Iterator[Token]:
    """The words of a composed text, in their order."""
    for found in _WORD.finditer(text):
        yield Token(start=found.start(), end=found.end(), spellings=spellings(found[0]))


def words_of(text: str) -> tuple[Word, ...]:
    """The words of the text, each once, in their order."""
    return tuple(dict.fromkeys(token.spellings for token in tokens(composed(text))))


def say(texts: Iterable[str], wanted: Sequence[Word]) -> bool:
    """Whether each of the wanted words begins a word of some of the texts."""
    missing = set(wanted)
    for text in texts:
        if not missing:
            break
        spoken = "\n" + "\n".join(folded_words(text))
        missing = {word for word in missing if not any(f"\n{spelling}" in spoken for spelling in word)}
    return not missing


def folded_words(text: str) -> list[str]:
    """All spellings of the text's words, each once, in their order."""
    if text.isascii():
        return list(dict.fromkeys(_WORD.findall(text.lower())))
    return list(dict.fromkeys(word for token in tokens(composed(text)) for word in token.spellings))


def span_of(text: str, part: str, start: int = 0) -> tuple[int, int] | None:
    """Where a folded part stands in a composed text, from `start` on: the characters [from, until); None: nowhere."""
    for way in (0, -1):
        letters = [spellings(letter)[way] for letter in text]
        at = "".join(letters).find(part, sum(map(len, letters[:start])))
        if at >= 0:
            ends = _running_lengths(letters)
            first = next(number for number, end in enumerate(ends) if end > at)
            last = next(number for number, end in enumerate(ends) if end >= at + len(part))
            return first, last + 1
    return None


def _running_lengths(letters: list[str]) -> list[int]:
    ends: list[int] = []
    for letter in letters:
        ends.append((ends[-1] if ends else 0) + len(letter))
    return ends


def _stripped(small: str) -> str:
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", small.translate(_PLAIN)))
    return unicodedata.normalize("NFC", bare)
