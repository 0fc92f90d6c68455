"""In which quarters of an hour rows count, and where they count otherwise once they have changed.

Handling that goes on counts until the end of each quarter, so a change of it reaches from its moment on into every
later quarter, without end. Such a reach is told by where it begins and where it ends, never quarter by quarter.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest

from services.metrics.domain.contact import Contact, Phase
from services.metrics.domain.dimensions import Key, Row, keyed
from services.metrics.domain.figures import Booking
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.returns import Opening, opening_of
from services.metrics.domain.split import split_keys
from services.metrics.domain.ticket import Ticket

ENDLESS = 1 << 62
"""When what goes on ends, as far as anybody knows: a moment after all others, in microseconds since 1970."""

_Handling = tuple[Phase, tuple[Key, ...], int]
"""What is done, what it counts for, and since when."""


@dataclass(slots=True)
class Footprint:
    """bookings: how often each was made. handling: when each stretch of it ended or will end; as a rule one each.
    opening: the ticket's, which tickets of before count by.
    """

    bookings: Counter[tuple[Booking, tuple[Key, ...]]] = field(default_factory=Counter)
    opening: Opening | None = None
    handling: dict[_Handling, list[int]] = field(default_factory=dict)


def footprint(rows: Iterable[Row]) -> Footprint:
    """What the rows count for now, to be held against what they count for later."""
    found = Footprint()
    for row in rows:
        for booking, keys in keyed(row):
            found.bookings[booking, tuple(keys)] += 1
        if isinstance(row, Ticket):
            found.opening = opening_of(row)
        if isinstance(row, Contact) and row.agent is not None:
            keys = split_keys(row)
            for phase, begin, end in row.running(ENDLESS):
                if end > begin:
                    found.handling.setdefault((phase, tuple(keys), begin), []).append(end)
    return found


def reaches(before: Footprint, after: Footprint) -> dict[int, int]:
    """Where the two count differently: quarters, each with the last one after it up to which that may go on."""
    found: dict[int, int] = {}
    for booked in before.bookings.keys() | after.bookings.keys():
        returns_differ = before.opening != after.opening and booked[0][0] == "resolved_known"
        if returns_differ or before.bookings[booked] != after.bookings[booked]:
            quarter = quarter_of(booked[0][1])
            found.setdefault(quarter, quarter)
    for handling in before.handling.keys() | after.handling.keys():
        ends = (sorted(side.handling.get(handling, ())) for side in (before, after))
        for one, other in zip_longest(*ends, fillvalue=handling[2]):
            if one != other:
                quarter = quarter_of(min(one, other) + 1)
                found[quarter] = max(found.get(quarter, quarter), quarter_of(max(one, other)))
    return found
