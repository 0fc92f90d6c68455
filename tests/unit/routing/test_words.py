"""Words and phrases that a rule looks for in what a customer wrote."""

import pytest

from services.routing.domain.words import MOST_CHARACTERS, NOTHING, said, words_of


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Where is my REFUND?", "refund"),
        ("Ich möchte kündigen.", "Kundigen"),
        ("Ich moechte kuendigen", "möchte KÜNDIGEN"),
        ("Große Freude", "grosse"),
        ("una reclamación, por favor", "RECLAMACION"),
        ("my credit-card is lost", "credit card"),
        ("money\nback!", "money back"),
        ("ΠΑΡΆΠΟΝΟ", "παράπονο"),
        ("жалоба на доставку", "Жалоба"),
        ("मुझे शिकायत है", "शिकायत"),
        ("我要退款,谢谢", "退款"),
        ("返金してください", "返金"),
        ("ขอคืนเงินครับ", "คืนเงิน"),
        ("\uff32\uff25\uff26\uff35\uff2e\uff24", "refund"),
    ],
)
def test_a_phrase_is_found_in_any_case_with_or_without_accents_in_any_script(text: str, phrase: str) -> None:
    assert said([text]).has_any([phrase])


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("refunding takes time", "refund"),
        ("prefund", "refund"),
        ("back money", "money back"),
        ("money is back", "money back"),
        ("money", "money back"),
        ("退 款", "还款"),
        ("", "refund"),
        ("refund", "…"),
    ],
)
def test_part_of_a_word_or_another_order_is_not_the_phrase(text: str, phrase: str) -> None:
    assert not said([text]).has_any([phrase])


def test_a_phrase_does_not_reach_from_the_subject_into_the_text() -> None:
    assert not said(["Give me my money", "back home"]).has_any(["money back"])
    assert said(["Give me my money", "back home"]).has_any(["back home"])


def test_any_of_the_phrases_will_do() -> None:
    assert said(["I want to complain"]).has_any(["refund", "complain"])
    assert not said(["I want to complain"]).has_any(["refund", "cancel"])
    assert not NOTHING.has_any(["refund"])


def test_only_the_beginning_of_a_very_long_text_is_looked_at() -> None:
    long = "x " * (MOST_CHARACTERS // 2)
    assert not said([long + "refund"]).has_any(["refund"])
    assert said([long[:-10] + "refund"]).has_any(["refund"])


def test_what_has_no_letter_and_no_digit_has_no_words() -> None:
    assert words_of("!? …") == ()
