"""Configuration is decided too, so that every decision can be understood from the log alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.routing.domain.capacity import Capacities, Room
from services.routing.domain.commands import (
    Configure,
    ConfigureAgent,
    ConfigurePool,
    ConfigureQueue,
    ConfigureSkill,
)
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    PoolConfigured,
    QueueConfigured,
    SkillConfigured,
)
from services.routing.domain.events import Event
from services.routing.domain.refusals import Refused, in_use, no_queue
from services.routing.domain.state import Agent, Pool
from shared.contracts.agents import AgentSkillsChanged


def configure(pool: Pool, command: Configure, now: datetime) -> Sequence[Event] | Refused:
    """Sets up a pool, queue, agent or skill; what is so already changes nothing."""
    match command:
        case ConfigurePool():
            settings = command.settings
            if (pool.name, pool.units, pool.channels) == (settings.name, settings.units, settings.channels):
                return ()
            capacities = Capacities(settings.channels)
            for agent in pool.agents.values():
                room = Room(settings.units if agent.units is None else agent.units, agent.limits)
                if what := capacities.excess(room, agent.hand.values()):
                    return in_use(agent, what)
            return (PoolConfigured(pool=pool.id, at=now, settings=settings),)
        case ConfigureQueue():
            if pool.queues.get(command.queue) == command.settings:
                return ()
            return (QueueConfigured(pool=pool.id, queue=command.queue, at=now, settings=command.settings),)
        case ConfigureAgent():
            return _configure_agent(pool, command, now)
        case ConfigureSkill():
            if pool.skills.get(command.skill) == command.name:
                return ()
            return (SkillConfigured(skill=command.skill, name=command.name, at=now),)
        case _:
            assert_never(command)


def _configure_agent(pool: Pool, command: ConfigureAgent, now: datetime) -> Sequence[Event] | Refused:
    settings, agent = command.settings, pool.agents.get(command.agent)
    unknown = sorted(set(settings.queues or ()) - pool.queues.keys())
    if unknown:
        return no_queue(unknown)
    if agent is not None and _is_so(agent, settings):
        return ()
    room = Room(pool.units if settings.units is None else settings.units, settings.limits)
    if agent is not None and (what := pool.index.capacities.excess(room, agent.hand.values())):
        return in_use(agent, what)
    configured = AgentConfigured(pool=pool.id, agent=command.agent, at=now, settings=settings)
    if settings.skills == (agent.skills if agent else {}):
        return (configured,)
    at = max(now, agent.last) if agent else now
    return (
        configured,
        AgentSkillsChanged(
            agent=command.agent, at=at, skills=tuple(sorted(settings.skills)), levels=dict(settings.skills)
        ),
    )


def _is_so(agent: Agent, settings: AgentSettings) -> bool:
    queues = None if settings.queues is None else frozenset(settings.queues)
    wanted = (settings.name, settings.skills, queues, settings.units, settings.limits)
    return (agent.name, agent.skills, agent.queues, agent.units, agent.limits) == wanted
