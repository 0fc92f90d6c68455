"""First contact resolution from the whole log, as plainly as possible: every ticket is held against every other one.

It shares no code with services/metrics.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOpened, TicketQueued
from tests.oracle.kpis import once


@dataclass(kw_only=True)
class Whole:
    """A ticket. queue: the last one it was in. resolved: when it was at last, unless it was reopened since."""

    ticket: str
    customer: str | None = None
    queue: str | None = None
    opened: datetime | None = None
    resolved: datetime | None = None

    def is_followed_by(self, other: "Whole", days: int) -> bool:
        """Whether the other one is its customer's return, within so many days."""
        if other is self or self.resolved is None or other.opened is None:
            return False
        theirs = (other.customer, other.queue) == (self.customer, self.queue)
        return theirs and self.resolved < other.opened <= self.resolved + timedelta(days=days)


def wholes(log: Iterable[Decided[TicketEvent]]) -> list[Whole]:
    """Every ticket in the log. Each ticket's events count in the order in which they were decided, in one stream."""
    found: dict[str, Whole] = {}
    for event in sorted(once(log), key=lambda one: (one.sequence, one.number)):
        data = event.data
        whole = found.setdefault(data.ticket, Whole(ticket=data.ticket))
        if isinstance(data, TicketOpened):
            whole.customer, whole.opened = data.customer or data.identity, data.at
        if isinstance(data, TicketQueued):
            whole.queue = data.queue
            whole.opened = whole.opened or data.at
        if data.event == "ticket.resolved":
            whole.resolved = data.at
        if data.event == "ticket.reopened":
            whole.resolved = None
    return list(found.values())


def first_contact_resolution(
    tickets: Iterable[Whole], begin: datetime, end: datetime, days: int, queue: str | None = None
) -> float | None:
    """Of what was resolved in (begin, end], of a queue or all: the share after which the customer did not come back."""
    everyone = list(tickets)
    resolved = [
        one
        for one in everyone
        if one.resolved is not None
        and begin < one.resolved <= end
        and one.customer is not None
        and one.queue is not None
        and queue in (None, one.queue)
    ]
    kept = [one for one in resolved if not any(one.is_followed_by(other, days) for other in everyone)]
    return len(kept) / len(resolved) if resolved else None
