"""Cursors come back as what they were made of, and nothing else is one."""

from datetime import UTC, datetime

import pytest

from services.profile.domain.pages import (
    CursorOfAnother,
    Mark,
    Place,
    WrongCursor,
    mark_cursor,
    place_cursor,
    read_mark,
    read_place,
)


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 21, 10, 0, 0, 123_000, tzinfo=UTC), datetime(1901, 1, 1, tzinfo=UTC)]
)
def test_a_place_comes_back(at: datetime) -> None:
    place = Place(at=at, id="38fa13cf-2483-58bb-b29d-44873da9b5af")
    assert read_place(place_cursor(place)) == place


@pytest.mark.parametrize(
    "mark", [Mark(way=2, key="=jörg@x.org", id="ab"), Mark(way=6, key="17", id="0a", first=("18", "ff")), Mark(way=3)]
)
def test_a_mark_comes_back(mark: Mark) -> None:
    assert read_mark(mark_cursor(mark, "f"), "f") == mark


def test_a_mark_of_another_question_is_refused() -> None:
    with pytest.raises(CursorOfAnother, match="another question"):
        read_mark(mark_cursor(Mark(way=2), "f"), "g")


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "é", "W10", "WzEsMl0", mark_cursor(Mark(way=2), "f"), "A" * 300])
def test_anything_else_is_no_place(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_place(cursor)


def test_a_place_beyond_all_time_is_no_place() -> None:
    with pytest.raises(WrongCursor):
        read_place("Wzk5OTk5OTk5OTk5OTk5OTk5OTk5LCJ4Il0")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", place_cursor(Place(at=datetime(2026, 1, 1, tzinfo=UTC), id="x")), "WyJmIiwyLCIiLCIiLCJ4Il0"],
)
def test_anything_else_is_no_mark(cursor: str) -> None:
    with pytest.raises(WrongCursor):
        read_mark(cursor, "f")
