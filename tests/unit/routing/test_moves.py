"""Contacts go on to other pools, and what becomes of them reaches them there."""

from services.routing.domain.commands import (
    CloseTicket,
    ConfigureAgent,
    ConfigureQueue,
    EndContact,
    Ended,
    FireTimers,
    OpenTicket,
    ResolveTicket,
    SetStatus,
    TakeTicket,
)
from services.routing.domain.commands_relief import ForgetContact, HearCallbackWish, RequestCallback
from services.routing.domain.configuration import AgentSettings, Overflow, QueueConfigured, QueueSettings
from services.routing.domain.events_moves import ContactForgotten, PoolAsked
from services.routing.domain.evolve import evolve
from services.routing.domain.moved import MOST_HOPS
from shared.contracts.tickets import TicketAbandoned, TicketOpened, TicketOverflowed, TicketQueued
from tests.unit.routing.pools import Pools, at, to
from tests.unit.routing.scenario import EIGHT, given, open_ticket, when, word


def come(ticket: str = "t1", happened: float = 0, queue: str = "a") -> OpenTicket:
    return open_ticket(ticket, happened=happened, queue=queue, channel="chat", conversation="c1")


def leave(seconds: float) -> EndContact:
    return EndContact(conversation="c1", ended=Ended(at=at(seconds), reason="left"))


def moved() -> Pools:
    """A contact came to a at 0 and went on to b at 10."""
    pools = Pools(a=to("b"))
    pools.do("a", come(), at(0))
    pools.do("a", FireTimers(), at(10))
    pools.deliver(at(11))
    return pools


def test_a_contact_goes_on_in_another_pool_with_its_age_and_as_a_ticket_of_its_own() -> None:
    pools = moved()
    (over,) = [event for _, event in pools.happened if isinstance(event, TicketOverflowed)]
    assert (over.ticket, over.to, over.pool, over.reason) == ("t1", "b", "b", "wait")
    assert pools.open() == {"b": [over.into]}
    (queued,) = [event for name, event in pools.happened if name == "b" and isinstance(event, TicketQueued)]
    assert (queued.queue, queued.by, queued.at, queued.since) == ("b", "overflow", at(10), at(0))


def test_what_is_known_of_it_goes_along() -> None:
    pools = Pools(a=to("b"))
    known = {"kind": "complaint", "priority": 2, "customer": "cus_1", "segment": "gold", "last_agent": "ann"}
    command = come()
    pools.do("a", OpenTicket(**{**{name: getattr(command, name) for name in command.__slots__}, **known}), at(0))
    pools.do("a", FireTimers(), at(10))
    pools.deliver(at(11))
    first, second = [event for _, event in pools.happened if isinstance(event, TicketOpened)]
    for name, value in known.items():
        assert getattr(first, name) == getattr(second, name) == value
    assert (second.conversation, second.channel, second.identity) == (first.conversation, first.channel, first.identity)


def test_who_leaves_is_abandoned_there_and_nobody_remembers_anything() -> None:
    pools = moved()
    pools.do("a", leave(20), at(20))
    pools.deliver(at(21))
    (left,) = [(name, event) for name, event in pools.happened if isinstance(event, TicketAbandoned)]
    assert (left[0], left[1].at) == ("b", at(20))
    assert (pools.open(), pools.remembered()) == ({}, {})


def test_who_writes_again_is_heard_there() -> None:
    pools = moved()
    pools.do("a", come("t2", 20), at(20))
    pools.deliver(at(21))
    assert len(pools.open()["b"]) == 1
    assert pools.pools["b"].taken["c1"].number == 2


def test_a_pool_that_is_done_is_asked_no_more() -> None:
    pools = moved()
    (ticket,) = pools.pools["b"].tickets
    pools.do("b", ConfigureAgent(agent="ann", settings=AgentSettings(name="Ann")), at(20))
    pools.do("b", SetStatus(agent="ann", status="busy"), at(20))
    pools.do("b", TakeTicket(ticket=ticket, by="sue", agent="ann"), at(21))
    pools.do("b", ResolveTicket(ticket=ticket, agent="ann"), at(22))
    pools.deliver(at(23))
    assert pools.remembered() == {}
    pools.do("a", come("t2", 30), at(30))
    assert pools.open() == {"a": ["t2"]}


def test_what_was_sent_before_it_was_done_opens_a_ticket_there_and_is_not_lost() -> None:
    pools = moved()
    pools.do("a", leave(20), at(20))
    pools.do("a", come("t2", 21), at(21))  # before b is heard of
    pools.deliver(at(22))
    assert pools.open() == {"b": ["t2"]}
    assert pools.pools["a"].moved["c1"].number == 3
    pools.do("a", leave(30), at(30))
    pools.deliver(at(31))
    assert (pools.open(), pools.remembered()) == ({}, {})


def test_an_end_that_comes_after_it_was_done_is_answered() -> None:
    pools = moved()
    pools.do("a", leave(20), at(20))
    pools.do("a", leave(20), at(20))
    pools.deliver(at(21))
    assert pools.remembered() == {}


def test_a_word_that_is_out_of_date_changes_nothing() -> None:
    pools = moved()
    assert pools.do("a", ForgetContact(conversation="c1", number=7), at(20)) == ()
    assert pools.do("c", ForgetContact(conversation="c1", number=1), at(20)) == ()


