"""Looking for words, whatever their case and accents."""

import pytest

from services.profile.domain.words import plain_words, say


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Größe, CAFÉ!", ("grosse", "cafe")),
        ("Ångström über İstanbul", ("angstrom", "uber", "istanbul")),
        ("order-4711/a", ("order", "4711", "a")),
        ("…!?", ()),
        ("ﬁne", ("fine",)),
    ],
)
def test_words_are_compared_without_case_accents_and_punctuation(text: str, words: tuple[str, ...]) -> None:
    assert plain_words(text) == words


def test_every_word_begins_a_word_of_some_text() -> None:
    texts = ["Wo ist mein Paket?", "Bestellung 4711, Grüße"]
    assert say(texts, plain_words("paket GRUSS".replace("GRUSS", "grüß")))
    assert say(texts, plain_words("best 47"))
    assert not say(texts, plain_words("aket"))
    assert not say(texts, plain_words("paket rechnung"))
    assert not say([], plain_words("paket"))
    assert say([], ())
