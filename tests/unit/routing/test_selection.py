"""The order of tickets, the order of agents, and how the circle of agents widens."""

from services.routing.domain.commands import DeclineTicket, FireTimers, OpenTicket, ResolveTicket, SetStatus
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    ChannelSettings,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
    QueueSettings,
    Ring,
)
from services.routing.domain.events import Event, TicketWidened
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets import TicketAccepted, TicketOffered, TicketQueued
from tests.unit.routing.scenario import (
    EIGHT,
    IDENTITY,
    available,
    contact,
    declined,
    given,
    offered,
    open_ticket,
    opened,
    resolved,
    second,
    signed_in,
    status,
    when,
)


def queue(name: str, settings: QueueSettings) -> Event:
    return QueueConfigured(pool="main", queue=name, at=EIGHT, settings=settings)


def skilled(name: str, at: float = 0, **skills: int) -> list[Event]:
    settings = AgentSettings(name=name, skills=skills)
    configured = AgentConfigured(pool="main", agent=name, at=EIGHT, settings=settings)
    return [configured, signed_in(name, at), status(name, "available", at)]


def asked(pool: Pool, command: OpenTicket | FireTimers | ResolveTicket | SetStatus, at: float) -> list[tuple[str, str]]:
    """The offers that the command leads to."""
    events = when(pool, command, at=at)
    assert not isinstance(events, Refused)
    return [(event.ticket, event.agent) for event in events if isinstance(event, TicketOffered)]


def call(ticket: str, at: float, manager: str | None = None, last: str | None = None) -> OpenTicket:
    return OpenTicket(
        ticket=ticket,
        conversation=f"of {ticket}",
        channel="phone",
        identity=IDENTITY,
        queue="mail",
        happened=second(at),
        account_manager=manager,
        last_agent=last,
    )


def test_a_step_of_priority_is_worth_so_many_seconds_of_waiting() -> None:
    hour = PoolConfigured(pool="main", at=EIGHT, settings=PoolSettings(name="Main", priority_s=60.0))
    away = [*available("ann"), status("ann", "break", 0)]
    little_later = given(hour, away, opened("t1", 1), opened("t2", 60, priority=4))
    much_later = given(hour, away, opened("t1", 1), opened("t2", 62, priority=4))
    back = SetStatus(agent="ann", status="available")
    assert asked(little_later, back, at=99) == [("t2", "ann")]
    assert asked(much_later, back, at=99) == [("t1", "ann")]


def test_of_two_queues_the_ticket_nearer_to_its_deadline_comes_first() -> None:
    patient = queue("patient", QueueSettings(name="Patient", threshold_s=600.0))
    waits = [
        *opened("t1", 1, queue="patient", skills=())[:1],
        TicketQueued(ticket="t1", at=second(1), queue="patient", channel="phone", threshold=600.0, short=5.0),
    ]
    pool = given(patient, available("ann"), status("ann", "break", 0), waits, opened("t2", 500))
    assert asked(pool, SetStatus(agent="ann", status="available"), at=550) == [("t2", "ann")]


def test_whoever_has_most_units_free_is_asked_first_unless_the_queue_goes_by_idle_time() -> None:
    agents = [
        *available("ann", at=1),
        *available("bob", at=2),
        *contact("t1", "ann", 3, channel="email", queue="mail"),
    ]
    by_idle = queue("mail", QueueSettings(name="Mail", policy="longest_idle"))
    chat = open_ticket("t9", happened=9, channel="chat", queue="mail")
    assert asked(given(agents), chat, at=9) == [("t9", "bob")]
    assert asked(given(by_idle, agents), chat, at=9) == [("t9", "ann")]


def test_the_best_skill_comes_first_where_the_queue_goes_by_it() -> None:
    settings = QueueSettings(name="Law", skills={"law": 1, "german": 1}, policy="best_skill")
    agents = [*skilled("ann", at=1, law=3, german=3), *skilled("bob", at=2, law=2, german=5)]
    pool = given(queue("law", settings), agents)
    assert asked(pool, open_ticket("t1", happened=9, queue="law"), at=9) == [("t1", "bob")]


def test_equals_go_by_idle_time_and_then_by_id() -> None:
    pool = given(available("cem", at=2), available("bob", at=1), available("ann", at=1))
    assert asked(pool, open_ticket("t1", happened=9), at=9) == [("t1", "ann")]


def test_the_account_manager_comes_first_and_then_the_last_agent() -> None:
    prefers = queue("mail", QueueSettings(name="Mail", prefer=("account_manager", "last_agent")))
    agents = [*available("ann", at=1), *available("bob", at=2), *available("cem", at=3)]
    pool = given(prefers, agents)
    assert asked(pool, call("t1", 9, manager="cem", last="bob"), at=9) == [("t1", "cem")]
    assert asked(pool, call("t1", 9, manager="nobody", last="bob"), at=9) == [("t1", "bob")]
    assert asked(pool, call("t1", 9), at=9) == [("t1", "ann")]
    on_break = given(prefers, agents, status("cem", "break", 5))
    assert asked(on_break, call("t1", 9, manager="cem", last="bob"), at=9) == [("t1", "bob")]


