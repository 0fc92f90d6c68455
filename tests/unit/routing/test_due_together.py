"""Several deadlines that are due at the same time, as after a restart: the order is kept as if each came by itself."""

import pytest

from services.routing.domain.commands import FireTimers
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused
from shared.contracts.tickets import TicketExpired, TicketOffered, TicketResolved, TicketWrapupStarted
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    declined,
    given,
    offered,
    opened,
    second,
    when,
)


@pytest.mark.parametrize(
    ("at", "gets_first", "gets_second"),
    [(20, "ann", "cem"), (25, "cem", "ann")],
    ids=["only ann may be asked", "its next round begins just then, and cem is idle for longer"],
)
def test_at_the_wrapup_limit_who_waits_longest_goes_before_the_offer_that_expired(
    at: float, gets_first: str, gets_second: str
) -> None:
    queue = QueueSettings(name="Mail", offer_timeout_s=12.0, wrapup_s=12.0)
    pool = given(
        QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=queue),
        *(available(name) for name in ("ann", "bob", "cem")),
        opened("paperwork", at=1, queue="mail", skills=()),
        offered("paperwork", "ann", at=1, queue="mail"),
        accepted("paperwork", "ann", at=1, queue="mail"),
        TicketWrapupStarted(
            ticket="paperwork", at=second(6), queue="mail", agent="ann", reason="left", until=second(18)
        ),
        opened("first", at=2, queue="mail", skills=()),
        offered("first", "bob", at=2, queue="mail", seconds=12),
        declined("first", "bob", at=3, queue="mail"),
        offered("first", "cem", at=3, queue="mail", seconds=12),
        opened("second", at=4, queue="mail", skills=()),
        offered("second", "bob", at=4, queue="mail", seconds=12),
        declined("first", "cem", at=10, queue="mail"),
    )
    decided = when(pool, FireTimers(), at=at)
    assert not isinstance(decided, Refused)
    assert [event.ticket for event in decided if isinstance(event, TicketExpired)] == ["second"]
    assert [event.ticket for event in decided if isinstance(event, TicketResolved)] == ["paperwork"]
    assert [(event.ticket, event.agent) for event in decided if isinstance(event, TicketOffered)] == [
        ("first", gets_first),
        ("second", gets_second),
    ]


def test_who_has_just_finished_is_not_the_longest_idle() -> None:
    queue = QueueSettings(name="Mail", offer_timeout_s=12.0, wrapup_s=12.0)
    pool = given(
        QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=queue),
        available("ann", at=0),
        available("bob", at=1),
        *_paperwork("paperwork", "ann", until=15),
        opened("first", at=3, queue="mail", skills=()),
        offered("first", "bob", at=3, queue="mail", seconds=12),
        declined("first", "bob", at=3, queue="mail"),
    )
    decided = when(pool, FireTimers(), at=15)
    assert not isinstance(decided, Refused)
    assert [(event.ticket, event.agent) for event in decided if isinstance(event, TicketOffered)] == [("first", "bob")]


def test_those_who_finish_together_share_what_waits() -> None:
    queue = QueueSettings(name="Mail", wrapup_s=12.0, policy="most_spare")
    pool = given(
        QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=queue),
        available("ann"),
        available("bob"),
        *_paperwork("one", "ann", until=15),
        *_paperwork("other", "bob", until=15),
        *(opened(f"chat-{number}", at=3 + number, channel="chat", queue="mail", skills=()) for number in range(4)),
    )
    decided = when(pool, FireTimers(), at=15)
    assert not isinstance(decided, Refused)
    assert [(event.ticket, event.agent) for event in decided if isinstance(event, TicketOffered)] == [
        ("chat-0", "ann"),
        ("chat-1", "bob"),
        ("chat-2", "ann"),
        ("chat-3", "bob"),
    ]


def _paperwork(ticket: str, agent: str, until: float) -> list[Event]:
    """A call that has ended, with the notes still to be written."""
    return [
        *opened(ticket, at=1, queue="mail", skills=()),
        offered(ticket, agent, at=1, queue="mail"),
        accepted(ticket, agent, at=1, queue="mail"),
        TicketWrapupStarted(ticket=ticket, at=second(2), queue="mail", agent=agent, reason="left", until=second(until)),
    ]
