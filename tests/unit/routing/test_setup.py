"""Configuration is decided too."""

from dataclasses import replace

from pydantic import TypeAdapter

from services.routing.domain.commands import (
    ConfigureAgent,
    ConfigureCalendar,
    ConfigurePool,
    ConfigureQueue,
    ConfigureSkill,
    FireTimers,
)
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    CalendarConfigured,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
    QueueRule,
    QueueSettings,
    Ring,
    SkillConfigured,
)
from services.routing.domain.events import PoolSettled
from services.routing.domain.evolve import evolve
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.opening import opening
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from services.routing.domain.timers import AT_ONCE, next_deadline
from shared.contracts.agents import AgentSkillsChanged
from tests.unit.routing.scenario import EIGHT, agent, available, given, offered, opened, second, when, word


def test_the_first_configuration_makes_the_pool() -> None:
    settings = PoolSettings(name="Main")
    assert when(Pool(id="main"), ConfigurePool(settings=settings), at=1) == (
        PoolConfigured(pool="main", at=second(1), settings=settings),
    )


def test_before_that_nothing_else_is_possible_in_it() -> None:
    command = ConfigureQueue(queue="sales", settings=QueueSettings(name="Sales"))
    assert word(when(Pool(id="main"), command, at=1)) == "unknown_pool"


def test_the_same_configuration_again_changes_nothing() -> None:
    pool = given(agent("ann", limits={"chat": 2}))
    same = AgentSettings(name="Ann", skills={"sales": 5}, limits={"chat": 2})
    assert when(pool, ConfigurePool(settings=PoolSettings(name="Main")), at=1) == ()
    assert when(pool, ConfigureQueue(queue="mail", settings=QueueSettings(name="Mail")), at=1) == ()
    assert when(pool, ConfigureAgent(agent="ann", settings=same), at=1) == ()


def test_a_queue_is_made_and_changed() -> None:
    settings = QueueSettings(name="Mail", threshold_s=14400.0)
    assert when(given(), ConfigureQueue(queue="mail", settings=settings), at=1) == (
        QueueConfigured(pool="main", queue="mail", at=second(1), settings=settings),
    )


def test_new_skills_of_an_agent_are_told() -> None:
    settings = AgentSettings(name="Ann", skills={"german": 2, "sales": 5})
    assert when(given(agent("ann")), ConfigureAgent(agent="ann", settings=settings), at=1) == (
        AgentConfigured(pool="main", agent="ann", at=second(1), settings=settings),
        AgentSkillsChanged(agent="ann", at=second(1), skills=("german", "sales"), levels={"german": 2, "sales": 5}),
    )


def test_an_agent_of_a_queue_that_is_not_there_is_refused() -> None:
    settings = AgentSettings(name="Ann", queues=("nowhere",))
    assert word(when(given(), ConfigureAgent(agent="ann", settings=settings), at=1)) == "unknown_queue"


def test_rings_that_do_not_follow_each_other_in_time_are_refused() -> None:
    settings = QueueSettings(name="Mail", rings=(Ring(after_s=20), Ring(after_s=10)))
    assert word(when(given(), ConfigureQueue(queue="mail", settings=settings), at=1)) == "rings_out_of_order"


def test_a_skill_needs_no_pool() -> None:
    assert when(Pool(id="_skills"), ConfigureSkill(skill="german", name="German"), at=1) == (
        SkillConfigured(skill="german", name="German", at=second(1)),
    )


def test_after_a_new_configuration_everything_that_waits_is_looked_at_again() -> None:
    pool = given(available("ann", skills=()), opened("t1", 1), opened("t2", 2), agent("ann"))
    assert next_deadline(pool) == AT_ONCE
    assert when(pool, FireTimers(), at=5) == (offered("t1", "ann", 5), PoolSettled(pool="main", at=second(5)))


