"""Words as people look for them: without regard to case, accents and punctuation."""

import re
from collections.abc import Iterable, Sequence
from unicodedata import combining, normalize

_WORD = re.compile(r"\w+")


def plain_words(text: str) -> tuple[str, ...]:
    """The words of `text` in their order, each as it is compared: `Größe, café!` → `grosse`, `cafe`."""
    if not text.isascii():
        text = "".join(letter for letter in normalize("NFKD", text) if not combining(letter))
    return tuple(_WORD.findall(text.casefold()))


def say(texts: Iterable[str], wanted: Sequence[str]) -> bool:
    """Whether each of the wanted words (as `plain_words` gives them) begins a word of some of the texts."""
    missing = set(wanted)
    for text in texts:
        if not missing:
            break
        spoken = "\n" + "\n".join(plain_words(text))
        missing = {word for word in missing if f"\n{word}" not in spoken}
    return not missing
