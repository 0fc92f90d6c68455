"""The course of a ticket: which contacts it had, and what became of it, folded from its events in their order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.metrics.domain.contact import Contact, How, Phase
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import duration_of, moment_of
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketClosed,
    TicketEscalated,
    TicketEvent,
    TicketHeld,
    TicketOpened,
    TicketOverflowed,
    TicketPended,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTransferred,
    TicketWrapupStarted,
)
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_sla import (
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaStarted,
)


@dataclass(slots=True, kw_only=True)
class Course:
    """ticket: None until something is known of it. contacts: in their order; the last one may be open. Those before it
    are missing where the course was put back from what is stored. strays: events that could not follow what was known,
    which count for nothing unless what is missing comes.
    """

    id: str
    ticket: Ticket | None = None
    contacts: list[Contact] = field(default_factory=list)
    strays: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.ticket is not None and self.ticket.over

    @property
    def contact(self) -> Contact | None:
        """The contact that waits or is handled."""
        last = self.contacts[-1] if self.contacts else None
        return last if last is not None and last.is_open else None

    def follow(self, event: TicketEvent) -> None:
        """Takes the course past the event, in place. Events that no figure speaks of change nothing."""
        change = _CHANGES.get(type(event))
        if change is not None:
            change(self, event, moment_of(event.at))


def _open(course: Course, event: TicketOpened, at: int) -> None:
    course.ticket = Ticket(
        ticket=course.id,
        opened=at,
        channel=event.channel,
        pool=event.pool,
        segment=event.segment,
        kind=event.kind or "request",
        customer=event.customer or event.identity,
    )


def _queue(course: Course, event: TicketQueued, at: int) -> None:
    _leave(course, at)
    ticket = course.ticket
    if ticket is None:
        ticket = course.ticket = Ticket(ticket=course.id, opened=at, channel=event.channel)
    ticket.queue, ticket.over = event.queue, False
    _end_pending(ticket, at)
    contact = Contact(
        ticket=course.id,
        stay=course.contacts[-1].stay + 1 if course.contacts else 0,
        pool=ticket.pool,
        queue=event.queue,
        channel=event.channel,
        segment=ticket.segment,
        kind=ticket.kind,
        entered=at,
        threshold=duration_of(event.threshold),
        short=duration_of(event.short),
    )
    course.contacts.append(contact)


def _accept(course: Course, event: TicketAccepted, at: int) -> None:
    contact = course.contact
    if contact is None or contact.left is not None:
        course.strays += 1
        return
    contact.leave("answered", at)
    contact.agent, contact.units = event.agent, event.units
    contact.turn("talk", at)


def _abandon(course: Course, _event: TicketAbandoned, at: int) -> None:
    contact = course.contact
    if contact is None or contact.left is not None:
        course.strays += 1
        return
    contact.leave("abandoned", at)
    _is_over(course)


def _resolve(course: Course, event: TicketResolved, at: int) -> None:
    if course.contact is None:
        course.strays += 1
        return
    _leave(course, at, code=event.code)
    if course.ticket is not None:
        course.ticket.resolved, course.ticket.agent, course.ticket.code = at, event.agent, event.code
        course.ticket.over = event.reopen_until is None


def _reopen(course: Course, _event: TicketReopened, at: int) -> None:
    if course.ticket is not None:
        course.ticket.resolved = course.ticket.agent = course.ticket.code = None
        course.ticket.reopened = _first(course.ticket.reopened, at)
        course.ticket.used.pop("resolution", None)
        course.ticket.over = False


def _close(course: Course, _event: TicketClosed, _at: int) -> None:
    _is_over(course)


def _transfer(course: Course, _event: TicketTransferred, at: int) -> None:
    _leave(course, at)
    if course.ticket is not None:
        course.ticket.transferred = _first(course.ticket.transferred, at)


def _escalate(course: Course, _event: TicketEscalated, at: int) -> None:
    _leave(course, at)
    if course.ticket is not None:
        course.ticket.escalated = _first(course.ticket.escalated, at)


def _overflow(course: Course, event: TicketOverflowed, at: int) -> None:
    _leave(course, at)
    if event.is_over:
        _is_over(course)


def _merge(course: Course, _event: TicketMerged, at: int) -> None:
    _leave(course, at)
    _is_over(course)


def _pend(course: Course, _event: TicketPended, at: int) -> None:
    _leave(course, at)
    if course.ticket is not None:
        course.ticket.pending_since = at


def _turn(phase: Phase, *after: Phase) -> Callable[[Course, Any, int], None]:
    def turn(course: Course, _event: TicketEvent, at: int) -> None:
        contact = course.contact
        if contact is None or contact.phase not in after:
            course.strays += 1
            return
        contact.turn(phase, at)

    return turn


def _target(met: bool | None) -> Callable[[Course, Any, int], None]:
    def target(course: Course, event: TicketSlaMet | TicketSlaMissed | TicketSlaBreached, at: int) -> None:
        ticket = course.ticket
        if ticket is None:
            course.strays += 1
            return
        ticket.targets[event.target] = met
        if not isinstance(event, TicketSlaBreached):
            _reach(ticket, event)
        if met is False:
            ticket.missed_at = _first(ticket.missed_at, at)
        elif False not in ticket.targets.values():
            ticket.missed_at = None

    return target


def _start(course: Course, event: TicketSlaStarted, _at: int) -> None:
    ticket = course.ticket
    if ticket is None:
        course.strays += 1
        return
    ticket.allowed[event.target] = duration_of(event.seconds)
    if event.target == "first_response":
        ticket.asked = moment_of(event.since)


def _reach(ticket: Ticket, event: TicketSlaMet | TicketSlaMissed) -> None:
    if event.target not in ticket.allowed:
        return
    left = duration_of(event.left_s if isinstance(event, TicketSlaMet) else -event.late_s)
    ticket.used[event.target] = max(0, ticket.allowed[event.target] - left)
    if event.target == "first_response":
        ticket.responded = moment_of(event.reached)


def _lift(course: Course, event: TicketSlaLifted, _at: int) -> None:
    if course.ticket is not None and course.ticket.targets.get(event.target) is None:
        course.ticket.targets.pop(event.target, None)


def _leave(course: Course, at: int, how: How = "elsewhere", code: str | None = None) -> None:
    """The contact that is open until now is so no longer."""
    contact = course.contact
    if contact is None:
        return
    if contact.left is None:
        contact.leave(how, at)
        return
    contact.complete(at, code)
    if course.ticket is not None:
        course.ticket.handled = _first(course.ticket.handled, at)


def _is_over(course: Course) -> None:
    if course.ticket is not None:
        course.ticket.over = True


def _end_pending(ticket: Ticket, at: int) -> None:
    if ticket.pending_since is not None:
        ticket.pending.append((ticket.pending_since, max(at, ticket.pending_since)))
        ticket.pending_since = None


def _first(known: int | None, at: int) -> int:
    return at if known is None else known


_CHANGES: dict[type[Any], Callable[[Course, Any, int], None]] = {
    TicketOpened: _open,
    TicketQueued: _queue,
    TicketAccepted: _accept,
    TicketAbandoned: _abandon,
    TicketResolved: _resolve,
    TicketReopened: _reopen,
    TicketClosed: _close,
    TicketTransferred: _transfer,
    TicketEscalated: _escalate,
    TicketOverflowed: _overflow,
    TicketMerged: _merge,
    TicketPended: _pend,
    TicketWrapupStarted: _turn("wrapup", "talk", "hold"),
    TicketHeld: _turn("hold", "talk"),
    TicketResumed: _turn("talk", "hold"),
    TicketSlaStarted: _start,
    TicketSlaMet: _target(met=True),
    TicketSlaMissed: _target(met=False),
    TicketSlaBreached: _target(met=False),
    TicketSlaLifted: _lift,
}