OFFICE = CalendarSettings(name="Office", time_zone="Europe/Berlin", week={"saturday": ("09:00-17:00",)})
OPENED = CalendarConfigured(pool="main", calendar="office", at=EIGHT, settings=OFFICE)
SALES = QueueSettings(name="Sales", skills={"sales": 1}, calendar="office")


def test_a_calendar_is_made_once() -> None:
    command = ConfigureCalendar(calendar="office", settings=OFFICE)
    assert when(given(), command, at=0) == (OPENED,)
    assert when(given(OPENED), command, at=1) == ()


def test_a_calendar_that_cannot_be_is_refused_with_the_place_and_what_to_do() -> None:
    broken = replace(OFFICE, time_zone="Europe/Berlinn", dates={"2026-02-30": ()})
    refused = when(given(), ConfigureCalendar(calendar="office", settings=broken), at=0)
    assert refused == Refused(
        word="impossible_calendar",
        detail="time_zone: There is no time zone Europe/Berlinn; did you mean Europe/Berlin? "
        "dates.2026-02-30: There is no date 2026-02-30; write a day that there is, like 2026-12-24.",
    )


def test_a_queue_of_a_calendar_that_is_not_there_is_refused() -> None:
    refused = when(given(), ConfigureQueue(queue="sales", settings=SALES), at=1)
    assert word(refused) == "unknown_calendar"
    assert isinstance(refused, Refused)
    assert refused.detail == "The pool has no calendar office. Make it first: PUT /v1/calendars/office."


def test_a_rule_that_asks_a_calendar_that_is_not_there_is_refused() -> None:
    asking = QueueSettings(name="Sales", rules=(QueueRule(), QueueRule(hours="open", calendar="office")))
    assert word(when(given(), ConfigureQueue(queue="sales", settings=asking), at=1)) == "unknown_calendar"
    assert not isinstance(when(given(OPENED), ConfigureQueue(queue="sales", settings=asking), at=1), Refused)


def test_a_queue_is_open_always_or_as_its_calendar_says() -> None:
    named = QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=SALES)
    pool = given(OPENED, named)
    calendar = opening(pool, "sales")
    assert calendar is not None
    assert (calendar.is_open(second(-1)), calendar.is_open(second(0))) == (False, True), "nine o'clock in Berlin"
    assert opening(pool, "mail") is None


def test_a_calendar_is_compiled_once_until_it_changes() -> None:
    named = QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=SALES)
    pool = given(OPENED, named)
    before = opening(pool, "sales")
    evolve(pool, agent("ann"))
    assert opening(pool, "sales") is before
    evolve(pool, replace(OPENED, settings=replace(OFFICE, week={"saturday": ("10:00-17:00",)})))
    after = opening(pool, "sales")
    assert after is not None
    assert (after.is_open(second(0)), after.is_open(second(3_600))) == (False, True)


def test_what_was_compiled_is_neither_compared_nor_stored() -> None:
    named = QueueConfigured(pool="main", queue="sales", at=EIGHT, settings=SALES)
    state: TypeAdapter[Pool] = TypeAdapter(Pool)
    pool, stored = given(OPENED, named), state.dump_json(given(OPENED, named))
    opening(pool, "sales")
    assert state.dump_json(pool) == stored
    assert state.validate_json(stored) == pool


def test_a_pool_that_was_kept_before_there_were_calendars_is_read_as_always_open() -> None:
    kept = (
        b'{"id":"main","name":"Main","units":8,"channels":{},"queues":{"sales":{"name":"Sales","rules":[],"rank":5,'
        b'"default":false,"skills":{"sales":1},"priority":5,"threshold_s":20.0,"short_s":5.0,"offer_timeout_s":20.0}},'
        b'"agents":{},"tickets":{},"skills":{},"unsettled":false,"version":2}'
    )
    pool = TypeAdapter(Pool).validate_json(kept)
    assert pool.calendars == {}
    assert opening(pool, "sales") is None
