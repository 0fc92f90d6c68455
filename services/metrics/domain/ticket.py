"""A ticket as a whole, over all its contacts: what it counts for."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.metrics.domain.figures import Booking
from services.metrics.domain.windows import MICROSECONDS

Times = list[tuple[int, int]]
"""From when until when."""

_DAY = 86_400 * MICROSECONDS
RETURNS = {"7d": 7 * _DAY, "30d": 30 * _DAY}
"""Within how long a further ticket means that the customer came back, by the name of the definition."""


@dataclass(slots=True, kw_only=True)
class Ticket:
    """queue: the last one it was in, None before the first. opened: when it was, or was first heard of. resolved: when
    it was at last, unless it was reopened since. pending: when it waited for somebody outside, and pending_since, if it
    does. handled: when an agent first completed a contact. targets: those it has or had, with whether each was met so
    far, None while nobody can tell; missed_at: when the first was not. over: it is closed, or was given up. agent,
    code: of its resolution. transferred, escalated, reopened: when that was first. asked, responded: when the customer
    first asked and was first answered, where there is a target for it. allowed, used: of each target's business time,
    how much there is, and how much it took until it was reached. customer: who it was opened for, as far as was known
    then. returned: when they first opened a further ticket in the queue after it was resolved; its own events do not
    tell that, so whoever reads it does.
    """

    ticket: str
    opened: int
    channel: str
    queue: str | None = None
    pool: str | None = None
    segment: str | None = None
    kind: str = "request"
    resolved: int | None = None
    agent: str | None = None
    code: str | None = None
    pending: Times = field(default_factory=list)
    pending_since: int | None = None
    handled: int | None = None
    transferred: int | None = None
    escalated: int | None = None
    reopened: int | None = None
    targets: dict[str, bool | None] = field(default_factory=dict)
    missed_at: int | None = None
    asked: int | None = None
    responded: int | None = None
    allowed: dict[str, int] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    customer: str | None = None
    returned: int | None = None
    over: bool = False

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to resolve it."""
        return self.queue is not None and self.resolved is None and not self.over

    def bookings(self) -> Iterator[Booking]:
        """Each count and sum that it adds to, and when."""
        if self.queue is None:
            return
        yield "opened", self.opened, 1
        for name, at in (
            ("tickets_handled", self.handled),
            ("transferred", self.transferred),
            ("escalated", self.escalated),
            ("reopened", self.reopened),
        ):
            if at is not None:
                yield name, at, 1
        if self.resolved is not None:
            yield from self._resolved(self.resolved)
        if self.asked is not None and self.responded is not None:
            yield "first_responses", self.responded, 1
            yield "response", self.responded, max(0, self.responded - self.asked)
            yield "response_business", self.responded, self.used["first_response"]
        if self.targets:
            yield from self._judged()

    def _judged(self) -> Iterator[Booking]:
        if False in self.targets.values():
            if self.missed_at is not None:
                yield "sla_missed", self.missed_at, 1
        elif self.resolved is not None and True in self.targets.values():
            yield "sla_met", self.resolved, 1

    def _resolved(self, at: int) -> Iterator[Booking]:
        yield "resolved", at, 1
        yield "resolution", at, self._resolution(at)
        if "resolution" in self.used:
            yield "resolved_business", at, 1
            yield "resolution_business", at, self.used["resolution"]
        if self.customer is not None:
            yield "resolved_known", at, 1
            for name, within in RETURNS.items():
                if self.returned is not None and self.returned <= at + within:
                    yield f"returned_{name}", at, 1

    def _resolution(self, resolved: int) -> int:
        """From its opening until it was resolved, without the time that it waited for somebody outside."""
        pending = sum(max(0, min(ends, resolved) - begins) for begins, ends in self.pending)
        return max(0, resolved - self.opened - pending)
