"""What a queue has to do: how many contacts came lately, and how long handling one takes.

Whole numbers only, kept by the fold, so every replay comes to the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the state holds workloads, so at run time the import goes the other way
    from services.routing.domain.state import Pool, Ticket

SPAN = timedelta(minutes=15)
"""Arrivals are counted by quarters of an hour, and the least time over which they are taken together is one."""

_SPANS = 5
"""The span that runs, and the four before it."""

_HANDLED = 200
"""When so many were handled, they count for half as many: contacts of late count most."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(slots=True, kw_only=True)
class Workload:
    """Of one channel in one queue. handled, handled_ms: contacts, and the time that agents had them.

    since: milliseconds since 1970 at the first arrival. span: the number of the newest span with an arrival; arrivals:
    how many came in it and in each one before it. It is not changed all the same; it is not frozen because that takes
    four times as long, and every contact makes two.
    """

    handled: int = 0
    handled_ms: int = 0
    since: int | None = None
    span: int = 0
    arrivals: tuple[int, ...] = ()

    def after_arrival(self, at: datetime) -> Workload:
        """The same after a contact entered the queue."""
        span, before = (at - _EPOCH) // SPAN, self.arrivals
        if self.since is None:
            return self._with((at - _EPOCH) // _MILLISECOND, span, (1,))
        if span == self.span:  # nearly always
            return self._with(self.since, span, (before[0] + 1, *before[1:]))
        newest = max(span, self.span)
        counts = [0] * min(newest - self.span, _SPANS) + list(before)
        if newest - span < len(counts):
            counts[newest - span] += 1
        return self._with(self.since, newest, tuple(counts[:_SPANS]))

    def _with(self, since: int, span: int, arrivals: tuple[int, ...]) -> Workload:
        return Workload(handled=self.handled, handled_ms=self.handled_ms, since=since, span=span, arrivals=arrivals)

    def after_handling(self, time: timedelta) -> Workload:
        """The same after an agent was done with a contact."""
        handled, handled_ms = self.handled + 1, self.handled_ms + time // _MILLISECOND
        share = 2 if handled >= _HANDLED else 1
        return replace(self, handled=handled // share, handled_ms=handled_ms // share)

    def arrivals_per_s(self, now: datetime) -> float:
        """How many contacts come a second, by the last hour or what there is of it."""
        if self.since is None:
            return 0.0
        oldest = (now - _EPOCH) // SPAN - (_SPANS - 1)
        count = sum(number for age, number in enumerate(self.arrivals) if self.span - age >= oldest)
        first = max(_EPOCH + oldest * SPAN, _EPOCH + self.since * _MILLISECOND)
        return count / max(SPAN, now - first).total_seconds()


def note_arrival(pool: Pool, queue: str, channel: str, at: datetime) -> None:
    """A contact entered the queue."""
    _keep(pool, queue, channel, _of(pool, queue, channel).after_arrival(at))


def note_handled(pool: Pool, ticket: Ticket, at: datetime) -> None:
    """The agent no longer has the ticket."""
    if ticket.handling_since is not None:
        time = max(timedelta(), at - ticket.handling_since)
        after = _of(pool, ticket.queue, ticket.channel).after_handling(time)
        _keep(pool, ticket.queue, ticket.channel, after)
        ticket.handling_since = None


def _of(pool: Pool, queue: str, channel: str) -> Workload:
    return pool.workloads.get(queue, {}).get(channel) or Workload()


def _keep(pool: Pool, queue: str, channel: str, workload: Workload) -> None:
    """Nothing is changed in place, because a snapshot may still be written of it."""
    pool.workloads[queue] = {**pool.workloads.get(queue, {}), channel: workload}
