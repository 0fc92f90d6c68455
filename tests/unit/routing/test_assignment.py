"""Who gets which ticket."""

from services.routing.domain.commands import ConfigureAgent, ConfigurePool, ResolveTicket, SetStatus
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    ChannelSettings,
    PoolSettings,
    QueueConfigured,
    QueueSettings,
)
from services.routing.domain.refusals import Refused
from services.routing.upcasting import event_today
from tests.unit.routing.scenario import (
    EIGHT,
    accepted,
    available,
    configured,
    contact,
    declined,
    given,
    offered,
    open_ticket,
    opened,
    resolved,
    signed_in,
    status,
    when,
)


def test_the_longest_idle_agent_comes_first() -> None:
    pool = given(available("ann", at=5), available("bob", at=3), available("cem", at=4))
    assert when(pool, open_ticket("t1", happened=10), at=10) == (*opened("t1", 10), offered("t1", "bob", 10))


def test_idle_counts_from_the_last_work_not_from_signing_in() -> None:
    pool = given(available("ann", at=1), available("bob", at=2), contact("t1", "ann", 3), resolved("t1", "ann", 9))
    assert when(pool, open_ticket("t2", happened=10), at=10) == (*opened("t2", 10), offered("t2", "bob", 10))


def test_an_agent_with_nothing_in_hand_comes_before_one_with_a_chat() -> None:
    pool = given(available("ann", at=1), available("bob", at=9), contact("t1", "ann", 2, channel="chat"))
    events = when(pool, open_ticket("t2", happened=10, channel="chat"), at=10)
    assert events == (*opened("t2", 10, channel="chat"), offered("t2", "bob", 10))


def test_an_agent_without_the_skill_is_not_asked() -> None:
    pool = given(available("ann", skills=()), available("bob", at=5))
    assert when(pool, open_ticket("t1", happened=10), at=10) == (*opened("t1", 10), offered("t1", "bob", 10))


def test_an_agent_without_access_to_the_queue_is_not_asked() -> None:
    pool = given(available("ann", queues=["mail"]))
    assert when(pool, open_ticket("t1", happened=10), at=10) == tuple(opened("t1", 10))


def test_an_agent_on_a_break_is_not_asked() -> None:
    pool = given(available("ann"), status("ann", "break", 5))
    assert when(pool, open_ticket("t1", happened=10), at=10) == tuple(opened("t1", 10))


def test_an_agent_on_a_call_gets_nothing_else() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1))
    chat = when(pool, open_ticket("t2", happened=10, channel="chat"), at=10)
    mail = when(pool, open_ticket("t3", happened=10, channel="email", queue="mail"), at=10)
    assert chat == tuple(opened("t2", 10, channel="chat"))
    assert mail == tuple(opened("t3", 10, channel="email", queue="mail", skills=()))


def test_a_call_may_come_beside_mails_but_not_beside_a_chat() -> None:
    with_mail = given(available("ann"), contact("t1", "ann", 1, channel="email", queue="mail"))
    with_chat = given(available("ann"), contact("t1", "ann", 1, channel="chat"))
    assert when(with_mail, open_ticket("t2", happened=9), at=9) == (*opened("t2", 9), offered("t2", "ann", 9))
    assert when(with_chat, open_ticket("t2", happened=9), at=9) == tuple(opened("t2", 9))


def test_a_skill_has_to_be_good_enough() -> None:
    expert = QueueConfigured(pool="main", queue="expert", at=EIGHT, settings=QueueSettings(name="E", skills={"law": 4}))
    agents = [
        AgentConfigured(pool="main", agent=name, at=EIGHT, settings=AgentSettings(name=name, skills={"law": level}))
        for name, level in (("ann", 3), ("bob", 4))
    ]
    on = [event for name in ("ann", "bob") for event in (signed_in(name), status(name, "available", 0))]
    events = when(given(expert, *agents, *on), open_ticket("t1", happened=9, queue="expert"), at=9)
    assert not isinstance(events, Refused)
    new, _, offer = events
    assert (new.skills, new.levels) == (("law",), {"law": 4})  # type: ignore[union-attr]  # it is TicketOpened
    assert offer == offered("t1", "bob", 9, queue="expert")


def test_four_chats_are_enough() -> None:
    pool = given(available("ann"), *(contact(f"t{number}", "ann", number, channel="chat") for number in (1, 2, 3, 4)))
    assert when(pool, open_ticket("t5", happened=10, channel="chat"), at=10) == tuple(opened("t5", 10, channel="chat"))


def test_contacts_of_several_channels_add_up() -> None:
    mails = [contact(f"t{number}", "ann", number, channel="email", queue="mail") for number in (1, 2, 3, 4, 5)]
    pool = given(available("ann"), contact("t0", "ann", 0, channel="chat"), *mails)
    chat = when(pool, open_ticket("t6", happened=10, channel="chat"), at=10)
    assert chat == tuple(opened("t6", 10, channel="chat"))
    mail = open_ticket("t6", happened=10, channel="email", queue="mail")
    assert when(pool, mail, at=10) == (
        *opened("t6", 10, channel="email", queue="mail", skills=()),
        offered("t6", "ann", 10, queue="mail"),
    )


