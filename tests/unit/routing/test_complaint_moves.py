"""Complaints whose tickets go on in another pool."""

from dataclasses import replace

from services.routing.domain.commands import FireTimers, OpenTicket
from services.routing.domain.configuration import Overflow, QueueConfigured
from services.routing.domain.events import Event
from services.routing.domain.events_moves import PoolAsked
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from shared.contracts.tickets import TicketPended, TicketQueued
from shared.contracts.tickets_complaints import (
    Complained,
    ComplaintMoved,
    ComplaintOwnerChanged,
    ComplaintReceived,
)
from tests.unit.routing.complaints import after, centre, hour, opened, received, taken, when
from tests.unit.routing.scenario import IDENTITY

ELSEWHERE = Overflow(to="help", pool="other", after_s=3_600)


def overflowing(*events: Event | list[Event], step: Overflow = ELSEWHERE) -> Pool:
    """The queue sends to another pool what has waited for an hour; nobody is there."""
    pool = centre()
    settings = replace(pool.queues["sales"], overflow=(step,), skills={"nobody": 5})
    evolve(pool, QueueConfigured(pool="main", queue="sales", at=hour(0), settings=settings))
    for event in (one for given in events for one in (given if isinstance(given, list) else [given])):
        evolve(pool, event)
    return pool


def asked(events: tuple[Event, ...] | Refused) -> OpenTicket:
    """What the other pool is asked."""
    assert not isinstance(events, Refused)
    (asking,) = [event for event in events if isinstance(event, PoolAsked)]
    assert isinstance(asking.command, OpenTicket)
    return asking.command


def complained(events: tuple[Event, ...] | Refused) -> list[Event]:
    """What was decided of the complaint."""
    assert not isinstance(events, Refused)
    return [event for event in events if isinstance(event, Complained)]


def test_what_nobody_has_taken_up_goes_along_and_is_as_old_there_as_it_was_here() -> None:
    pool = overflowing(opened(), received())
    events = when(pool, FireTimers(), 2)
    command = asked(events)
    assert complained(events) == [ComplaintMoved(ticket="t1", at=hour(2), pool="other", into=command.ticket)]
    assert command.kind == "complaint"
    assert after(pool, FireTimers(), 2).complaints == {}
    there = complained(when(centre(), replace(command, queue="sales", came=None), 2))
    assert there == [
        replace(received(), ticket=command.ticket, at=hour(2), since=hour(0), conversation="of t1"),
    ], "the deadlines are those of when it came"


def test_what_is_sent_on_as_it_comes_begins_there_only() -> None:
    pool = overflowing(step=Overflow(to="help", pool="other", closed=True))
    command = OpenTicket(
        ticket="t1",
        conversation="of t1",
        channel="email",
        identity=IDENTITY,
        queue="sales",
        happened=hour(0),
        kind="complaint",
    )
    events = when(pool, command, 0)
    assert complained(events) == []
    assert asked(events).kind == "complaint"


def test_what_somebody_has_taken_up_stays_and_its_contact_goes_on_as_a_plain_request() -> None:
    owned = ComplaintOwnerChanged(ticket="t1", at=hour(0), owner="bob", by="sue")
    pool = overflowing(opened(), received(), owned)
    events = when(pool, FireTimers(), 2)
    assert complained(events) == []
    assert asked(events).kind == "request"
    assert after(pool, FireTimers(), 2).complaints["t1"].owner == "bob"


def test_one_that_was_raised_by_hand_and_not_taken_up_goes_along_too() -> None:
    raised: ComplaintReceived = replace(received(), by="sue")
    pool = overflowing(opened(None), raised)
    assert asked(when(pool, FireTimers(), 2)).kind == "complaint"


def test_one_that_is_over_does_not_begin_anew_elsewhere() -> None:
    back: list[Event] = [
        TicketPended(ticket="t1", at=hour(0), queue="sales", agent="ann", on="customer"),
        TicketQueued(ticket="t1", at=hour(0), queue="sales", channel="email", threshold=20.0, short=5.0),
    ]
    pool = overflowing(taken(), back)
    assert asked(when(pool, FireTimers(), 2)).kind == "request"
