"""The clocks of a ticket's targets, and what happened to it that they follow from: a pure fold of its events.

No calendar is asked here: what follows from one stands in the events.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from services.routing.domain.hearing import TicketAnswered, TicketAsked
from shared.contracts.tickets import TicketAccepted, TicketPended, TicketQueued, TicketResolved
from shared.contracts.tickets_sla import (
    Target,
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaPaused,
    TicketSlaResumed,
    TicketSlaStarted,
    TicketSlaWarned,
)
from shared.contracts.values import Moment

_REMEMBERED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A target's clock. queue: whose hours it goes by. began: when it last began to run. left_s: what was left then;
    while it stands still, what is left. due, warn_at: None, if there is no such moment before 2100, or while it stands
    still. breached: not reached when it was due.
    """

    queue: str
    since: Moment
    seconds: float
    began: Moment
    left_s: float
    state: Literal["running", "paused", "met", "missed"] = "running"
    due: Moment | None = None
    warn_at: Moment | None = None
    warned: bool = False
    breached: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the target can still be reached."""
        return self.state in ("running", "paused")

    @property
    def next_at(self) -> Moment | None:
        """When there is something to tell of it next."""
        if self.state != "running" or self.breached:
            return None
        return self.due if self.warned or self.warn_at is None else self.warn_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """live: acceptance is its first answer. queue: where it is. responded: when it was first answered. answered: when
    it was last answered. unanswered: when customers wrote since, the first and the latest few. paused: since when its
    resolution stands still; pauses: when it did before.
    """

    opened: Moment
    live: bool
    queue: str | None = None
    responded: Moment | None = None
    answered: Moment | None = None
    unanswered: tuple[Moment, ...] = ()
    paused: Moment | None = None
    pauses: tuple[tuple[Moment, Moment], ...] = ()
    of: dict[Target, Clock] = field(default_factory=dict)

    def open(self, target: Target) -> Clock | None:
        """The target's clock, if the target can still be reached."""
        clock = self.of.get(target)
        return clock if clock is not None and clock.is_open else None

    def next_at(self) -> Moment | None:
        """When there is something to tell of any of them next."""
        return min((at for clock in self.of.values() if (at := clock.next_at) is not None), default=None)

    def after(self, event: object) -> "Clocks":
        """As they are after an event of the ticket."""
        change = _CHANGES.get(type(event))
        return self if change is None else change(self, event)


def _queued(clocks: Clocks, event: TicketQueued) -> Clocks:
    if clocks.paused is None:
        return clocks if clocks.queue == event.queue else replace(clocks, queue=event.queue)
    return replace(clocks, queue=event.queue, pauses=(*clocks.pauses, (clocks.paused, event.at)), paused=None)


def _accepted(clocks: Clocks, event: TicketAccepted) -> Clocks:
    first = clocks.live and clocks.responded is None
    return _answer(clocks, event.at, responded=event.at) if first else clocks


def _answered(clocks: Clocks, event: TicketAnswered) -> Clocks:
    responded = clocks.responded if clocks.live else clocks.responded or event.answered
    return _answer(clocks, event.answered, responded=responded)


def _asked(clocks: Clocks, event: TicketAsked) -> Clocks:
    first, *later = sorted((*clocks.unanswered, event.asked))
    return replace(clocks, unanswered=(first, *later[1 - _REMEMBERED :]))


def _pended(clocks: Clocks, event: TicketPended) -> Clocks:
    return replace(clocks, paused=event.at)


def _resolved(clocks: Clocks, event: TicketResolved) -> Clocks:
    return _answer(clocks, event.at, responded=clocks.responded or event.at, paused=event.at)


def _answer(clocks: Clocks, at: Moment, **changed: Moment | None) -> Clocks:
    unanswered = tuple(asked for asked in clocks.unanswered if asked > at)
    return replace(clocks, answered=max(clocks.answered or at, at), unanswered=unanswered, **changed)  # type: ignore[arg-type]  # moments


def _started(clocks: Clocks, event: TicketSlaStarted) -> Clocks:
    before = clocks.open(event.target)
    clock = Clock(
        queue=event.queue,
        since=event.since,
        seconds=event.seconds,
        began=event.at,
        left_s=event.left_s,
        due=event.due,
        warn_at=event.warn_at,
        warned=before is not None and before.warned,
    )
    return replace(clocks, of={**clocks.of, event.target: clock})


def _resumed(clocks: Clocks, event: TicketSlaResumed) -> Clocks:
    running: dict[str, Any] = {"state": "running", "began": event.at, "left_s": event.left_s}
    return _with(clocks, event.target, **running, due=event.due, warn_at=event.warn_at)


def _paused(clocks: Clocks, event: TicketSlaPaused) -> Clocks:
    return _with(clocks, event.target, state="paused", left_s=event.left_s)


def _warned(clocks: Clocks, event: TicketSlaWarned) -> Clocks:
    return _with(clocks, event.target, warned=True)


def _breached(clocks: Clocks, event: TicketSlaBreached) -> Clocks:
    return _with(clocks, event.target, breached=True)


def _met(clocks: Clocks, event: TicketSlaMet) -> Clocks:
    return _with(clocks, event.target, state="met", left_s=event.left_s, breached=False)


def _missed(clocks: Clocks, event: TicketSlaMissed) -> Clocks:
    return _with(clocks, event.target, state="missed", left_s=-event.late_s)


def _lifted(clocks: Clocks, event: TicketSlaLifted) -> Clocks:
    return replace(clocks, of={name: clock for name, clock in clocks.of.items() if name != event.target})


def _with(clocks: Clocks, target: Target, **changed: Any) -> Clocks:  # noqa: ANN401 (fields of a clock)
    return replace(clocks, of={**clocks.of, target: replace(clocks.of[target], **changed)})


_CHANGES: dict[type[Any], Callable[[Clocks, Any], Clocks]] = {
    TicketQueued: _queued,
    TicketAccepted: _accepted,
    TicketAnswered: _answered,
    TicketAsked: _asked,
    TicketPended: _pended,
    TicketResolved: _resolved,
    TicketSlaStarted: _started,
    TicketSlaPaused: _paused,
    TicketSlaResumed: _resumed,
    TicketSlaWarned: _warned,
    TicketSlaBreached: _breached,
    TicketSlaMet: _met,
    TicketSlaMissed: _missed,
    TicketSlaLifted: _lifted,
}
