"""Cursors: where a page of the timeline or of a search ended. Opaque for whoever holds one.

WrongCursor     (it was not made here; whoever sent it has to start again without one)
└── OtherQuery  (it was, but for other filters or another list)
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class WrongCursor(Exception):
    """Not a cursor of ours, or not of this list."""

    def __init__(self) -> None:
        super().__init__("This is no cursor that the hub gave; take it from `next` of the page before, unchanged.")


class OtherQuery(WrongCursor):
    """A cursor of ours, for other filters or another list."""

    def __init__(self) -> None:
        Exception.__init__(
            self,
            "This cursor belongs to another query. Repeat the filters that it came with, or start without a cursor.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the timeline, between entries: just beyond the entry with this time and id, whichever way one looks.

    It names no page and no customer, so it stays right while entries arrive and customers are merged or split.
    """

    at: datetime
    id: str

    def and_itself_before(self) -> "Place":
        """The place from which the entry itself is still to come, looking back."""
        return Place(at=self.at, id=f"{self.id}~")

    def and_itself_after(self) -> "Place":
        """The place from which the entry itself is still to come, looking forward."""
        return Place(at=self.at, id=self.id[:-1])


BEGINNING = Place(at=datetime.min.replace(tzinfo=UTC), id="")
"""The place before everything."""


def place_cursor(place: Place, query: str) -> str:
    """The place as an opaque word. query: the fingerprint of what was asked, without which it means nothing."""
    return _write([(place.at - _EPOCH) // _MILLISECOND, place.id, query])


def read_place(cursor: str, query: str) -> Place:
    """The place that a cursor names; WrongCursor if it names none, OtherQuery if its fingerprint is not `query`."""
    match _read(cursor):
        case [int() as milliseconds, str() as entry, str() as made_for]:
            if made_for != query:
                raise OtherQuery
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


def fingerprint(*asked: object) -> str:
    """What tells one query from another: a few characters that follow from what was asked."""
    return blake2b(repr(asked).encode(), digest_size=6).hexdigest()


def _write(parts: list[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read(cursor: str) -> object:
    try:
        return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise WrongCursor from error
