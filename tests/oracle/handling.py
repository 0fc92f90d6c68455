"""Who was handled from when until when, read from the log as plainly as possible, and how much of it lies in a time.

It shares no code with services/metrics: every stretch is a row, every figure a sum over all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from tests.oracle.kpis import ZERO, once

_BEGINS = {
    "ticket.accepted": "talk",
    "ticket.held": "hold",
    "ticket.resumed": "talk",
    "ticket.wrapup.started": "wrapup",
}
_ENDS = ("ticket.resolved", "ticket.queued", "ticket.transferred", "ticket.overflowed", "ticket.merged")


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What an agent did for a ticket. ends: None while it goes on."""

    ticket: str
    part: str
    begins: datetime
    ends: datetime | None


def stretches(log: Iterable[Decided[TicketEvent]]) -> list[Stretch]:
    """All of them. Each ticket's events count in the order in which they were decided, in one stream."""
    found: list[Stretch] = []
    goes_on: dict[str, Stretch] = {}
    for event in sorted(once(log), key=lambda one: (one.sequence, one.number)):
        data = event.data
        if data.event not in _BEGINS and data.event not in _ENDS:
            continue
        before = goes_on.pop(data.ticket, None)
        if before is not None:
            found.append(Stretch(ticket=data.ticket, part=before.part, begins=before.begins, ends=data.at))
        if data.event in _BEGINS:
            part = _BEGINS[data.event]
            goes_on[data.ticket] = Stretch(ticket=data.ticket, part=part, begins=data.at, ends=None)
    return [*found, *goes_on.values()]


def handled_within(all_of_it: Iterable[Stretch], begin: datetime, end: datetime) -> dict[str, timedelta]:
    """Talk, hold and wrap-up in (begin, end]; what goes on counts until its end."""
    found = {"talk": ZERO, "hold": ZERO, "wrapup": ZERO}
    for one in all_of_it:
        ends = end if one.ends is None else min(one.ends, end)
        found[one.part] += max(ZERO, ends - max(one.begins, begin))
    return found
