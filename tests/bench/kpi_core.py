"""How many events a second the pure core of the KPIs folds: `python -m tests.bench.kpi_core`."""

import gc
from dataclasses import dataclass
from random import Random
from time import process_time

from services.metrics.domain.fold import Event, TicketFold
from shared.contracts import codec
from shared.contracts.codec import DecodeError
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from tests.bench.rows import Row, machine_load
from tests.oracle.histories import steps_of, ticket_log

GOAL = 100_000
"""Events a second that the core should fold."""

EVENTS = 200_000
BATCH = 1_000
ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The best of some rounds, in events per second of one core, and how many events each had."""

    events: int
    per_second: float


def events_of(count: int, seed: int = 1) -> list[Decided[TicketEvent]]:
    """At least `count` events as a consumer decodes them, of 500 tickets at a time, ten decisions a second."""
    log = ticket_log(steps_of(Random(seed), count, tickets=500, pace=100))
    decoded = codec.tickets.decode_all([codec.tickets.encode(event) for event in log])
    return [event for event in decoded if not isinstance(event, DecodeError)]


def measure(events: list[Decided[TicketEvent]], rounds: int = ROUNDS) -> Measured:
    """Folds the events in batches, as the service does, from an empty state in each round.

    The service holds one batch at a time. Here all are held, so they are kept out of the collector's sight.
    """
    gc.collect()
    gc.freeze()
    best = min(_seconds(events) for _ in range(rounds))
    gc.unfreeze()
    return Measured(events=len(events), per_second=len(events) / best)


def _seconds(events: list[Decided[TicketEvent]]) -> float:
    state = TicketFold()
    known: dict[str, list[Event]] = {}
    spent = 0.0
    for start in range(0, len(events), BATCH):
        batch = events[start : start + BATCH]
        began = process_time()
        changes = state.fold(batch, {ticket: known.get(ticket, []) for ticket in state.needs(batch)})
        spent += process_time() - began
        for event in changes.events:
            known.setdefault(event.data.ticket, []).append(event)
    return spent


def row() -> Row:
    """The table's row."""
    measured = measure(events_of(EVENTS))
    return Row(
        name="KPI fold in the pure core",
        value=measured.per_second,
        unit="events/s",
        baseline=float(GOAL),
        ratio=measured.per_second / GOAL,
        goal=1.0,
        note=f"(what it should be; {measured.events:,} events; {machine_load()})",
    )


if __name__ == "__main__":
    print(row())
