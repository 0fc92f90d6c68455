"""What somebody types, and whom it finds."""

import pytest

from services.profile.domain.identities import words
from services.profile.domain.search import query


@pytest.mark.parametrize(
    ("typed", "kind", "address", "name"),
    [
        ("ann@shop", "email", "ann@shop.example", ""),
        ("EMAIL:Ann@", "email", "ann@shop.example", ""),
        ("+49 (151) 12-34", "phone", "+4915112345678", ""),
        ("phone:+49 151", "phone", "+4915112345678", ""),
        ("ann", "email", "x@y.example", "Ann Example"),
        ("exa ann", "email", "x@y.example", "Ann Example"),
        ("MÜLLER", "email", "x@y.example", "Zoë Müller-Lüdenscheidt"),
        ("o'bri", "email", "x@y.example", "Pat O'Brien"),
    ],
)
def test_it_finds(typed: str, kind: str, address: str, name: str) -> None:
    assert query(typed).matches(kind, address, words(name))


@pytest.mark.parametrize(
    ("typed", "kind", "address", "name"),
    [
        ("phone:ann", "email", "ann@shop.example", "Ann"),
        ("ann bob", "email", "x@y.example", "Ann Example"),
        ("shop", "email", "ann@shop.example", ""),
        ("  ", "email", "ann@shop.example", "Ann"),
        (":", "email", "ann@shop.example", "Ann"),
    ],
)
def test_it_does_not_find(typed: str, kind: str, address: str, name: str) -> None:
    assert not query(typed).matches(kind, address, words(name))
