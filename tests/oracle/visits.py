"""Made-up customers who come, are served, are passed on, and come back: one log, in the order of its decisions."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared.contracts.decided import Decided
from shared.contracts.tickets import (
    TicketAccepted,
    TicketEvent,
    TicketOpened,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketTransferred,
)
from tests.oracle.histories import START, decided

QUEUES = ("sales", "support")


def visit_log(random: Random, tickets: int, span: timedelta, start: datetime = START) -> list[Decided[TicketEvent]]:
    """So many tickets of a few customers, opened within the span; some lack their opening."""
    told = [event for number in range(tickets) for event in _ticket(random, f"v{number}", span, start)]
    told.sort(key=lambda event: event.at)
    return [decided(event, "pool-a", sequence, 0) for sequence, event in enumerate(told, start=1)]


def _ticket(random: Random, name: str, span: timedelta, start: datetime) -> list[TicketEvent]:
    at = start + span * random.random()

    def of(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 (fields of several types)
        nonlocal at
        at += random.choice((timedelta(seconds=1), span / 200, span / 50)) * random.random()
        return {"ticket": name, "at": at, **fields}

    def queued() -> TicketEvent:
        return TicketQueued(**of(queue=random.choice(QUEUES), channel="chat", threshold=20, short=5))

    def served() -> list[TicketEvent]:
        return [TicketAccepted(**of(queue="any", agent="ann")), TicketResolved(**of(queue="any", agent="ann"))]

    known = random.choice((None, "cus_1", "cus_2"))
    identity = random.choice(("one", "two"))
    opened = TicketOpened(
        **of(pool="pool-a", conversation=f"c-{name}", channel="chat", identity=identity, customer=known)
    )
    events: list[TicketEvent] = [opened] if random.random() < 0.9 else []
    events.append(queued())
    if random.random() < 0.2:
        events += [TicketTransferred(**of(queue="any", by="ann")), queued()]
    if random.random() < 0.85:
        events += served()
        if random.random() < 0.15:
            events += [TicketReopened(**of(queue="any", by="customer")), queued()]
            events += served() if random.random() < 0.7 else []
    return events
