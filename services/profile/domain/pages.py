"""Cursors: where a page of the timeline or of a search ended. Opaque for whoever holds one.

WrongCursor  (it was not made here; whoever sent it has to start again without one)
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

    def __init__(self) -> None:
        super().__init__("This is no cursor that the hub gave; take it from `next` of the page before, unchanged.")


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


def word_cursor(word: str) -> str:
    """A key of a sorted list as an opaque word."""
    return _write([word])


def read_word(cursor: str) -> str:
    """The key that a cursor names; WrongCursor if it names none."""
    match _read(cursor):
        case [str() as word]:
            return word
        case _:
            raise WrongCursor


def _write(parts: list[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read(cursor: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise WrongCursor from error
