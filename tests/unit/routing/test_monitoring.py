"""Supervisors read along."""

from services.routing.domain.commands_monitoring import EndMonitoring, MonitorTicket
from shared.contracts.tickets import TicketPended, TicketQueued
from shared.contracts.tickets_monitoring import TicketMonitored, TicketMonitoringEnded
from tests.unit.routing.scenario import (
    available,
    contact,
    flat,
    given,
    open_ticket,
    opened,
    resolved,
    second,
    when,
    word,
)

WORK = [available("ann"), contact("t1", "ann", 1)]
MONITORED = TicketMonitored(ticket="t1", at=second(5), by="sue")


def test_who_monitors_a_ticket_and_since_when_is_an_event() -> None:
    pool = given(*WORK)
    assert when(pool, MonitorTicket(ticket="t1", by="sue"), 5) == (MONITORED,)


def test_monitoring_twice_is_monitoring_once() -> None:
    pool = given(*WORK, MONITORED)
    assert when(pool, MonitorTicket(ticket="t1", by="sue"), 6) == ()
    assert when(pool, MonitorTicket(ticket="t1", by="tom"), 6) == (
        TicketMonitored(ticket="t1", at=second(6), by="tom"),
    )


def test_monitoring_ends_for_whoever_ends_it() -> None:
    pool = given(*WORK, MONITORED)
    ended = TicketMonitoringEnded(ticket="t1", at=second(9), by="sue")
    assert when(pool, EndMonitoring(ticket="t1", by="sue"), 9) == (ended,)
    assert when(pool, EndMonitoring(ticket="t1", by="tom"), 9) == ()
    assert when(given(*WORK, MONITORED, ended), EndMonitoring(ticket="t1", by="sue"), 10) == ()


def test_a_ticket_that_waits_can_be_monitored() -> None:
    pool = given(opened("t1", 1))
    assert when(pool, MonitorTicket(ticket="t1", by="sue"), 5) == (MONITORED,)


def test_a_closed_ticket_cannot_be_monitored_and_its_monitoring_has_ended() -> None:
    pool = given(*WORK, MONITORED, resolved("t1", "ann", 6))
    assert word(when(pool, MonitorTicket(ticket="t1", by="sue"), 7)) == "not_open"
    assert when(pool, EndMonitoring(ticket="t1", by="sue"), 7) == ()


def test_monitoring_does_not_make_older_news_of_the_customer_old() -> None:
    pended = TicketPended(ticket="t1", at=second(3), queue="sales", agent="ann", on="customer")
    pool = given(*flat(WORK), pended, MONITORED)
    again = open_ticket("t2", happened=4, conversation="of t1")
    events = when(pool, again, 6)
    assert any(isinstance(event, TicketQueued) for event in events)  # type: ignore[union-attr]  # it is not refused
