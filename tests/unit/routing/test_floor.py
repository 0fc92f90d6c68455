"""What a supervisor sees of a pool."""

from dataclasses import replace
from typing import Any, get_args

from services.routing.domain.events import Event
from services.routing.domain.evolve_floor import CHANGES, evolve_floor
from services.routing.domain.floor import Floor
from services.routing.domain.floor_rows import AgentRow, Presence, QueueRow
from shared.contracts.tickets import TicketOverflowed
from tests.unit.routing.scenario import (
    accepted,
    available,
    configured,
    declined,
    flat,
    offered,
    opened,
    resolved,
    second,
    signed_in,
    status,
)


def floor_after(*events: Any) -> Floor:  # noqa: ANN401 (events, alone or in lists)
    floor = Floor()
    for event in flat([configured(), *events]):
        evolve_floor(floor, event)
    return floor


def queue(floor: Floor, name: str) -> QueueRow:
    row = floor.row(("queues", name))
    assert isinstance(row, QueueRow)
    return row


def agent(floor: Floor, name: str) -> AgentRow:
    row = floor.row(("agents", name))
    assert isinstance(row, AgentRow)
    return row


def test_every_event_says_what_it_changes_on_the_floor() -> None:
    assert set(CHANGES) == set(get_args(Event))


def test_a_queue_shows_what_waits_and_since_when_the_longest_does() -> None:
    floor = floor_after(opened("t1", 3), opened("t2", 5))
    assert (queue(floor, "sales").waiting, queue(floor, "sales").waits_since) == (2, second(3))
    assert (queue(floor, "mail").waiting, queue(floor, "mail").waits_since) == (0, None)


def test_what_went_to_voicemail_or_to_another_pool_is_no_longer_there() -> None:
    over = TicketOverflowed(ticket="t1", at=second(9), queue="sales", to="mail", reason="wait")
    for gone in (replace(over, voicemail_until=second(99)), replace(over, pool="other", into="t2")):
        assert queue(floor_after(opened("t1", 3), gone), "sales").waiting == 0
    assert queue(floor_after(opened("t1", 3), over), "sales").waiting == 1


def test_an_offer_shows_with_its_agent_and_a_declined_one_waits_as_before() -> None:
    events = (available("ann"), opened("t1", 3), offered("t1", "ann", 4))
    asked = floor_after(*events)
    assert (queue(asked, "sales").waiting, queue(asked, "sales").offered) == (0, 1)
    [in_hand] = agent(asked, "ann").tickets
    assert (in_hand.id, in_hand.channel, in_hand.state, in_hand.since) == ("t1", "phone", "offered", second(4))
    back = floor_after(*events, declined("t1", "ann", 6))
    assert (queue(back, "sales").waits_since, agent(back, "ann").tickets) == (second(3), ())


def test_what_is_resolved_is_seen_no_more() -> None:
    contact = (offered("t1", "ann", 4), accepted("t1", "ann", 5), resolved("t1", "ann", 9))
    floor = floor_after(available("ann"), opened("t1", 3), *contact)
    sales = queue(floor, "sales")
    assert (sales.waiting, sales.offered, sales.active, agent(floor, "ann").tickets) == (0, 0, 0, ())


def test_those_who_serve_a_queue_have_access_and_its_skills() -> None:
    floor = floor_after(
        available("ann"),
        available("bob", skills=()),
        available("cem", queues=["mail"]),
        *(available("dee"), status("dee", "break", 1)),
        *(available("eve"), status("eve", "not_responding", 1)),
        *(available("fay"), status("fay", "busy", 1)),
    )
    assert queue(floor, "sales").agents == Presence(available=1, busy=1, away=2)
    assert queue(floor, "mail").agents == Presence(available=3, busy=1, away=2)


def test_a_status_shows_its_reason_and_its_beginning() -> None:
    floor = floor_after(available("ann"), signed_in("ann"), status("ann", "break", 7, "lunch"))
    ann = agent(floor, "ann")
    assert (ann.status, ann.reason, ann.since) == ("break", "lunch", second(7))
