"""From a state and an event to the next state: the fold that a restart, a replay and the live decision maker share."""

from typing import assert_never

from services.routing.domain.configuration import (
    AgentConfigured,
    CalendarConfigured,
    ConfigurationEvent,
    PoolConfigured,
    QueueConfigured,
    SkillConfigured,
)
from services.routing.domain.events import Event, PoolSettled, TicketRoundBegan, TicketWidened
from services.routing.domain.events_moves import ContactForgotten, ContactTaken, PoolAsked
from services.routing.domain.evolve_moves import evolve_move
from services.routing.domain.evolve_tickets import evolve_ticket, expect_later
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.domain.languages import abilities
from services.routing.domain.state import Agent, Pool
from shared.contracts.agents import AgentSignedIn, AgentSignedOut, AgentSkillsChanged, AgentStatusChanged
from shared.contracts.ticketed import Ticketed


def evolve(pool: Pool, event: Event) -> Pool:
    """The state after the event; it changes the pool it is given."""
    match event:
        case Ticketed() | TicketRoundBegan() | TicketWidened() | TicketAsked() | TicketAnswered():
            evolve_ticket(pool, event)
        case PoolConfigured() | QueueConfigured() | AgentConfigured() | SkillConfigured() | CalendarConfigured():
            _configure(pool, event)
        case AgentSignedIn() | AgentSignedOut() | AgentSkillsChanged():
            pool.agents[event.agent].last = event.at  # what changes with it stands in the event beside it
        case AgentStatusChanged():
            _change_status(pool, event)
        case PoolAsked() | ContactTaken() | ContactForgotten():
            evolve_move(pool, event)
        case PoolSettled():
            pool.unsettled = False
        case _:
            assert_never(event)
    return pool


def _configure(pool: Pool, event: ConfigurationEvent) -> None:
    index = pool.index
    match event:
        case PoolConfigured():
            pool.name, pool.units = event.settings.name, event.settings.units
            pool.channels = dict(event.settings.channels)
            pool.priority_s = event.settings.priority_s
            index.on_pool_configured()
        case QueueConfigured():
            pool.queues[event.queue] = event.settings
            pool.targeted = pool.targeted or event.settings.targets.is_set
            for ticket in index.waiting_in(event.queue):
                expect_later(pool, pool.tickets[ticket])
            index.on_queue_configured(event.queue)
        case AgentConfigured():
            _configure_agent(pool, event)
        case SkillConfigured():
            pool.skills[event.skill] = event.name
        case CalendarConfigured():
            pool.calendars[event.calendar] = event.settings
        case _:
            assert_never(event)
    pool.version += 1
    pool.unsettled = bool(index.waiting)


def _configure_agent(pool: Pool, event: AgentConfigured) -> None:
    settings = event.settings
    agent = pool.agents.get(event.agent)
    if agent is None:
        agent = pool.agents[event.agent] = Agent(
            id=event.agent,
            name=settings.name,
            skills={},
            queues=None,
            limits={},
            last=event.at,
            idle_since=event.at,
            since=event.at,
        )
    agent.name = settings.name
    agent.skills = abilities(settings.skills, settings.languages)
    agent.queues = None if settings.queues is None else frozenset(settings.queues)
    agent.units, agent.limits = settings.units, dict(settings.limits)
    agent.team = settings.team
    pool.index.on_agent_configured(agent)


def _change_status(pool: Pool, event: AgentStatusChanged) -> None:
    agent = pool.agents[event.agent]
    if event.status == "available" and agent.status != "available":
        agent.idle_since = event.at
        agent.returns += 1
    agent.status = event.status
    agent.reason = event.reason
    agent.last = agent.since = event.at
    pool.index.on_agent(agent)
