"""Quarters of an hour: what figures of the past are kept by. Each is known by its number since 1970.

Every time zone in use is a whole number of quarters from UTC, so any day of any zone is made of whole quarters, also
one on which clocks are changed. Quarter q holds the moments in (q · 15 min, (q + 1) · 15 min]: a moment on the border
counts in the quarter that it ends, as it does for seconds and windows.
"""

from services.metrics.domain.contact import Contact
from services.metrics.domain.presence import Presence
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import MICROSECONDS

SECONDS = 900
_LENGTH = SECONDS * MICROSECONDS


def quarter_of(moment: int) -> int:
    """The quarter that a moment counts in."""
    return (moment - 1) // _LENGTH


def begins(quarter: int) -> int:
    """When the quarter begins, in microseconds since 1970."""
    return quarter * _LENGTH


def quarters_of_contact(contact: Contact) -> set[int]:
    """The quarters that it counts in, as far as what it does is over."""
    found = {quarter_of(moment) for _, moment, _ in contact.bookings()}
    for _, begin, end in contact.spans:
        if end > begin:
            found.update(range(quarter_of(begin + 1), quarter_of(end) + 1))
    return found


def quarters_of_presence(presence: Presence, within: range) -> set[int]:
    """Those of the quarters `within` in which the agent is in the status."""
    stop = within.stop if presence.until is None else quarter_of(presence.until) + 1
    return set(range(max(within.start, quarter_of(presence.since + 1)), min(within.stop, stop)))


def quarters_of_ticket(ticket: Ticket) -> set[int]:
    """The quarters that it counts in."""
    return {quarter_of(moment) for _, moment, _ in ticket.bookings()}
