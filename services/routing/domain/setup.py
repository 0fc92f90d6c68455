"""Configuration is decided too, so that every decision can be understood from the log alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.routing.domain.capacity import Capacities, Load
from services.routing.domain.commands import (
    Configure,
    ConfigureAgent,
    ConfigureCalendar,
    ConfigurePool,
    ConfigureQueue,
    ConfigureSkill,
)
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    CalendarConfigured,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
    QueueSettings,
    SkillConfigured,
)
from services.routing.domain.events import Event
from services.routing.domain.hours import faults
from services.routing.domain.languages import abilities, skills_of
from services.routing.domain.overflow import overflow_loop
from services.routing.domain.refusals import (
    Refused,
    goes_round,
    impossible_calendar,
    in_use,
    no_calendar,
    no_queue,
    no_target,
    rings_out_of_order,
)
from services.routing.domain.refusals_relief import own_pool, unusable_text, voicemail_elsewhere
from services.routing.domain.state import Agent, Pool
from services.routing.domain.targets import untargeted
from services.routing.domain.tell_wait import wrong_text
from shared.contracts.agents import AgentSkillsChanged


def configure(pool: Pool, command: Configure, now: datetime) -> Sequence[Event] | Refused:
    """Sets up a pool, queue, agent, skill or calendar; what is so already changes nothing."""
    match command:
        case ConfigurePool():
            return _configure_pool(pool, command.settings, now)
        case ConfigureQueue():
            return _configure_queue(pool, command, now)
        case ConfigureAgent():
            return _configure_agent(pool, command, now)
        case ConfigureSkill():
            if pool.skills.get(command.skill) == command.name:
                return ()
            return (SkillConfigured(skill=command.skill, name=command.name, at=now),)
        case ConfigureCalendar():
            return _configure_calendar(pool, command, now)
        case _:
            assert_never(command)


def _configure_pool(pool: Pool, settings: PoolSettings, now: datetime) -> Sequence[Event] | Refused:
    is_so = (pool.name, pool.units, pool.channels, pool.priority_s)
    if is_so == (settings.name, settings.units, settings.channels, settings.priority_s):
        return ()
    capacities = Capacities(settings.channels)
    for agent in pool.agents.values():
        units = settings.units if agent.units is None else agent.units
        if what := Load.of(capacities, units, agent.limits, agent.hand.values()).excess():
            return in_use(agent, what)
    return (PoolConfigured(pool=pool.id, at=now, settings=settings),)


def _configure_queue(pool: Pool, command: ConfigureQueue, now: datetime) -> Sequence[Event] | Refused:
    settings = command.settings
    if pool.queues.get(command.queue) == settings:
        return ()
    if refused := _unknown_calendars(pool, settings) or _unknown_queues(pool, command):
        return refused
    if path := overflow_loop({**pool.queues, command.queue: command.settings}):
        return goes_round(path)
    for step in settings.overflow:
        if step.pool == pool.id:
            return own_pool()
        if step.voicemail and step.pool is not None:
            return voicemail_elsewhere()
    if settings.tell_wait is not None and (wrong := wrong_text(settings.tell_wait.text)):
        return unusable_text(wrong)
    times = [ring.after_s for ring in settings.rings]
    if times != sorted(times):
        return rings_out_of_order(times)
    if missing := untargeted(settings.targets, settings.escalate_on):
        return no_target(missing)
    return (QueueConfigured(pool=pool.id, queue=command.queue, at=now, settings=settings),)


def _unknown_calendars(pool: Pool, settings: QueueSettings) -> Refused | None:
    named = {settings.calendar, *(rule.calendar for rule in settings.rules)}
    unknown = sorted(name for name in named if name and name not in pool.calendars)
    return no_calendar(unknown[0]) if unknown else None


def _unknown_queues(pool: Pool, command: ConfigureQueue) -> Refused | None:
    settings = command.settings
    own = [step.to for step in settings.overflow if step.pool is None]
    named = {settings.escalate_to, *own} - {None, command.queue}
    unknown = sorted(name for name in named if name and name not in pool.queues)
    return no_queue(unknown) if unknown else None


def _configure_agent(pool: Pool, command: ConfigureAgent, now: datetime) -> Sequence[Event] | Refused:
    settings, agent = command.settings, pool.agents.get(command.agent)
    unknown = sorted(set(settings.queues or ()) - pool.queues.keys())
    if unknown:
        return no_queue(unknown)
    if agent is not None and _is_so(agent, settings):
        return ()
    units = pool.units if settings.units is None else settings.units
    if agent is not None and (
        what := Load.of(pool.index.capacities, units, settings.limits, agent.hand.values()).excess()
    ):
        return in_use(agent, what)
    configured = AgentConfigured(pool=pool.id, agent=command.agent, at=now, settings=settings)
    if settings.skills == (skills_of(agent.skills) if agent else {}):
        return (configured,)
    at = max(now, agent.last) if agent else now
    return (
        configured,
        AgentSkillsChanged(
            agent=command.agent, at=at, skills=tuple(sorted(settings.skills)), levels=dict(settings.skills)
        ),
    )


def _configure_calendar(pool: Pool, command: ConfigureCalendar, now: datetime) -> Sequence[Event] | Refused:
    if pool.calendars.get(command.calendar) == command.settings:
        return ()
    if wrong := faults(command.settings):
        return impossible_calendar(wrong)
    return (CalendarConfigured(pool=pool.id, calendar=command.calendar, at=now, settings=command.settings),)


def _is_so(agent: Agent, settings: AgentSettings) -> bool:
    queues = None if settings.queues is None else frozenset(settings.queues)
    can = abilities(settings.skills, settings.languages)
    wanted = (settings.name, can, queues, settings.units, settings.limits, settings.team)
    return (agent.name, agent.skills, agent.queues, agent.units, agent.limits, agent.team) == wanted
