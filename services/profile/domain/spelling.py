"""The words of texts that are searched, and where a part stands in a text (see shared.spelling)."""

import unicodedata
from collections.abc import Iterable, Sequence

from shared.spelling import WORD, Word, spellings, tokens


def composed(text: str) -> str:
    """The text with each accented letter as one character, which is what positions count."""
    return unicodedata.normalize("NFC", text)


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
        return list(dict.fromkeys(WORD.findall(text.lower())))
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