def waiting_for_cem() -> Pool:
    """A ticket that is kept for cem, who is on a call, for 30 s; ann is free."""
    prefers = queue("mail", QueueSettings(name="Mail", prefer=("account_manager",), prefer_wait_s=30.0))
    pool = given(prefers, available("ann", at=1), available("cem", at=3), contact("t0", "cem", 4))
    events = when(pool, call("t1", 9, manager="cem"), at=9)
    assert not isinstance(events, Refused)
    assert [event.event for event in events] == ["ticket.opened", "ticket.queued"]
    queued = events[1]
    assert isinstance(queued, TicketQueued)
    assert (queued.kept_for, queued.kept_until) == ("cem", second(39))
    return given(prefers, available("ann", at=1), available("cem", at=3), contact("t0", "cem", 4), events)


def test_a_ticket_waits_for_a_busy_account_manager() -> None:
    pool = waiting_for_cem()
    assert asked(pool, ResolveTicket(ticket="t0", agent="cem"), at=20) == [("t1", "cem")]


def test_but_not_for_ever() -> None:
    pool = waiting_for_cem()
    assert next_deadline(pool) == second(39)
    assert when(pool, FireTimers(), at=39) == (
        TicketWidened(ticket="t1", at=second(39), ring=0, needs={}),
        offered("t1", "ann", 39, queue="mail"),
    )


def test_not_for_one_who_is_away_or_unable() -> None:
    settings = QueueSettings(name="Mail", prefer=("account_manager",), prefer_wait_s=30.0)
    pool = given(queue("mail", settings), available("ann"), available("cem", at=1), status("cem", "offline", 2))
    assert asked(pool, call("t1", 9, manager="cem"), at=9) == [("t1", "ann")]
    elsewhere = given(queue("mail", settings), available("ann"), available("cem", at=1, queues=["sales"]))
    assert asked(elsewhere, call("t1", 9, manager="cem"), at=9) == [("t1", "ann")]


def test_one_who_declines_what_was_kept_for_them_lets_the_others_have_it() -> None:
    pool = waiting_for_cem()
    for event in (resolved("t0", "cem", 20), offered("t1", "cem", 20, queue="mail")):
        evolve(pool, event)
    events = when(pool, DeclineTicket(ticket="t1", agent="cem"), at=25)
    assert events == (declined("t1", "cem", 25, queue="mail"), offered("t1", "ann", 25, queue="mail"))


def test_a_ring_asks_less_after_a_while() -> None:
    rings = (Ring(after_s=10, lower=1), Ring(after_s=20, without=("law",)))
    settings = QueueSettings(name="Law", skills={"law": 4}, rings=rings)
    wants = queue("law", settings)
    events = when(given(wants), open_ticket("t1", happened=1, queue="law"), at=1)
    assert not isinstance(events, Refused)
    pool = given(wants, skilled("ann", law=3), skilled("bob"), events)
    assert next_deadline(pool) == second(11)
    assert when(pool, FireTimers(), at=10.9) == ()
    assert when(pool, FireTimers(), at=11) == (
        TicketWidened(ticket="t1", at=second(11), ring=1, needs={"law": 3}),
        offered("t1", "ann", 11, queue="law"),
    )
    late = when(pool, FireTimers(), at=25)
    assert not isinstance(late, Refused)
    assert late[0] == TicketWidened(ticket="t1", at=second(25), ring=2, needs={})


def test_a_channel_has_a_time_to_answer_and_a_queue_may_have_another() -> None:
    channels = {"phone": ChannelSettings(units="all", offer_timeout_s=12.0)}
    pool = given(
        PoolConfigured(pool="main", at=EIGHT, settings=PoolSettings(name="Main", channels=channels)),
        queue("slow", QueueSettings(name="Slow", offer_timeout_s=90.0)),
        available("ann"),
    )
    for name, seconds in (("mail", 12.0), ("slow", 90.0)):
        events = when(pool, open_ticket("t1", happened=9, queue=name), at=9)
        assert not isinstance(events, Refused)
        assert events[-1] == offered("t1", "ann", 9, queue=name, seconds=seconds)


def test_where_offers_are_accepted_by_themselves_the_agent_has_it_at_once() -> None:
    pool = given(queue("mail", QueueSettings(name="Mail", auto_accept=True)), available("ann"))
    events = when(pool, open_ticket("t1", happened=9, queue="mail"), at=9)
    assert not isinstance(events, Refused)
    assert events[-1] == TicketAccepted(ticket="t1", at=second(9), queue="mail", agent="ann", units=8)


def test_a_priority_beyond_all_bounds_is_the_last() -> None:
    pool = given(available("ann"))
    assert asked(pool, open_ticket("t1", happened=9, priority=10**12), at=9) == [("t1", "ann")]
