"""In which quarters of an hour a ticket's rows count, and where they count otherwise once they have changed.

Handling that goes on counts until the end of each quarter, so a change of it reaches from its moment on into every
later quarter, without end. Such a reach is told by where it begins and where it ends, never quarter by quarter.

Rows book in the order in which things happen, so what two of them begin with alike counts alike. From the first
difference on all is taken to differ: to sum a quarter once too often changes no figure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.metrics.domain.contact import Contact, Span
from services.metrics.domain.dimensions import BY_SOME, Row
from services.metrics.domain.figures import Booking
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.returns import Opening, opening_of
from services.metrics.domain.ticket import Ticket

ENDLESS = 1 << 62
"""When what goes on ends, as far as anybody knows: a moment after all others, in microseconds since 1970."""

_TICKET = -1
"""Where a ticket stands among its contacts' stays."""

Told = tuple[str | int | None, ...]


class Counted(NamedTuple):
    """What a row counts for. always: what all of it is told apart by; by: the agent, what it takes of them, and the
    wrap-up code, by which some of it is told apart, too.
    """

    always: Told
    by: Told
    bookings: Sequence[Booking] = ()
    handling: Sequence[Span] = ()


@dataclass(slots=True)
class Footprint:
    """rows: the contacts by stay, and the ticket. opening: the ticket's, which tickets of before count by."""

    rows: dict[int, Counted] = field(default_factory=dict)
    opening: Opening | None = None


NOTHING = Footprint()
"""Of a ticket that nothing is known of yet."""

Reached = dict[int, int]
"""Quarters, each with the last one after it up to which a change may go on."""


def footprint(rows: Iterable[Row]) -> Footprint:
    """What the rows of a ticket count for now, to be held against what they count for later."""
    found = Footprint()
    for row in rows:
        if isinstance(row, Contact):
            handling = tuple(row.running(ENDLESS)) if row.agent is not None else ()
            found.rows[row.stay] = Counted(_always(row), (row.agent, row.units, row.code), [*row.bookings()], handling)
        elif isinstance(row, Ticket):
            found.rows[_TICKET] = Counted(_always(row), (row.agent, row.code), [*row.bookings()])
            found.opening = opening_of(row)
    return found


def _always(row: Contact | Ticket) -> Told:
    return row.channel, row.kind, row.queue, row.pool, row.segment


def reaches(before: Footprint, after: Footprint) -> Reached:
    """Where the two count differently."""
    found: Reached = {}
    for name, other in after.rows.items():
        one = before.rows.get(name)
        if one is None:
            _reach_all(other, found)
        elif one != other:
            _compare_bookings(one, other, found)
            _compare_handling(one, other, found)
    for name, one in before.rows.items():
        if name not in after.rows:
            _reach_all(one, found)
    if before.opening != after.opening:
        for side in (before, after):
            if (ticket := side.rows.get(_TICKET)) is not None:
                _reach(found, (booking for booking in ticket.bookings if booking[0] == "resolved_known"))
    return found


def _reach_all(row: Counted, found: Reached) -> None:
    _reach(found, row.bookings)
    for _, begin, end in row.handling:
        _last(found, begin, end)


def _compare_bookings(one: Counted, other: Counted, found: Reached) -> None:
    alike = 0
    if one.always == other.always:
        same = one.by == other.by
        for booking, again in zip(one.bookings, other.bookings, strict=False):
            if booking != again or not (same or booking[0] not in BY_SOME):
                break
            alike += 1
    _reach(found, one.bookings[alike:])
    _reach(found, other.bookings[alike:])


def _reach(found: Reached, bookings: Iterable[Booking]) -> None:
    for _, moment, _ in bookings:
        quarter = quarter_of(moment)
        if quarter not in found:
            found[quarter] = quarter


def _compare_handling(one: Counted, other: Counted, found: Reached) -> None:
    alike = 0
    if one.always == other.always and one.by[:2] == other.by[:2]:
        for span, again in zip(one.handling, other.handling, strict=False):
            if span != again:
                if span[:2] == again[:2]:
                    alike += 1
                    _last(found, min(span[2], again[2]), max(span[2], again[2]))
                break
            alike += 1
    for _, begin, end in (*one.handling[alike:], *other.handling[alike:]):
        _last(found, begin, end)


def _last(found: Reached, begin: int, end: int) -> None:
    if end > begin:
        quarter = quarter_of(begin + 1)
        found[quarter] = max(found.get(quarter, quarter), quarter_of(end))
