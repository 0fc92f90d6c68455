"""Cursors: where a page of the timeline or of a search ended. Opaque for whoever holds one.

Every cursor begins with the fingerprint of what was asked, without which it means nothing.

WrongCursor     (it was not made here; whoever sent it has to start again without one)
└── OtherQuery  (it was, but for other words, other filters or another list)
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

    def __init__(
        self, why: str = "This is no cursor that the hub gave; take it from `next` of the page before, unchanged."
    ) -> None:
        super().__init__(why)


class OtherQuery(WrongCursor):
    """A cursor of ours, for other words, other filters or another list."""

    def __init__(self) -> None:
        super().__init__(
            "This cursor belongs to another query. Repeat the query that it came with, or start without a cursor."
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


def fingerprint(*asked: object) -> str:
    """What tells one query from another: a few characters that follow from what was asked."""
    return blake2b(repr(asked).encode(), digest_size=6).hexdigest()


def place_cursor(place: Place, query: str) -> str:
    """The place as an opaque word. query: the fingerprint of what was asked."""
    return _write(query, (place.at - _EPOCH) // _MILLISECOND, place.id)


def read_place(cursor: str, query: str) -> Place:
    """The place that a cursor names; WrongCursor if it names none, OtherQuery if its fingerprint is not `query`."""
    match _read(cursor, query):
        case [int() as milliseconds, str() as entry]:
            try:
                return Place(at=_EPOCH + milliseconds * _MILLISECOND, id=entry)
            except OverflowError as error:
                raise WrongCursor from error
        case _:
            raise WrongCursor


def mark_cursor(mark: Mark, query: str) -> str:
    """The mark as an opaque word. query: the fingerprint of what was asked."""
    return _write(query, mark.way, mark.key, mark.id, *(mark.first or ()))


def read_mark(cursor: str, query: str) -> Mark:
    """The mark that a cursor names; WrongCursor if it names none, OtherQuery if its fingerprint is not `query`."""
    match _read(cursor, query):
        case [int() as way, str() as key, str() as place]:
            return Mark(way=way, key=key, id=place)
        case [int() as way, str() as key, str() as place, str() as first_key, str() as first_id]:
            return Mark(way=way, key=key, id=place, first=(first_key, first_id))
        case _:
            raise WrongCursor


def _write(query: str, *parts: int | str) -> str:
    return base64.urlsafe_b64encode(json.dumps([query, *parts], separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read(cursor: str, query: str) -> list[object]:
    """What follows the fingerprint."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise WrongCursor from error
    match parts:
        case [str() as made_for, *rest]:
            if made_for != query:
                raise OtherQuery
            return rest
        case _:
            raise WrongCursor
