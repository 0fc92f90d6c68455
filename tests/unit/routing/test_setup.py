"""Configuration is decided too."""

from services.routing.domain.commands import ConfigureAgent, ConfigurePool, ConfigureQueue, ConfigureSkill, FireTimers
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
    QueueSettings,
    Ring,
    SkillConfigured,
)
from services.routing.domain.events import PoolSettled
from services.routing.domain.state import Pool
from services.routing.domain.timers import AT_ONCE, next_deadline
from shared.contracts.agents import AgentSkillsChanged
from tests.unit.routing.scenario import agent, available, given, offered, opened, second, when, word


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
