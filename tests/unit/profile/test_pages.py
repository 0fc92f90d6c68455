"""Cursors come back as what they were made of, and nothing else is one."""

from datetime import UTC, datetime

import pytest

from services.profile.domain.pages import Place, WrongCursor, place_cursor, read_place, read_word, word_cursor


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC), datetime(1901, 1, 1, tzinfo=UTC)]
)
def test_a_place_comes_back(at: datetime) -> None:
    place = Place(at=at, id="38fa13cf-2483-58bb-b29d-44873da9b5af")
    assert read_place(place_cursor(place)) == place


def test_a_word_comes_back() -> None:
    assert read_word(word_cursor("email:jörg@x.org")) == "email:jörg@x.org"


@pytest.mark.parametrize(
    "cursor", ["", "x", "bnVsbA", "é", "W10", "WzEsMl0", word_cursor("email:ann@x.org"), "A" * 300]
)
def test_anything_else_is_no_place(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_place(cursor)


def test_a_place_beyond_all_time_is_no_place() -> None:
    with pytest.raises(WrongCursor):
        read_place("Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ4Il0")


@pytest.mark.parametrize("cursor", ["", "x", place_cursor(Place(at=datetime(2026, 1, 1, tzinfo=UTC), id="x"))])
def test_anything_else_is_no_word(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_word(cursor)
