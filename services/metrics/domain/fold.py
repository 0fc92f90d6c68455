"""The fold of one partition of hub.tickets.v1: courses of tickets, whatever comes twice, late or in another order.

    events ──► not yet known? ──► its place in the ticket's order ──► the course goes on, or is folded anew
                                                           ──► rows that changed, quarters they count otherwise in

A ticket's events are in the order of their decisions (stream, sequence, number). An event that comes where it belongs,
at the end, takes the course on. One that comes later, or comes again, or belongs to a ticket that is over, is rare:
then the ticket's events are read back, and its course is folded from the beginning. So the result depends on which
events there are, and not on when each of them came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.metrics.domain.contact import Contact
from services.metrics.domain.course import Course
from services.metrics.domain.dimensions import Row
from services.metrics.domain.footprint import NOTHING, Footprint, footprint, reaches
from services.metrics.domain.ordering import Place, in_order, place_of
from services.metrics.domain.returns import Opening
from services.metrics.domain.ticket import Ticket
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent

Event = Decided[TicketEvent]
Stored = Mapping[str, Sequence[Event]]
"""Events by ticket, as far as they were taken before."""


@dataclass(slots=True, kw_only=True)
class Reach:
    """A quarter that counts otherwise now, and those after it up to `until`, that one included. causes: the ids of the
    events that did it.
    """

    until: int
    causes: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Changes:
    """What folding some events changed. events: those that are new. contacts: by ticket and stay. quarters: those in
    which what changed counts otherwise now, by where they begin. openings: tickets that were opened, or no longer were,
    for such a customer in such a queue at such a time, with the ids of the events that tell so.
    """

    events: list[Event] = field(default_factory=list)
    contacts: dict[tuple[str, int], Contact] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    quarters: dict[int, Reach] = field(default_factory=dict)
    openings: list[tuple[Opening, list[str]]] = field(default_factory=list)
    strays: int = 0


@dataclass(slots=True, kw_only=True)
class Open:
    """A ticket that is not over. last: the place of its last event."""

    course: Course
    last: Place


MOST_STREAMS = 500
"""So many streams are remembered, those that came first. The hub has one for each pool; another engine may have one for
each ticket. Whether an event of any further stream is new, its ticket's events tell.
"""


@dataclass(slots=True, kw_only=True)
class TicketFold:
    """seen: the furthest (sequence, number) of each stream that is remembered: what is beyond it is new for sure. open:
    tickets that are not over.
    """

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    open: dict[str, Open] = field(default_factory=dict)

    def needs(self, events: Iterable[Event]) -> set[str]:
        """The tickets whose stored events must be at hand to fold these."""
        needed: set[str] = set()
        last: dict[str, Place] = {}
        seen = dict(self.seen)
        for event in events:
            ticket, place = event.data.ticket, place_of(event)
            is_new = _advance(seen, place)
            if ticket not in needed and not self._goes_on(event, place, last.get(ticket), is_new=is_new):
                needed.add(ticket)
            last[ticket] = place
        return needed

    def fold(self, events: Sequence[Event], stored: Stored) -> Changes:
        """Takes the state past the events, in place. stored: what `needs` asked for."""
        changes = Changes()
        anew: defaultdict[str, list[Event]] = defaultdict(list)
        onwards: defaultdict[str, list[Event]] = defaultdict(list)
        for event in events:
            _advance(self.seen, place_of(event))
            ticket = event.data.ticket
            (anew if ticket in stored else onwards)[ticket].append(event)
        for ticket, new in onwards.items():
            self._fold_on(ticket, new, changes)
        for ticket, new in anew.items():
            self._fold_anew(ticket, stored[ticket], new, changes)
        return changes

    def _goes_on(self, event: Event, place: Place, last: Place | None, *, is_new: bool) -> bool:
        """Whether the event comes where it belongs."""
        known = self.open.get(event.data.ticket)
        if last is None and known is not None:
            last = known.last
        if last is None:
            return is_new and event.data.event == "ticket.opened"
        return place[0] == last[0] and place > last

    def _fold_on(self, ticket: str, new: Sequence[Event], changes: Changes) -> None:
        last = place_of(new[-1])
        known = self.open.get(ticket)
        if known is None:
            known = self.open[ticket] = Open(course=Course(id=ticket), last=last)
        known.last = last
        course, strays = known.course, known.course.strays
        over = max(0, len(course.contacts) - 1)
        before = NOTHING if course.ticket is None else footprint(_rows(course, over))
        for event in new:
            course.follow(event.data)
        changes.events += new
        for contact in course.contacts[over:]:
            changes.contacts[ticket, contact.stay] = contact
        changes.strays += course.strays - strays
        self._finish(course, before, footprint(_rows(course, over)), [event.id for event in new], changes)

    def _fold_anew(self, ticket: str, stored: Sequence[Event], new: Sequence[Event], changes: Changes) -> None:
        known = {place_of(event): event for event in stored}
        fresh = {place: event for event in new if (place := place_of(event)) not in known}
        if not fresh:
            return
        before, after = Course(id=ticket), Course(id=ticket)
        for event in in_order(known.values()):
            before.follow(event.data)
        events = in_order([*known.values(), *fresh.values()])
        for event in events:
            after.follow(event.data)
        changes.events += fresh.values()
        changes.contacts |= {(ticket, contact.stay): contact for contact in after.contacts}
        changes.strays += max(0, after.strays - before.strays)
        self.open[ticket] = Open(course=after, last=place_of(events[-1]))
        ids = [event.id for event in fresh.values()]
        self._finish(after, footprint(_rows(before)), footprint(_rows(after)), ids, changes)

    def _finish(self, course: Course, before: Footprint, after: Footprint, ids: list[str], changes: Changes) -> None:
        for quarter, until in reaches(before, after).items():
            reach = changes.quarters.get(quarter)
            if reach is None:
                reach = changes.quarters[quarter] = Reach(until=until)
            elif until > reach.until:
                reach.until = until
            reach.causes += ids
        if before.opening != after.opening:
            changes.openings += [(opening, ids) for opening in (before.opening, after.opening) if opening]
        if course.ticket is not None:
            changes.tickets[course.id] = course.ticket
        if course.ticket is None or course.is_over:
            del self.open[course.id]


def _advance(seen: dict[str, tuple[int, int]], place: Place) -> bool:
    """Takes what was seen to the place, if it is beyond that; whether it is, so that nobody can have seen it."""
    stream, at = place[0], place[1:]
    known = seen.get(stream)
    if known is None and len(seen) >= MOST_STREAMS:
        return False
    is_new = known is None or at > known
    if is_new:
        seen[stream] = at
    return is_new


def _rows(course: Course, over: int = 0) -> list[Row]:
    """The course's rows, without the first `over` contacts."""
    ticket = [] if course.ticket is None else [course.ticket]
    return [*course.contacts[over:], *ticket]