def test_a_capacity_below_what_is_in_use_is_refused() -> None:
    pool = given(available("ann"), *(contact(f"t{number}", "ann", number, channel="chat") for number in (1, 2)))
    fewer_units = AgentSettings(name="Ann", skills={"sales": 5}, units=3)
    fewer_chats = AgentSettings(name="Ann", skills={"sales": 5}, limits={"chat": 1})
    for settings in (fewer_units, fewer_chats):
        refused = when(pool, ConfigureAgent(agent="ann", settings=settings), at=9)
        assert isinstance(refused, Refused)
        assert refused.word == "capacity_in_use"
    refused = when(pool, ConfigurePool(settings=PoolSettings(name="Main", units=3)), at=9)
    assert isinstance(refused, Refused)
    assert "ann" in refused.detail
    enough = AgentSettings(name="Ann", skills={"sales": 5}, units=4, limits={"chat": 2})
    assert not isinstance(when(pool, ConfigureAgent(agent="ann", settings=enough), at=9), Refused)


def test_a_capacity_that_was_configured_when_channels_had_limits_is_still_understood() -> None:
    before = {"limit": 1, "exclusive": True, "interruptible": False}
    mail = {"limit": 4, "exclusive": False, "interruptible": True}
    stored = {"event": "pool.configured", "settings": {"name": "Main", "channels": {"phone": before, "email": mail}}}
    assert event_today(stored)["settings"]["channels"] == {
        "phone": {"units": "all", "interrupted_by": []},
        "email": {"units": 2, "interrupted_by": ["phone"]},
    }


def test_an_offer_takes_room_like_a_contact() -> None:
    pool = given(available("ann"), opened("t1", 1), offered("t1", "ann", 1))
    assert when(pool, open_ticket("t2", happened=2), at=2) == tuple(opened("t2", 2))


def test_an_agents_own_limit_goes_before_the_pools() -> None:
    pool = given(configured(chat=ChannelSettings(units=1)), available("ann", limits={"chat": 1}))
    first = when(pool, open_ticket("t1", happened=1, channel="chat"), at=1)
    assert first == (*opened("t1", 1, channel="chat"), offered("t1", "ann", 1))
    full = given(configured(chat=ChannelSettings(units=1)), available("ann", limits={"chat": 1}), first)
    assert when(full, open_ticket("t2", happened=2, channel="chat"), at=2) == tuple(opened("t2", 2, channel="chat"))


def test_whoever_becomes_available_gets_the_longest_waiting_ticket_of_the_best_priority() -> None:
    pool = given(
        available("ann"),
        status("ann", "break", 1),
        opened("t1", 2),
        opened("t2", 3),
        opened("t3", 4, priority=1),
    )
    events = when(pool, SetStatus(agent="ann", status="available"), at=9)
    assert events == (status("ann", "available", 9), offered("t3", "ann", 9))


def test_whoever_becomes_available_is_filled_up_with_chats() -> None:
    pool = given(
        available("ann"), status("ann", "break", 1), *(opened(f"t{n}", n, channel="chat") for n in (2, 3, 4, 5, 6))
    )
    events = when(pool, SetStatus(agent="ann", status="available"), at=9)
    assert events == (status("ann", "available", 9), *(offered(f"t{n}", "ann", 9) for n in (2, 3, 4, 5)))


def test_resolving_a_ticket_brings_the_next() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), opened("t2", 2), opened("t3", 3))
    events = when(pool, ResolveTicket(ticket="t1", agent="ann"), at=9)
    assert events == (resolved("t1", "ann", 9), offered("t2", "ann", 9))


def test_whoever_works_while_on_a_break_gets_nothing_new_afterwards() -> None:
    pool = given(available("ann"), contact("t1", "ann", 1), status("ann", "break", 2), opened("t2", 3))
    assert when(pool, ResolveTicket(ticket="t1", agent="ann"), at=9) == (resolved("t1", "ann", 9),)


def test_a_chat_left_by_one_agent_goes_to_the_freer_of_the_others() -> None:
    pool = given(
        available("ann", at=1),
        available("bob", at=2),
        available("cem", at=3),
        contact("t1", "bob", 4, channel="chat"),
        opened("t2", 5, channel="chat"),
        offered("t2", "ann", 5),
    )
    events = when(pool, SetStatus(agent="ann", status="break"), at=9)
    assert events == (status("ann", "break", 9), declined("t2", "ann", 9), offered("t2", "cem", 9))


def test_several_offers_given_back_at_once_respect_each_others_room() -> None:
    pool = given(
        available("ann", at=1),
        *(event for n in (2, 3) for event in (opened(f"t{n}", n, channel="chat"), offered(f"t{n}", "ann", n))),
        available("bob", at=4, limits={"chat": 1}),
    )
    events = when(pool, SetStatus(agent="ann", status="break"), at=9)
    assert events == (
        status("ann", "break", 9),
        declined("t2", "ann", 9),
        declined("t3", "ann", 9),
        offered("t2", "bob", 9),
    )


def test_accepting_changes_who_is_next() -> None:
    pool = given(
        available("ann", at=1),
        available("bob", at=2),
        opened("t1", 3, channel="chat"),
        offered("t1", "ann", 3),
        accepted("t1", "ann", 4),
        opened("t2", 5, channel="chat"),
        offered("t2", "bob", 5),
        accepted("t2", "bob", 6),
    )
    events = when(pool, open_ticket("t3", happened=9, channel="chat"), at=9)
    assert events == (*opened("t3", 9, channel="chat"), offered("t3", "ann", 9))
