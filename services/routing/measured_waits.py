"""Whether estimated waits hold: what was estimated when a contact began to wait, against what then happened.

Estimates are made by the process that decides for the pool, as decisions become durable, two a second at most for each
pool, and fewer where one takes long (it sorts all that wait there): a hundredth of the time is spent on them. Contacts
that did not have to wait, or whose wait nobody could know, are not among them; neither are those that were not
answered, so where many give up the waits that are measured are the shorter ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from services.routing.commands import pool_of
from services.routing.domain.state import Pool
from services.routing.domain.waits import Waits
from shared import metrics
from shared.mongo import Document

_APART = 0.5
_SHARE = 0.01
_REMEMBERED = 10_000
_OVER = frozenset(("ticket.abandoned", "ticket.transferred", "ticket.escalated", "ticket.overflowed"))
"""After these the wait is another one than was estimated, or there is none."""


@dataclass(frozen=True, slots=True)
class _Estimated:
    at: datetime
    p50_s: int
    p90_s: int


class MeasuredWaits:
    """at_hand: the state of a pool that this process decides for; None if another does."""

    def __init__(self, at_hand: Callable[[str], Pool | None], now: Callable[[], float] = monotonic) -> None:
        self._at_hand = at_hand
        self._now = now
        self._estimated: dict[str, _Estimated] = {}
        self._next: dict[str, float] = {}

    def on_decision(self, document: Document) -> None:
        """A decision is durable. document: of the decision log."""
        for item in document["events"]:
            event = item["event"]
            if event["event"] == "ticket.queued":
                self._estimate(pool_of(document["_id"]["stream"]), event)
            elif event["event"] == "ticket.accepted":
                self._compare(event)
            elif event["event"] in _OVER:
                self._estimated.pop(event["ticket"], None)

    def _estimate(self, name: str, event: dict[str, Any]) -> None:
        self._estimated.pop(event["ticket"], None)
        pool = self._at_hand(name)
        ticket = pool.tickets.get(event["ticket"]) if pool is not None else None
        if pool is None or ticket is None or ticket.phase != "waiting" or len(self._estimated) >= _REMEMBERED:
            return
        began = self._now()
        if began < self._next.get(name, began):
            return
        found = Waits(pool).of(ticket)
        self._next[name] = began + max(_APART, (self._now() - began) / _SHARE)
        if found.p50_s is not None and found.p90_s is not None:
            self._estimated[ticket.id] = _Estimated(event["at"], found.p50_s, found.p90_s)

    def _compare(self, event: dict[str, Any]) -> None:
        estimated = self._estimated.pop(event["ticket"], None)
        if estimated is None:
            return
        waited = (event["at"] - estimated.at).total_seconds()
        metrics.wait_error_seconds.labels(event["queue"]).observe(waited - estimated.p50_s)
        metrics.waits_measured.labels(event["queue"], "within" if waited <= estimated.p90_s else "beyond").inc()
