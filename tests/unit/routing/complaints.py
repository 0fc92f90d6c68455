"""Sentences for the tests of complaints: the queue `sales` answers them between nine and five on weekdays in Berlin.

It is eight in Berlin at the beginning, on a Monday, so an hour is left until it opens. Moments are hours.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.routing.domain.commands import Asked, Command, FireTimers
from services.routing.domain.complaint_settings import ComplaintSettings
from services.routing.domain.configuration import CalendarConfigured, QueueConfigured, QueueSettings
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from shared.contracts.tickets import Kind, TicketAccepted, TicketOffered, TicketOpened, TicketQueued, TicketResolved
from shared.contracts.tickets_complaints import ComplaintAnswered, ComplaintReceived
from tests.unit.routing.scenario import EIGHT, IDENTITY, available, given

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOURS = CalendarSettings(
    name="Office",
    time_zone="Europe/Berlin",
    week=dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00-17:00",)),
)
DELIVERY, REFUND = "delivery", "refund"
LISTED = ComplaintSettings(
    acknowledge_s=4 * 3_600,
    answer_s=16 * 3_600,
    object_s=40 * 3_600,
    causes=(DELIVERY, "billing"),
    remedies=(REFUND, "excuse"),
)


def hour(number: float) -> datetime:
    """So many hours after eight on Monday in Berlin."""
    return MONDAY + timedelta(hours=number)


def centre(*events: Event | Sequence[Event], settings: ComplaintSettings = LISTED) -> Pool:
    """Ann, Bob and the queue, then these events."""
    queue = QueueSettings(name="Sales", calendar="office", complaints=settings, reopen_s=3_600.0)
    return given(
        CalendarConfigured(pool="main", calendar="office", at=EIGHT, settings=HOURS),
        QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=queue),
        available("ann"),
        available("bob"),
        *events,
    )


def received(owner: str | None = None) -> ComplaintReceived:
    """What follows from a ticket that is a complaint."""
    return ComplaintReceived(
        ticket="t1",
        at=hour(0),
        pool="main",
        queue="sales",
        conversation="of t1",
        acknowledge_due=hour(5),
        answer_due=hour(33),
        owner=owner,
    )


def opened(kind: Kind | None = "complaint", channel: str = "email") -> list[Event]:
    """A customer comes, and nobody is asked yet."""
    return [
        TicketOpened(
            ticket="t1",
            at=hour(0),
            pool="main",
            conversation="of t1",
            channel=channel,
            identity=IDENTITY,
            kind=kind,
        ),
        TicketQueued(ticket="t1", at=hour(0), queue="sales", channel=channel, threshold=20.0, short=5.0),
    ]


def taken(kind: Kind | None = "complaint") -> list[Event]:
    """Ann has it."""
    return [
        *opened(kind),
        TicketOffered(ticket="t1", at=hour(0), queue="sales", agent="ann", expires=hour(1)),
        TicketAccepted(ticket="t1", at=hour(0), queue="sales", agent="ann"),
    ]


def closed() -> TicketResolved:
    """The ticket is gone for good."""
    return TicketResolved(ticket="t1", at=hour(1), queue="sales", agent="ann")


def answered(at: float = 2, until: float | None = 9 * 24) -> ComplaintAnswered:
    """Ann has answered."""
    return ComplaintAnswered(
        ticket="t1",
        at=hour(at),
        by="ann",
        cause=DELIVERY,
        remedy=REFUND,
        object_until=None if until is None else hour(until),
    )


def when(pool: Pool, command: Command | FireTimers, at: float, now: float | None = None) -> tuple[Event, ...] | Refused:
    """What the command leads to when it is asked at `at` and decided at `now`."""
    decided = decide(pool, Asked(command=command, at=hour(at), now=hour(at if now is None else now)))
    return decided if isinstance(decided, Refused) else decided.events


def after(pool: Pool, command: Command | FireTimers, at: float) -> Pool:
    """The pool after the command."""
    events = when(pool, command, at)
    assert not isinstance(events, Refused), events
    for event in events:
        evolve(pool, event)
    return pool


def refusal(outcome: tuple[Event, ...] | Refused) -> Refused:
    """It was refused."""
    assert isinstance(outcome, Refused), outcome
    return outcome
