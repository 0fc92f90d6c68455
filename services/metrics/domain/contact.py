"""A contact: one stay of a ticket in a queue, and what it counts for.

It waits until an agent accepts it, the customer leaves, or the ticket goes elsewhere; an accepted one is then handled
(talk, hold, wrap-up) until it is completed. Moments are microseconds since 1970, durations microseconds. Where clocks
disagree and an end comes before its beginning, the duration is 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from services.metrics.domain.figures import Booking

Phase = Literal["talk", "hold", "wrapup"]
How = Literal["answered", "abandoned", "elsewhere"]
Span = tuple[Phase, int, int]
"""What was done from when until when."""


@dataclass(slots=True, kw_only=True)
class Contact:
    """stay: which one of its ticket's, from 0. threshold and short: T and S of KPI definitions. how, left: how and when
    it left the queue. agent: who accepted it. spans: of its handling, as far as it is over; phase, since: what goes on
    since when. done: when it was completed. code: the wrap-up code it was resolved with. units: what it takes
    of its agent's capacity, None for all of it.
    """

    ticket: str
    stay: int
    queue: str
    channel: str
    entered: int
    threshold: int
    short: int
    pool: str | None = None
    segment: str | None = None
    kind: str = "request"
    how: How | None = None
    left: int | None = None
    agent: str | None = None
    phase: Phase | None = None
    since: int = 0
    spans: list[Span] = field(default_factory=list)
    done: int | None = None
    code: str | None = None
    units: int | None = None

    @property
    def wait(self) -> int:
        """How long it waited, or 0 while it does."""
        return 0 if self.left is None else max(0, self.left - self.entered)

    @property
    def is_open(self) -> bool:
        """Whether it waits or is handled."""
        return self.left is None or self.phase is not None

    def leave(self, how: How, at: int) -> None:
        """It does not wait any more."""
        self.how, self.left = how, at

    def turn(self, phase: Phase | None, at: int) -> None:
        """What went on is over, and the next phase begins."""
        if self.phase is not None:
            self.spans.append((self.phase, self.since, max(at, self.since)))
        self.phase, self.since = phase, at

    def complete(self, at: int, code: str | None) -> None:
        """Nobody handles it any more."""
        self.turn(None, at)
        self.done, self.code = at, code

    def bookings(self) -> Iterator[Booking]:
        """Each count and sum that it adds to, and when."""
        yield "offered", self.entered, 1
        if self.left is None:
            return
        wait = self.wait
        if wait <= self.threshold:
            yield "left_in_time", self.entered, 1
        if self.how == "answered":
            yield "answered", self.left, 1
            yield "wait", self.left, wait
            if wait <= self.threshold:
                yield "answered_in_time", self.left, 1
        elif self.how == "abandoned":
            yield "abandoned", self.left, 1
            yield "abandoned_wait", self.left, wait
            if wait < self.short:
                yield "abandoned_short", self.left, 1
        if self.done is not None:
            yield "handled", self.done, 1
            for phase, begins, ends in self.spans:
                yield phase, self.done, ends - begins

    def running(self, now: int) -> list[Span]:
        """Its spans, the one that goes on included, as far as it is known until now."""
        if self.phase is None or now <= self.since:
            return self.spans
        return [*self.spans, (self.phase, self.since, now)]
