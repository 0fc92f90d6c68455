"""Cursors come back as what they were made of, and nothing else is one."""

from datetime import UTC, datetime

import pytest

from services.profile.domain.pages import (
    BEGINNING,
    Mark,
    OtherQuery,
    Place,
    WrongCursor,
    mark_cursor,
    place_cursor,
    read_mark,
    read_place,
)

_ENTRY = "38fa13cf-2483-58bb-b29d-44873da9b5af"


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC), datetime(1901, 1, 1, tzinfo=UTC)]
)
def test_a_place_comes_back(at: datetime) -> None:
    place = Place(at=at, id=_ENTRY)
    assert read_place(place_cursor(place, "abc"), "abc") == place


def test_the_beginning_comes_back() -> None:
    assert read_place(place_cursor(BEGINNING, "abc"), "abc") == BEGINNING


def test_a_place_of_another_query_is_told_so() -> None:
    with pytest.raises(OtherQuery, match="another query"):
        read_place(place_cursor(BEGINNING, "abc"), "abd")


def test_a_place_can_take_in_its_own_entry_either_way() -> None:
    place = Place(at=datetime(2026, 1, 1, tzinfo=UTC), id=_ENTRY)
    assert place.and_itself_before().id > _ENTRY
    assert place.and_itself_after().id < _ENTRY


@pytest.mark.parametrize(
    "mark", [Mark(way=2, key="=jörg@x.org", id="ab"), Mark(way=6, key="17", id="0a", first=("18", "ff")), Mark(way=3)]
)
def test_a_mark_comes_back(mark: Mark) -> None:
    assert read_mark(mark_cursor(mark, "abc"), "abc") == mark


def test_a_mark_of_another_query_is_told_so() -> None:
    with pytest.raises(OtherQuery, match="another query"):
        read_mark(mark_cursor(Mark(way=2), "abc"), "abd")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "bnVsbA", "é", "W10", "WzEsMl0", mark_cursor(Mark(way=2), "abc"), "A" * 300, "WzEsIngiXQ", "WyJhYmMiXQ"],
)
def test_anything_else_is_no_place(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_place(cursor, "abc")


def test_a_place_beyond_all_time_is_no_place() -> None:
    with pytest.raises(WrongCursor):
        read_place("WyJhYmMiLDk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ4Il0", "abc")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", place_cursor(Place(at=datetime(2026, 1, 1, tzinfo=UTC), id="x"), "abc"), "WyJhYmMiLDIsIiIsIiIsIngiXQ"],
)
def test_anything_else_is_no_mark(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_mark(cursor, "abc")
