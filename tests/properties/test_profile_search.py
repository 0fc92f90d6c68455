"""Whatever an address, number or name is, any half of it finds it; and what ranks better is never found worse."""

import string
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from services.profile.domain.finding import LEAST_DIGITS, address_keys, name_keys
from services.profile.domain.search import LAST, Find, Way, lead_prefixes, question
from services.profile.domain.spelling import folded_words

_part = st.text(string.ascii_lowercase + string.digits, min_size=3, max_size=10)
_parts = st.lists(_part, min_size=1, max_size=3)
_letters = st.characters(categories=("Ll", "Lu", "Lo"), max_codepoint=0x2FFF)
_word = st.text(_letters, min_size=2, max_size=12)


def found(typed: str, kind: str, address: str, name: str = "") -> Find | None:
    """How what is typed finds an identity."""
    keys = [*address_keys(kind, address), *name_keys(folded_words(name))]
    return question(typed).find(kind, keys)


@given(local=_parts, dot=st.sampled_from("._-+"), domain=_parts, cut=st.integers(4, 60), data=st.data())
def test_an_address_is_found_by_its_beginning_and_from_any_part_on(
    local: list[str], dot: str, domain: list[str], cut: int, data: st.DataObject
) -> None:
    address = f"{dot.join(local)}@{'.'.join(domain)}"
    beginning = found(address[:cut], "email", address)
    assert beginning is not None
    assert beginning.way <= Way.BEGINNING
    part = data.draw(st.sampled_from([*local, *domain]))
    rest = address[address.index(part) :]
    assume(not rest[:cut].isdigit() or len(rest[:cut]) >= LEAST_DIGITS)
    assert found(rest[:cut], "email", address) is not None
    assert found(rest[:cut].upper(), "email", address) is not None


@given(
    digits=st.text(string.digits, min_size=8, max_size=14).filter(lambda digits: digits[0] != "0"),
    start=st.integers(0, 10),
    length=st.integers(4, 14),
    grouping=st.lists(st.sampled_from(["", " ", "-", "/", ".", " ("]), min_size=14, max_size=14),
)
def test_a_number_is_found_by_any_four_of_its_digits_in_a_row(
    digits: str, start: int, length: int, grouping: list[str]
) -> None:
    typed = digits[start : start + length]
    assume(len(typed) >= 4 and not typed.startswith("00"))
    written = "".join(gap + digit for gap, digit in zip(grouping, typed, strict=False)).strip()
    assert found(written, "phone", f"+{digits}") is not None
    if start and not typed.startswith("0"):  # with the 0 that is dialled within a country
        assert found(f"0{typed}", "phone", f"+{digits}") is not None


@given(words=st.lists(_word, min_size=1, max_size=4), data=st.data())
def test_a_name_is_found_by_its_words_in_any_order_and_case(words: list[str], data: st.DataObject) -> None:
    name = " ".join(words)
    typed = data.draw(st.permutations(words))
    for written in (" ".join(typed), " ".join(typed).casefold()):
        find = found(written, "webchat", "\N{SNOWMAN}", name)
        assert find is not None
        assert find.way is Way.NAME


@given(local=_part, domain=_part, name=_word, typed=st.one_of(_part, _word))
def test_what_is_found_lies_where_the_index_is_read(local: str, domain: str, name: str, typed: str) -> None:
    """Otherwise a page would never come to it."""
    asked = question(typed)
    keys = [*address_keys("email", f"{local}@{domain}.example"), *name_keys(folded_words(name))]
    find = asked.find("email", keys)
    prefixes = [] if find is None else lead_prefixes(asked, find.way)
    assert all(first + LAST <= second for first, second in pairwise(prefixes))
    if find and find.way in (Way.BEGINNING, Way.NAME_BEGINNING, Way.PART):
        assert find.key in keys
        assert find.key == min(key for key in keys if key.startswith(tuple(prefixes)))
