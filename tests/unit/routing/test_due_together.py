"""Several deadlines that are due at the same time, as after a restart: the order is kept as if each came by itself."""

import pytest

from services.routing.domain.commands import FireTimers
from services.routing.domain.configuration import QueueConfigured, QueueSettings
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


@pytest.mark.parametrize("at", [20, 25], ids=["it just waits", "its next round begins just then"])
def test_who_is_free_at_the_wrapup_limit_gets_who_waits_longest_and_not_the_offer_that_expired(at: float) -> None:
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
        ("first", "ann"),
        ("second", "cem"),
    ]
