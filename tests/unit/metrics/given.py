"""Short ways to say which events were given, and what the figures are then."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.metrics.domain.board import Board, Minute, sum_window
from services.metrics.domain.figures import Cells, Figures
from services.metrics.domain.fold import Changes, TicketFold
from services.metrics.domain.windows import SPANS, end_of, minute_of, moment_of
from shared.contracts.kpis import KpiGrouping, KpiItem, KpiWindow, ServiceLevel, Target
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


def fold(*events: TicketEvent) -> tuple[TicketFold, Changes]:
    """The state after the events, and what they changed."""
    state = TicketFold()
    return state, state.fold(decided(event, "pool-a", number, 0) for number, event in enumerate(events, start=1))


def figures(*events: TicketEvent) -> Figures:
    """The sums of all that the events make true, whenever it was."""
    total = Figures()
    for cell in fold(*events)[1].cells.values():
        total.add(cell)
    return total


def minutes(cells: Cells) -> list[Minute]:
    """The cells as the minutes that are stored."""
    found: dict[tuple[int, str, str], dict[int, Figures]] = {}
    for (second, queue, channel), sums in cells.items():
        found.setdefault((minute_of(second), queue, channel), {})[second] = sums
    return [
        Minute(begins=begins, queue=queue, channel=channel, seconds=seconds)
        for (begins, queue, channel), seconds in found.items()
    ]


def items(
    events: Iterable[TicketEvent],
    *,
    now: float,
    window: KpiWindow = "15m",
    by: KpiGrouping = "all",
    definition: ServiceLevel = "strict",
    targets: dict[str, Target] | None = None,
) -> list[KpiItem]:
    """What the board shows `now` seconds after nine o'clock."""
    state, changes = fold(*events)
    board = Board(
        groups=sum_window(minutes(changes.cells), SPANS[window], end_of(at(now))),
        lines=tuple(state.lines.now()),
        targets=targets or {},
        moment=moment_of(at(now)),
    )
    return list(board.items(by, definition))
