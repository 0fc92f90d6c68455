"""Cursors: where a page of the timeline or of a search ended. Opaque for whoever holds one.

WrongCursor          (it was not made here; whoever sent it has to start again without one)
 └─ CursorOfAnother  (it was made here for another question)
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class WrongCursor(Exception):
    """Not a cursor of ours."""

    def __init__(
        self, why: str = "This is no cursor that the hub gave; take it from `next` of the page before, unchanged."
    ) -> None:
        super().__init__(why)


class CursorOfAnother(WrongCursor):
    """A cursor of another question."""

    def __init__(self) -> None:
        super().__init__("This cursor belongs to another question; ask the same question as for the page before.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the timeline: just beyond the entry with this time and id, looking back."""

    at: datetime
    id: str


def place_cursor(place: Place) -> str:
    """The place as an opaque word."""
    return _write([(place.at - _EPOCH) // _MILLISECOND, place.id])


def read_place(cursor: str) -> Place:
    """The place that a cursor names; WrongCursor if it names none."""
    match _read(cursor):
        case [int() as milliseconds, str() as entry]:
            try:
                return Place(at=_EPOCH + milliseconds * _MILLISECOND, id=entry)
            except OverflowError as error:
                raise WrongCursor from error
        case _:
            raise WrongCursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a page of a search ended: the last find that was looked at.

    way: how it was found; key: what it is ranked by within the way; id: of what was found. first: the (key, id) of the
    first find of that way, so that what is found newly before it does not disturb the pages.
    """

    way: int
    key: str = ""
    id: str = ""
    first: tuple[str, str] | None = None


def mark_cursor(mark: Mark, fingerprint: str) -> str:
    """The mark as an opaque word, for the question with this fingerprint only."""
    return _write([fingerprint, mark.way, mark.key, mark.id, *(mark.first or ())])


def read_mark(cursor: str, fingerprint: str) -> Mark:
    """The mark that a cursor names; WrongCursor if it names none, CursorOfAnother if it is another question's."""
    match _read(cursor):
        case [str() as its_fingerprint, int() as way, str() as key, str() as place, *first]:
            if its_fingerprint != fingerprint:
                raise CursorOfAnother
        case _:
            raise WrongCursor
    match first:
        case []:
            return Mark(way=way, key=key, id=place)
        case [str() as first_key, str() as first_id]:
            return Mark(way=way, key=key, id=place, first=(first_key, first_id))
        case _:
            raise WrongCursor


def _write(parts: list[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read(cursor: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise WrongCursor from error
