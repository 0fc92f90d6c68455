"""Where a mail's own words end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.channels.quotes import split_quote
from tests.unit.ingest.taking import unhurried


@pytest.mark.parametrize(
    "introduction",
    [
        "On Mon, Nov 3, 2025 at 10:00 AM Support Team <support@shop.example> wrote:",
        "On Mon, Nov 3, 2025 at 10:00 AM Support Team\n<support@shop.example> wrote:",
        "Am 03.11.2025 um 10:00 schrieb Support <support@shop.example>:",
        "Le lun. 3 nov. 2025 à 10:00, Support <support@shop.example> a écrit :",
        "From: Support\nSent: Monday\nTo: Ann\nSubject: Your order",
        "Von: Support\nGesendet: Montag\nAn: Ann\nBetreff: Ihre Bestellung",
        "> Hello Ann,",
    ],
)
def test_the_quote_begins_where_the_mail_program_introduces_it(introduction: str) -> None:
    quoted = f"{introduction}\n> your order is on its way."

    assert split_quote(f"Thank you.\nAnn\n\n{quoted}") == ("Thank you.\nAnn", quoted)


@pytest.mark.parametrize(
    "text",
    ["", "Hello", "Two things:\n1. this\n2. that", "> Where is it?\nHere.\n> And that?\nThere.", "> only a quote"],
)
def test_a_mail_without_a_quote_below_its_words_is_left_whole(text: str) -> None:
    assert split_quote(text) == (text, None)


@unhurried
@given(
    st.lists(
        st.sampled_from(["> a", "", "text", "On Mon, X wrote:", "From: a", "Sent: b", ">", ": x", " ", "\t"]),
        max_size=12,
    )
)
def test_no_line_is_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    own, quoted = split_quote(text)

    assert [line for line in f"{own}\n{quoted or ''}".split("\n") if line.strip()] == [
        line for line in lines if line.strip()
    ]


def test_text_made_to_be_slow_is_split_before_the_run_times_out() -> None:
    """The library's expressions alone would need hours for this."""
    text = ("On " * 60 + ":\n") * 5_000 + "On " * 100_000

    assert split_quote(text) == (text, None)