def test_what_may_come_back_is_not_done() -> None:
    pools = moved()
    evolve(
        pools.pools["b"],
        QueueConfigured(pool="b", queue="b", at=EIGHT, settings=QueueSettings(name="b", reopen_s=3_600)),
    )
    (ticket,) = pools.pools["b"].tickets
    pools.do("b", ConfigureAgent(agent="ann", settings=AgentSettings(name="Ann")), at(20))
    pools.do("b", SetStatus(agent="ann", status="busy"), at(20))
    pools.do("b", TakeTicket(ticket=ticket, by="sue", agent="ann"), at(21))
    pools.do("b", ResolveTicket(ticket=ticket, agent="ann"), at(22))
    pools.deliver(at(23))
    assert "a" in pools.remembered()
    pools.do("b", CloseTicket(ticket=ticket, by="sue"), at(24))
    pools.deliver(at(25))
    assert pools.remembered() == {}


def test_through_three_pools_everything_reaches_the_last() -> None:
    pools = Pools(a=to("b"), b=to("c"))
    pools.do("a", come(), at(0))
    pools.do("a", FireTimers(), at(10))
    pools.deliver(at(10))
    pools.do("b", FireTimers(), at(20))
    pools.deliver(at(21))
    assert list(pools.open()) == ["c"]
    pools.do("a", come("t2", 25), at(25))
    pools.do("a", leave(30), at(30))
    pools.deliver(at(31))
    assert (pools.open(), pools.remembered()) == ({}, {})


def test_a_ring_of_pools_ends_where_the_contact_has_gone_often_enough() -> None:
    pools = Pools(a=to("b"), b=to("c"), c=to("a"))
    pools.do("a", come(), at(0))
    for step in range(1, 9):
        for name in pools.pools:
            pools.do(name, FireTimers(), at(step * 20))
        pools.deliver(at(step * 20 + 1))
    hops = [event for _, event in pools.happened if isinstance(event, TicketOverflowed)]
    assert len(hops) == MOST_HOPS
    assert list(pools.open()) == ["a"]
    pools.do("a", leave(300), at(300))
    pools.deliver(at(301))
    assert (pools.open(), pools.remembered()) == ({}, {})


def test_there_and_back_again() -> None:
    pools = Pools(a=to("b"), b=to("a"))
    pools.do("a", come(), at(0))
    for step in range(1, 6):
        for name in ("a", "b"):
            pools.do(name, FireTimers(), at(step * 20))
        pools.deliver(at(step * 20 + 1))
    assert list(pools.open()) == ["b"]
    pools.do("a", leave(300), at(300))
    pools.deliver(at(301))
    assert (pools.open(), pools.remembered()) == ({}, {})


def test_whoever_is_to_be_called_back_stays() -> None:
    pools = Pools(a=to("b"))
    pools.do("a", open_ticket("t1", happened=0, queue="a", conversation="c1"), at(0))
    pools.do("a", RequestCallback(ticket="t1", by="telephony"), at(5))
    assert pools.do("a", FireTimers(), at(60)) == ()


def test_a_wish_to_be_called_back_is_heard_where_the_contact_has_gone() -> None:
    pools = moved()
    pools.do("a", HearCallbackWish(conversation="c1", wished=at(30)), at(30))
    pools.deliver(at(31))
    (there,) = pools.pools["b"].tickets.values()
    assert there.callback is not None
    pools.do("a", leave(40), at(40))
    pools.deliver(at(41))
    assert list(pools.open()) == ["b"], "it is called back, and not abandoned"


def test_whoever_has_left_already_goes_nowhere() -> None:
    pools = Pools(a=Overflow(to="b", over=0, pool="b"))
    pools.do("a", open_ticket("t0", happened=0, queue="a", conversation="c0"), at(0))
    gone = open_ticket("t1", happened=1, queue="a", conversation="c1", ended=Ended(at=at(2), reason="hung_up"))
    assert [event.event for event in pools.do("a", gone, at(3))][-1] == "ticket.abandoned"


def test_a_step_names_another_pool_only() -> None:
    settings = QueueSettings(name="Mail", overflow=(Overflow(to="sales", after_s=5, pool="main"),))
    assert word(when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)) == "own_pool"


def test_messages_on_voicemail_stay_in_their_pool() -> None:
    settings = QueueSettings(name="Mail", overflow=(Overflow(to="mail", after_s=5, pool="other", voicemail=True),))
    assert word(when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)) == "voicemail_elsewhere"


def test_forgetting_is_told_to_whoever_sent_it() -> None:
    pools = Pools(a=to("b"), b=to("c"))
    pools.do("a", come(), at(0))
    pools.do("a", FireTimers(), at(10))
    pools.deliver(at(10))
    pools.do("b", FireTimers(), at(20))
    pools.deliver(at(20))
    forgotten, told = pools.do("b", ForgetContact(conversation="c1", number=1), at(30))
    assert isinstance(forgotten, ContactForgotten)
    assert isinstance(told, PoolAsked)
    assert (told.pool, told.command) == ("a", ForgetContact(conversation="c1", number=1))
