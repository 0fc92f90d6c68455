"""Looking for words, whatever their case and accents."""

import pytest

from services.profile.domain.spelling import folded_words, say, words_of
from shared.spelling import Word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Größe, CAFÉ!", (("grosse", "groesse"), ("cafe",))),
        ("Ångström über İstanbul", (("angstrom", "aangstroem"), ("uber", "ueber"), ("istanbul",))),
        ("order-4711/a", (("order",), ("4711",), ("a",))),
        ("a A_a", (("a",),)),
        ("…!?", ()),
        ("ﬁne", (("fine",),)),
    ],
)
def test_words_are_compared_without_case_accents_and_punctuation(text: str, words: tuple[Word, ...]) -> None:
    assert words_of(text) == words
    assert folded_words(text) == [spelling for word in words for spelling in word]


def test_every_word_begins_a_word_of_some_text() -> None:
    texts = ["Wo ist mein Paket?", "Bestellung 4711, Grüße", "Herr Mueller"]
    assert say(texts, words_of("paket grüß"))
    assert say(texts, words_of("gruess GRUSS müll"))
    assert say(texts, words_of("best 47"))
    assert not say(texts, words_of("aket"))
    assert not say(texts, words_of("paket rechnung"))
    assert not say([], words_of("paket"))
    assert say([], ())
