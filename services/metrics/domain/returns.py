"""Who came back: whether a customer opened a further ticket in the same queue after one of theirs was resolved.

A customer is who the ticket's opening tells, and a ticket's queue is the last one it was in. What a resolution counts
for so depends on other tickets, which may lie in other partitions and become known later. So no row says it by itself:
whoever reads rows tells each resolved ticket when its customer first came back (`Ticket.returned`).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from services.metrics.domain.figures import Figures
from services.metrics.domain.ticket import RETURNS, Ticket

LONGEST_RETURN = max(RETURNS.values())
"""Who comes back later than that has not come back, by any definition."""


class Opening(NamedTuple):
    """A customer opened a ticket that is in the queue. at: microseconds since 1970."""

    customer: str
    queue: str
    at: int


def opening_of(ticket: Ticket) -> Opening | None:
    """Its opening; None while its customer or queue is not known."""
    if ticket.customer is None or ticket.queue is None:
        return None
    return Opening(ticket.customer, ticket.queue, ticket.opened)


def provisional(within: str, resolved: Iterable[tuple[int, Figures]], now: int) -> int:
    """How many of the resolved tickets may yet turn out to have been followed by another.

    within: a name in RETURNS. resolved: figures, each with the moment at which the time that they are of was over.
    """
    return sum(
        figures.sums["resolved_known"] - figures.sums[f"returned_{within}"]
        for ends, figures in resolved
        if ends + RETURNS[within] > now
    )


@dataclass(slots=True)
class _Visits:
    """Of one customer in one queue, in order: when tickets were opened, and which were resolved when."""

    opened: list[int] = field(default_factory=list)
    resolved: list[tuple[int, str]] = field(default_factory=list)

    def returned(self, resolved: int) -> int | None:
        """When the customer first came back."""
        place = bisect_right(self.opened, resolved)
        return self.opened[place] if place < len(self.opened) else None

    def before(self, opened: int) -> Iterator[str]:
        """The tickets that this opening is or would be the first to follow."""
        place = bisect_left(self.opened, opened)
        since = self.opened[place - 1] if place else 0
        for at in range(bisect_left(self.resolved, (since, "")), bisect_left(self.resolved, (opened, ""))):
            yield self.resolved[at][1]


class Returns:
    """The tickets that are at hand, by customer and queue, kept as rows change."""

    def __init__(self) -> None:
        self._tickets: dict[str, Ticket] = {}
        self._visits: dict[tuple[str, str], _Visits] = {}

    def put(self, ticket: Ticket) -> list[Ticket]:
        """The ticket is new, or another one now: those that count otherwise by that, it being the first."""
        name = ticket.ticket
        before, opening = self._tickets.pop(name, None), opening_of(ticket)
        changed: set[str] = set()
        if before is not None and (was := opening_of(before)):
            changed |= self._take_away(before, was)
        if opening:
            changed |= self._add(ticket, opening)
        others = [self._tickets[other] for other in changed if other != name]
        for one in [ticket, *others]:
            self._tell(one)
        return [ticket, *others]

    def forget(self, floor: int) -> None:
        """Lets go of what neither was opened nor resolved after the moment."""
        for name, ticket in list(self._tickets.items()):
            opening = opening_of(ticket)
            if opening and max(ticket.opened, ticket.resolved or 0) <= floor:
                self._take_away(ticket, opening)
                del self._tickets[name]

    def _add(self, ticket: Ticket, opening: Opening) -> set[str]:
        self._tickets[ticket.ticket] = ticket
        visits = self._visits.setdefault(opening[:2], _Visits())
        if ticket.resolved is not None:
            insort(visits.resolved, (ticket.resolved, ticket.ticket))
        followed = set(visits.before(opening.at))
        insort(visits.opened, opening.at)
        return followed

    def _take_away(self, ticket: Ticket, opening: Opening) -> set[str]:
        visits = self._visits[opening[:2]]
        del visits.opened[bisect_left(visits.opened, opening.at)]
        if ticket.resolved is not None:
            del visits.resolved[bisect_left(visits.resolved, (ticket.resolved, ticket.ticket))]
        if not visits.opened:
            del self._visits[opening[:2]]
        return set(visits.before(opening.at))

    def _tell(self, ticket: Ticket) -> None:
        opening, ticket.returned = opening_of(ticket), None
        if ticket.resolved is not None and opening:
            ticket.returned = self._visits[opening[:2]].returned(ticket.resolved)
