"""Customers who wait are told how long it will take."""

import pytest

from services.routing.domain.commands import ConfigureQueue
from services.routing.domain.configuration import Overflow, QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from services.routing.domain.tell_wait import TellWait
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets import TicketOverflowed
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    contact,
    declined,
    fired,
    given,
    offered,
    opened,
    resolved,
    second,
    status,
    when,
    word,
)

TELL = TellWait(text="You are number {position}; about {minutes} min.", after_s=30, every_s=60, at_most=2)


def queue(tell: TellWait | None = TELL, *overflow: Overflow) -> Event:
    settings = QueueSettings(name="Mail", tell_wait=tell, overflow=overflow)
    return QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=settings)


def full(*events: Event) -> Pool:
    """An agent who has handled a chat of ten minutes, has four in hand, and a chat that waits since 1,000."""
    past = [*contact("past", "ann", 1, channel="chat", queue="mail"), resolved("past", "ann", 601, queue="mail")]
    hand = [event for number in range(4) for event in contact(f"h{number}", "ann", 700, channel="chat", queue="mail")]
    waiting = opened("t1", 1_000, queue="mail", channel="chat", skills=())
    return given(queue(), available("ann"), past, hand, *events, waiting)


def test_a_customer_is_told_place_and_wait() -> None:
    pool = full()
    assert next_deadline(pool) == second(1_030)
    assert fired(pool, 1_029) == []
    assert fired(pool, 1_030) == [
        TicketWaitTold(
            ticket="t1",
            at=second(1_030),
            queue="mail",
            channel="chat",
            conversation="of t1",
            position=1,
            wait_s=104,
            wait_90_s=345,
            text="You are number 1; about 2 min.",
        )
    ]


def test_it_is_told_again_but_not_for_ever() -> None:
    pool = full()
    fired(pool, 1_030)
    assert next_deadline(pool) == second(1_090)
    assert [event.event for event in fired(pool, 1_090)] == ["ticket.wait.told"]
    assert next_deadline(pool) is None


def test_who_is_due_at_about_the_same_time_is_told_together() -> None:
    pool = full(*opened("t0", 997, queue="mail", channel="chat", skills=()))
    told = fired(pool, 1_030)
    assert [(event.ticket, event.position) for event in told if isinstance(event, TicketWaitTold)] == [
        ("t0", 1),
        ("t1", 2),
    ]


def test_where_nobody_can_know_nothing_is_said_and_it_is_tried_again() -> None:
    pool = full()
    evolve(pool, status("ann", "break", 1_001))
    assert fired(pool, 1_030) == [TicketWaitUnknown(ticket="t1", at=second(1_030))]
    assert next_deadline(pool) == second(1_090)
    evolve(pool, status("ann", "available", 1_050))
    assert [event.event for event in fired(pool, 1_090)] == ["ticket.wait.told"]
    assert next_deadline(pool) == second(1_150)  # what nobody could know was not told, and does not count


def calling(*events: Event) -> Pool:
    """An agent who has handled a call of ten minutes and has another, and a caller who waits since 1,000."""
    past = [*contact("past", "ann", 1, queue="mail"), resolved("past", "ann", 601, queue="mail")]
    hand = contact("h", "ann", 700, queue="mail")
    return given(queue(), available("ann"), past, hand, opened("t1", 1_000, queue="mail", skills=()), *events)


def test_callers_hear_it_too() -> None:
    (told,) = fired(calling(), 1_030)
    assert isinstance(told, TicketWaitTold)
    assert (told.channel, told.conversation, told.text) == ("phone", "of t1", "You are number 1; about 7 min.")


def test_who_is_called_back_is_not_there_to_hear_it() -> None:
    wish = TicketCallbackRequested(ticket="t1", at=second(1_010), queue="mail", by="caller")
    pool = calling(wish)
    assert next_deadline(pool) is None
    assert fired(pool, 1_030) == []


@pytest.mark.parametrize("channel", ["email", "social", "web", "voicemail"])
def test_on_channels_that_cannot_be_written_to_nothing_is_said(channel: str) -> None:
    pool = given(queue(), opened("t1", 1, queue="mail", channel=channel, skills=()))
    assert next_deadline(pool) is None


def test_whoever_is_asked_just_then_is_not_interrupted() -> None:
    pool = given(queue(), available("ann"), opened("t1", 1, queue="mail", channel="chat", skills=()))
    evolve(pool, offered("t1", "ann", 20, queue="mail"))
    assert fired(pool, 35) == []
    evolve(pool, declined("t1", "ann", 36, queue="mail"))
    assert "ticket.wait.unknown" in [event.event for event in fired(pool, 36)]
    evolve(pool, offered("t1", "ann", 37, queue="mail"))
    evolve(pool, accepted("t1", "ann", 38, queue="mail"))
    assert next_deadline(pool) is None


def test_who_goes_on_to_another_queue_is_not_told_of_this_one() -> None:
    pool = full(queue(TELL, Overflow(to="sales", after_s=30)))
    events = fired(pool, 1_030)
    assert isinstance(events[0], TicketOverflowed)
    assert "ticket.wait.told" not in [event.event for event in events]


def test_a_new_setting_holds_for_those_who_wait() -> None:
    pool = full()
    evolve(pool, queue(None))
    assert [event.event for event in fired(pool, 1_030)] == ["pool.settled"]
    assert next_deadline(pool) is None


def test_less_than_a_minute_counts_as_one() -> None:
    pool = given(
        queue(),
        available("ann"),
        [*contact("past", "ann", 1, channel="chat", queue="mail"), resolved("past", "ann", 3, queue="mail")],
        [event for number in range(4) for event in contact(f"h{number}", "ann", 4, channel="chat", queue="mail")],
        opened("t1", 5, queue="mail", channel="chat", skills=()),
    )
    (told,) = fired(pool, 35)
    assert isinstance(told, TicketWaitTold)
    assert (told.wait_s, told.text) == (0, "You are number 1; about 1 min.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Dear {name}", "{name} stands for nothing"),
        ("{} and {position}", "{} stands for nothing"),
        ("{position.real}", "stands for nothing"),
        ("{minutes:>100000}", "stands for nothing"),
        ("{minutes!r}", "stands for nothing"),
        ("a { brace", "brace that is meant as such is written twice"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused(text: str, says: str) -> None:
    settings = QueueSettings(name="Mail", tell_wait=TellWait(text=text))
    refused = when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)
    assert word(refused) == "unusable_text"
    assert isinstance(refused, Refused)
    assert says in refused.detail


def test_a_text_with_braces_of_its_own_is_taken() -> None:
    settings = QueueSettings(name="Mail", tell_wait=TellWait(text="{{ {position} }}"))
    assert not isinstance(when(given(), ConfigureQueue(queue="mail", settings=settings), at=1), Refused)
