"""Why an offer went where it went, read off the state before it."""

from services.routing.domain.configuration import AgentConfigured, AgentSettings, ChannelSettings
from services.routing.domain.explaining import explain
from services.routing.domain.state import Pool
from shared.contracts.tickets import TicketOffered, TicketQueued
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    agent,
    available,
    configured,
    declined,
    given,
    offered,
    opened,
    second,
    status,
)


def offer(ticket: str, name: str, at: float) -> TicketOffered:
    return TicketOffered(ticket=ticket, at=second(at), queue="sales", agent=name, expires=second(at + 20))


def whys(pool: Pool, ticket: str, name: str) -> dict[str, str]:
    return {one.agent: one.why for one in explain(pool, offer(ticket, name, 90)).candidates}


def test_every_agent_of_the_pool_has_its_reason() -> None:
    pool = given(
        available("ann", 10),
        available("bob", 20),
        available("cem", skills=()),
        available("dan", queues=("mail",)),
        agent("eve"),
        available("fay"),
        status("fay", "break", 30, "lunch"),
        available("gus"),
        opened("t1", 40),
        offered("t1", "gus", 40),
        accepted("t1", "gus", 41),
        available("hal", 5),
        opened("t2", 50),
        offered("t2", "hal", 50),
        declined("t2", "hal", 55),
    )
    explained = explain(pool, offer("t2", "ann", 55))
    found = {one.agent: one for one in explained.candidates}
    assert {name: one.why for name, one in found.items()} == {
        "ann": "chosen",
        "bob": "later",
        "cem": "skill",
        "dan": "queue",
        "eve": "offline",
        "fay": "status",
        "gus": "capacity",
        "hal": "asked",
    }
    assert [one.agent for one in explained.candidates[:2]] == ["ann", "bob"]
    assert (found["ann"].place, found["bob"].place, found["cem"].place) == (1, 2, None)
    assert found["cem"].lacks == {"sales": 1}
    assert found["fay"].status == "break (lunch)"
    assert found["gus"].in_hand == {"phone": 1}


def test_the_order_is_less_in_hand_then_longest_idle() -> None:
    pool = given(
        configured(chat=ChannelSettings(units=2)),
        available("ann", 30),
        available("bob", 10),
        opened("t1", 40, channel="chat"),
        offered("t1", "bob", 40),
        accepted("t1", "bob", 41),
        opened("t2", 50, channel="chat"),
    )
    assert whys(pool, "t2", "ann") == {"ann": "chosen", "bob": "later"}


def test_tickets_that_come_first_are_named_with_the_reason_why_they_were_passed() -> None:
    pool = given(
        available("ann", skills=()),
        opened("urgent", 40, priority=1),
        opened("older", 10, queue="mail", skills=(), priority=5),
        opened("t", 20, queue="mail", skills=()),
    )
    explained = explain(pool, offer("t", "ann", 60))
    assert [(one.ticket, one.why) for one in explained.passed] == [("urgent", "skill"), ("older", "later")]
    assert explained.waiting == 3


def test_the_rule_and_the_version_of_the_configuration_are_those_of_then() -> None:
    queued = TicketQueued(
        ticket="t", at=second(5), queue="sales", channel="phone", threshold=20.0, short=5.0, by="rule-2"
    )
    pool = given(available("ann"), opened("t", 5)[:1], queued)
    explained = explain(pool, offer("t", "ann", 6))
    assert (explained.by, explained.queue, explained.configuration) == ("rule-2", "sales", 4)
    settings = AgentSettings(name="Ann", skills={"sales": 5, "german": 3})
    later = given(
        available("ann"), opened("t", 5), AgentConfigured(pool="main", agent="ann", at=EIGHT, settings=settings)
    )
    assert explain(later, offer("t", "ann", 6)).configuration == 5
