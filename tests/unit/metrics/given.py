"""Short ways to say which events were given, and what the figures are then."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.metrics.domain.board import Board
from services.metrics.domain.contact import Contact
from services.metrics.domain.estimate import PACE_SECONDS
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.lasting import Lasting
from services.metrics.domain.measures import Measures
from services.metrics.domain.now import Now
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import SPANS, end_of, moment_of, second_of
from shared.contracts.kpis import KpiGrouping, KpiItem, KpiWindow, Target
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketEvent,
    TicketHeld,
    TicketQueued,
    TicketResolved,
    TicketResumed,
    TicketWrapupStarted,
)
from tests.oracle.histories import decided
from tests.unit.metrics.stored import Stored

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after nine o'clock."""
    return NINE + timedelta(seconds=seconds)


def queued(ticket: str, when: float, *, queue: str = "sales", channel: str = "phone", t: float = 20.0) -> TicketEvent:
    return TicketQueued(ticket=ticket, at=at(when), queue=queue, channel=channel, threshold=t, short=5.0)


def accepted(ticket: str, when: float, *, queue: str = "sales") -> TicketEvent:
    return TicketAccepted(ticket=ticket, at=at(when), queue=queue, agent="ann")


def abandoned(ticket: str, when: float) -> TicketEvent:
    return TicketAbandoned(ticket=ticket, at=at(when), queue="sales", reason="hung_up")


def held(ticket: str, when: float) -> TicketEvent:
    return TicketHeld(ticket=ticket, at=at(when), queue="sales", agent="ann")


def resumed(ticket: str, when: float) -> TicketEvent:
    return TicketResumed(ticket=ticket, at=at(when), queue="sales", agent="ann")


def wrapup(ticket: str, when: float) -> TicketEvent:
    return TicketWrapupStarted(ticket=ticket, at=at(when), queue="sales", agent="ann", reason="hung_up")


def resolved(ticket: str, when: float) -> TicketEvent:
    return TicketResolved(ticket=ticket, at=at(when), queue="sales", agent="ann")


def fold(*events: TicketEvent) -> Stored:
    """What is stored after the events."""
    stored = Stored()
    for number, event in enumerate(events, start=1):
        stored.take([decided(event, "pool-a", number, 0)])
    return stored


def figures(*events: TicketEvent) -> Figures:
    """The sums of all that the events make true, whenever it was."""
    total = Figures()
    for row in fold(*events).rows().values():
        for name, _, amount in row.bookings():
            total.book(name, amount)
    return total


def seconds(*events: TicketEvent, queue: str = "sales") -> dict[int, Counter[str]]:
    """What contacts in the queue book in which second after nine o'clock."""
    found: dict[int, Counter[str]] = {}
    for row in fold(*events).rows().values():
        if isinstance(row, Contact) and row.queue == queue:
            for name, moment, amount in row.bookings():
                found.setdefault(second_of(moment) - int(NINE.timestamp()), Counter())[name] += amount
    return found


def now_of(*events: TicketEvent) -> Now:
    """Who waits after the events."""
    now = Now()
    for name, row in fold(*events).rows().items():
        now.put(name, row)
    return now


def items(
    events: Iterable[TicketEvent],
    *,
    now: float,
    window: KpiWindow = "15m",
    by: KpiGrouping = "all",
    definition: str = "strict",
    targets: dict[str, Target] | None = None,
) -> list[KpiItem]:
    """What the board shows `now` seconds after nine o'clock."""
    recent, waiting, lasting = Recent(0), Now(), Lasting(0)
    for name, row in fold(*events).rows().items():
        recent.put(name, row)
        waiting.put(name, row)
        lasting.put(name, row)
    span, ends = SPANS[window], end_of(at(now))
    board = Board(
        groups=recent.window(span, ends),
        lasting=lasting.within(span, ends, (by,), split=True),
        lines=waiting.lines(),
        backlog=waiting.backlog,
        pace=recent.window(PACE_SECONDS, ends),
        targets=targets or {},
        moment=moment_of(at(now)),
    )
    return list(board.items(by, Measures(Choice.of(definition.split(",")))))
