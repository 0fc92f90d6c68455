"""The worked example of docs/kpis.md as events in the log."""

from datetime import UTC, datetime, timedelta

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAbandoned, TicketAccepted, TicketEvent, TicketQueued
from tests.oracle.histories import decided


def worked_example(name: str) -> list[Decided[TicketEvent]]:
    """The worked example, over by now, in a queue and channel of that name; the first event is of who still waits."""
    now = datetime.now(UTC)
    entered = now - timedelta(seconds=50)
    events: list[TicketEvent] = [_queued(name, "waiting", now - timedelta(seconds=30))]
    for wait in (3, 8, 18, 25, 40):
        events.append(_queued(name, f"answered-{wait}", entered))
        left = entered + timedelta(seconds=wait)
        events.append(TicketAccepted(ticket=f"{name}-answered-{wait}", at=left, queue=name, agent="ann"))
    for wait in (2, 12, 33):
        events.append(_queued(name, f"abandoned-{wait}", entered))
        left = entered + timedelta(seconds=wait)
        events.append(TicketAbandoned(ticket=f"{name}-abandoned-{wait}", at=left, queue=name, reason="hung_up"))
    return [decided(event, name, sequence, 0) for sequence, event in enumerate(events, start=1)]


def _queued(name: str, ticket: str, at: datetime) -> TicketQueued:
    return TicketQueued(ticket=f"{name}-{ticket}", at=at, queue=name, channel=name, threshold=20, short=5)
