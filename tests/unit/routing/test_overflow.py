"""A queue that cannot take a contact sends it on, and it keeps its place."""

import pytest

from services.routing.domain.commands import ConfigureQueue, FireTimers
from services.routing.domain.configuration import CalendarConfigured, Overflow, QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets import TicketOffered, TicketOverflowed, TicketQueued, TicketWrapupStarted
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    declined,
    given,
    offered,
    open_ticket,
    opened,
    second,
    when,
    word,
)


def queue(name: str, *overflow: Overflow, calendar: str | None = None) -> Event:
    settings = QueueSettings(name=name, overflow=overflow, calendar=calendar)
    return QueueConfigured(pool="main", queue=name, at=EIGHT, settings=settings)


def fired(pool: Pool, at: float) -> tuple[Event, ...]:
    events = when(pool, FireTimers(), at=at)
    assert not isinstance(events, Refused)
    return events


def test_whoever_has_waited_too_long_goes_on_and_keeps_their_place() -> None:
    pool = given(
        queue("mail", Overflow(to="rest", after_s=60)),
        queue("rest"),
        opened("t1", 1, queue="mail", skills=()),
        opened("t2", 30, queue="rest", skills=()),
    )
    assert next_deadline(pool) == second(61)
    assert fired(pool, 60.9) == ()
    over, queued = fired(pool, 61)
    assert over == TicketOverflowed(ticket="t1", at=second(61), queue="mail", to="rest", reason="wait")
    assert isinstance(queued, TicketQueued)
    assert (queued.queue, queued.by, queued.since) == ("rest", "overflow", second(1))
    for event in (over, queued):
        evolve(pool, event)
    assert pool.tickets["t1"].order() < pool.tickets["t2"].order()


def test_it_is_offered_where_it_goes() -> None:
    pool = given(
        queue("mail", Overflow(to="rest", after_s=60)),
        queue("rest"),
        available("ann", queues=["rest"]),
        opened("t1", 1, queue="mail", skills=()),
    )
    assert fired(pool, 61)[-1] == offered("t1", "ann", 61, queue="rest")


WAYS = (
    Overflow(to="rest", after_s=60),
    Overflow(to="elsewhere", pool="other", after_s=60),
    Overflow(to="rest", voicemail=True, after_s=60),
)


@pytest.mark.parametrize("way", WAYS, ids=["to a queue", "to a pool", "to voicemail"])
def test_who_becomes_free_just_then_is_not_asked_for_what_has_left_the_queue(way: Overflow) -> None:
    pool = given(
        queue("mail", way),
        queue("rest"),
        available("ann", queues=["mail"]),
        opened("t1", 0, queue="mail", skills=()),
        offered("t1", "ann", 0, queue="mail"),
        accepted("t1", "ann", 0, queue="mail"),
        TicketWrapupStarted(ticket="t1", at=second(1), queue="mail", agent="ann", reason="left", until=second(61)),
        opened("t2", 1, queue="mail", skills=()),
    )
    events = fired(pool, 61)
    assert "ticket.resolved" in {event.event for event in events}
    assert [event for event in events if isinstance(event, TicketOffered)] == []


def test_whoever_comes_when_too_many_wait_goes_on_at_once() -> None:
    pool = given(
        queue("mail", Overflow(to="rest", over=1)),
        queue("rest"),
        opened("t1", 1, queue="mail", skills=()),
    )
    second_one = when(pool, open_ticket("t2", happened=2, queue="mail"), at=2)
    assert not isinstance(second_one, Refused)
    assert [event.event for event in second_one] == ["ticket.opened", "ticket.queued"]
    for event in second_one:
        evolve(pool, event)
    third = when(pool, open_ticket("t3", happened=3, queue="mail"), at=3)
    assert not isinstance(third, Refused)
    assert third[2] == TicketOverflowed(ticket="t3", at=second(3), queue="mail", to="rest", reason="length")


def test_whoever_comes_after_hours_goes_on_at_once() -> None:
    hours = CalendarSettings(name="Office", time_zone="UTC", week={"saturday": ("09:00-17:00",)})
    office = CalendarConfigured(pool="main", calendar="office", at=EIGHT, settings=hours)
    night = queue("mail", Overflow(to="rest", closed=True), calendar="office")
    pool = given(office, queue("rest"), night)  # it is Saturday, eight o'clock
    early = when(pool, open_ticket("t1", happened=1, queue="mail"), at=1)
    in_time = when(pool, open_ticket("t2", happened=3_600, queue="mail"), at=3_600)
    assert not isinstance(early, Refused)
    assert not isinstance(in_time, Refused)
    assert early[2] == TicketOverflowed(ticket="t1", at=second(1), queue="mail", to="rest", reason="closed")
    assert [event.event for event in in_time] == ["ticket.opened", "ticket.queued"]


def test_who_is_asked_just_then_may_still_answer() -> None:
    pool = given(
        queue("mail", Overflow(to="rest", after_s=10)),
        queue("rest"),
        available("ann"),
        opened("t1", 1, queue="mail", skills=()),
        offered("t1", "ann", 5, queue="mail"),
    )
    assert fired(pool, 12) == ()
    evolve(pool, declined("t1", "ann", 13, queue="mail"))
    assert fired(pool, 13)[0] == TicketOverflowed(ticket="t1", at=second(13), queue="mail", to="rest", reason="wait")


def test_a_new_setting_holds_for_those_who_wait() -> None:
    pool = given(queue("rest"), opened("t1", 1, queue="mail", skills=()), queue("mail", Overflow(to="rest", after_s=5)))
    assert fired(pool, 9)[0] == TicketOverflowed(ticket="t1", at=second(9), queue="mail", to="rest", reason="wait")
    evolve(pool, queue("mail"))
    assert [event.event for event in fired(pool, 9)] == ["pool.settled"]


def test_contacts_that_would_go_round_are_refused_with_the_way_they_would_go() -> None:
    pool = given(queue("a"), queue("b", Overflow(to="a", after_s=5)), queue("c", Overflow(to="b", over=3)))
    settings = QueueSettings(name="a", overflow=(Overflow(to="c", closed=True),))
    refused = when(pool, ConfigureQueue(queue="a", settings=settings), at=9)
    assert word(refused) == "overflow_loop"
    assert isinstance(refused, Refused)
    assert "a → c → b → a" in refused.detail
    itself = QueueSettings(name="a", overflow=(Overflow(to="a", after_s=5),))
    assert word(when(pool, ConfigureQueue(queue="a", settings=itself), at=9)) == "overflow_loop"


def test_a_queue_that_is_not_there_takes_nothing_over() -> None:
    nowhere = QueueSettings(name="a", overflow=(Overflow(to="moon", after_s=5),))
    assert word(when(given(), ConfigureQueue(queue="a", settings=nowhere), at=9)) == "unknown_queue"
    no_boss = QueueSettings(name="a", escalate_to="moon")
    assert word(when(given(), ConfigureQueue(queue="a", settings=no_boss), at=9)) == "unknown_queue"
