"""Words and phrases in what a customer wrote.

Whole words are compared, in any case, with or without accents, an umlaut in either spelling (see shared.spelling).
Scripts that put no spaces between words have none to compare, so there each character counts as a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from shared.spelling import Word, spellings, tokens

MOST_CHARACTERS = 20_000
"""Of each text; what comes behind them is not looked at."""

Phrase = tuple[Word, ...]
"""Words that follow each other."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
)
_UNITS = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
_GAP: Word = ()


@dataclass(frozen=True, slots=True)
class Said:
    """The words of what was written, in their order, with a gap between two texts that no phrase reaches across."""

    words: Phrase = ()
    _places: dict[str, list[int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            for spelling in word:
                places.setdefault(spelling, []).append(place)
        object.__setattr__(self, "_places", places)

    def has_any(self, phrases: Sequence[str]) -> bool:
        """Whether any of the phrases was written."""
        return any(self._has(words_of(one)) for one in phrases)

    def _has(self, phrase: Phrase) -> bool:
        begins = {place for spelling in (phrase[0] if phrase else ()) for place in self._places.get(spelling, ())}
        return any(self._goes_on(phrase, place) for place in begins)

    def _goes_on(self, phrase: Phrase, place: int) -> bool:
        written = self.words[place : place + len(phrase)]
        return len(written) == len(phrase) and not any(map(_differ, written, phrase))


NOTHING = Said()


def said(texts: Iterable[str]) -> Said:
    """What these texts say."""
    words: list[Word] = []
    for text in texts:
        words += [*_words(text[:MOST_CHARACTERS]), _GAP]
    return Said(tuple(words))


@lru_cache(maxsize=10_000)
def words_of(phrase: str) -> Phrase:
    """The words of a phrase; none if it has no letter and no digit."""
    return tuple(_words(phrase))


def _words(text: str) -> Iterator[Word]:
    composed = unicodedata.normalize("NFKC", text)
    for token in tokens(composed):
        written = composed[token.start : token.end]
        if written.isascii():
            yield token.spellings
        else:
            yield from map(spellings, _UNITS.findall(written))


def _differ(word: Word, other: Word) -> bool:
    return not any(spelling in other for spelling in word)
