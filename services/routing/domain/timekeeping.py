"""What the events of a decision do to the clocks of tickets: it stands beside them in the same decision.

A clock goes by the calendar and the target of the queue that its ticket is in when it starts, for as long as the ticket
stays there. In another queue it is set anew, from the same beginning, unless it is breached: that stays.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from services.routing.domain.breaches import tellings
from services.routing.domain.business_time import Run, after, passed, passed_in, reached_in
from services.routing.domain.clocks import Clock, Clocks
from services.routing.domain.events import Event
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.domain.opening import opening
from services.routing.domain.state import Pool
from services.routing.domain.targets import LIVE, TARGETS
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketOpened,
    TicketOverflowed,
    TicketPended,
    TicketQueued,
    TicketResolved,
    TicketWrapupStarted,
)
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_sla import (
    Target,
    TargetEvent,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaPaused,
    TicketSlaResumed,
    TicketSlaStarted,
)


def with_targets(pool: Pool, events: Sequence[Event]) -> tuple[Event, ...]:
    """The events, and between them what they do to clocks."""
    if not pool.targeted:
        return tuple(events)
    clocks: dict[str, Clocks] = {}
    told: list[Event] = []
    for event in events:
        following = _following(pool, clocks, event)
        told += (*following, event) if _may_be_last(event) else (event, *following)
    return tuple(told)


def _may_be_last(event: Event) -> bool:
    """Whether there may be no ticket after the event; what its clocks say comes before it then."""
    match event:
        case TicketResolved() | TicketAbandoned() | TicketMerged():
            return True
        case TicketOverflowed():
            return event.is_over
        case _:
            return False


def _following(pool: Pool, drafts: dict[str, Clocks], event: Event) -> Sequence[TargetEvent]:
    name = getattr(event, "ticket", None)
    if name is None:
        return ()
    if isinstance(event, TicketOpened):
        drafts[name] = Clocks(opened=event.at, live=event.channel in LIVE)
    elif name not in drafts:
        ticket = pool.tickets.get(name)
        if ticket is None or ticket.clocks is None:
            return ()
        drafts[name] = ticket.clocks
    keeper = Timekeeper(pool, drafts[name].after(event), name, event.at)
    told = keeper.follow(event, came_from=drafts[name].queue)
    drafts[name] = keeper.clocks
    return told


class Timekeeper:
    """Takes a ticket's clocks further at one moment."""

    def __init__(self, pool: Pool, clocks: Clocks, ticket: str, at: datetime) -> None:
        self._pool = pool
        self.clocks = clocks
        self._ticket = ticket
        self._at = at
        self._told: list[TargetEvent] = []

    def follow(self, event: Event, *, came_from: str | None) -> Sequence[TargetEvent]:
        """What follows from an event that the clocks were just taken past. came_from: the queue it was in before."""
        match event:
            case TicketQueued():
                self._enter(moved=came_from != event.queue)
            case TicketAccepted():
                self._end_first()
            case TicketAnswered():
                self._answer(event.answered)
            case TicketAsked():
                self._await_next()
            case TicketPended():
                self._pause("resolution")
            case TicketWrapupStarted() if self.clocks.live:
                self._lift("next_response", "left")
            case TicketResolved():
                self._end_all(event.at)
            case TicketAbandoned() | TicketMerged() | TicketOverflowed() if _may_be_last(event):
                self._lift_all(event)
        return self._told

    def _lift_all(self, event: TicketAbandoned | TicketMerged | TicketOverflowed) -> None:
        for target in TARGETS:
            match event:
                case TicketAbandoned():
                    self._lift(target, "abandoned")
                case TicketMerged():
                    self._lift(target, "merged")
                case TicketOverflowed():
                    self._lift(target, "moved")

    def _end_all(self, reached: datetime) -> None:
        for target in TARGETS:
            self._end(target, reached)

    def _tell(self, event: TargetEvent) -> None:
        self.clocks = self.clocks.after(event)
        self._told.append(event)

    def _enter(self, *, moved: bool) -> None:
        if moved:
            if self.clocks.responded is None:
                self._set("first_response", self.clocks.opened)
            self._await_next()
            self._set("resolution", self.clocks.opened)
        if (clock := self.clocks.of.get("resolution")) is not None and clock.state != "running":
            self._resume("resolution", clock)

    def _end_first(self) -> None:
        if self.clocks.responded is not None:
            self._end("first_response", self.clocks.responded)

    def _answer(self, answered: datetime) -> None:
        self._end_first()
        clock = self.clocks.open("next_response")
        if clock is not None and clock.since <= answered:
            self._end("next_response", answered)
        self._await_next()

    def _await_next(self) -> None:
        """Starts the clock of the next answer, if one is waited for; sets it anew where something has changed."""
        if self.clocks.responded is None or not self.clocks.unanswered:
            return
        since, clock = self.clocks.unanswered[0], self.clocks.open("next_response")
        if clock is None or since < clock.since or clock.queue != self.clocks.queue:
            self._set("next_response", since)

    def _set(self, target: Target, since: datetime) -> None:
        clock, queue = self.clocks.open(target), self.clocks.queue or ""
        if clock is not None and self._settled(target, clock).breached:
            return
        seconds = self._pool.queues[queue].targets.seconds(target)
        if seconds is None:
            self._lift(target, "moved")
            return
        hours, runs = opening(self._pool, queue), self._runs(target, since)
        warned = clock is not None and clock.warned
        self._tell(
            TicketSlaStarted(
                ticket=self._ticket,
                at=self._at,
                target=target,
                queue=queue,
                since=since,
                seconds=seconds,
                left_s=round(seconds - passed_in(hours, runs, self._at), 3),
                due=reached_in(hours, runs, seconds),
                warn_at=None if warned else reached_in(hours, runs, seconds - self._warned_of(queue, seconds)),
            )
        )

    def _runs(self, target: Target, since: datetime) -> Sequence[Run]:
        if target != "resolution":
            return ((since, None),)
        begins = (since, *(ended for _, ended in self.clocks.pauses))
        ends = (*(began for began, _ in self.clocks.pauses), None)
        return tuple(zip(begins, ends, strict=True))

    def _warned_of(self, queue: str, seconds: float) -> float:
        """How much is left when a warning is due."""
        return seconds * (100 - self._pool.queues[queue].targets.warn_percent) / 100

    def _pause(self, target: Target) -> None:
        clock = self.clocks.open(target)
        if clock is not None:
            left = self._left(self._settled(target, clock), self._at)
            self._tell(TicketSlaPaused(ticket=self._ticket, at=self._at, target=target, left_s=left))

    def _resume(self, target: Target, clock: Clock) -> None:
        hours, left = opening(self._pool, clock.queue), clock.left_s
        warn_in = left - self._warned_of(clock.queue, clock.seconds)
        self._tell(
            TicketSlaResumed(
                ticket=self._ticket,
                at=self._at,
                target=target,
                left_s=left,
                due=clock.due if clock.breached else after(hours, self._at, left),
                warn_at=None if clock.warned else after(hours, self._at, warn_in),
            )
        )

    def _lift(self, target: Target, reason: Literal["abandoned", "left", "merged", "moved"]) -> None:
        clock = self.clocks.open(target)
        if clock is not None:
            self._settled(target, clock)
            self._tell(TicketSlaLifted(ticket=self._ticket, at=self._at, target=target, reason=reason))

    def _end(self, target: Target, reached: datetime) -> None:
        """The target is reached: in time, if that was not after the moment at which it was due."""
        clock = self.clocks.open(target)
        if clock is None:
            return
        left = self._left(clock, reached)
        if clock.due is None or reached <= clock.due:
            self._tell(TicketSlaMet(ticket=self._ticket, at=self._at, target=target, reached=reached, left_s=left))
        else:
            self._settled(target, clock)
            self._tell(TicketSlaMissed(ticket=self._ticket, at=self._at, target=target, reached=reached, late_s=-left))

    def _settled(self, target: Target, clock: Clock) -> Clock:
        """The clock after it is told what was due before this moment and was not told yet."""
        if clock.due is not None and clock.due < self._at:
            for event in tellings(self._ticket, target, clock, self._at, self._at):
                self._tell(event)
        return self.clocks.of[target]

    def _left(self, clock: Clock, at: datetime) -> float:
        """What is left of a clock that runs; as late as it is below 0, or 0 if all since it was due was closed."""
        hours = opening(self._pool, clock.queue)
        if clock.due is None or at <= clock.due:
            left = clock.left_s - passed(hours, clock.began, at) + passed(hours, at, clock.began)
            return max(0.0, round(left, 3))
        since = max(clock.due, clock.began)
        return -round(max(0.0, -clock.left_s) + passed(hours, since, at), 3)
