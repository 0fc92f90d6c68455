"""From a state and an event to the next state: the fold that a restart, a replay and the live decision maker share."""

from datetime import timedelta
from typing import assert_never

from services.routing.domain.configuration import (
    LEAST,
    AgentConfigured,
    PoolConfigured,
    QueueConfigured,
    SkillConfigured,
)
from services.routing.domain.events import Event, PoolSettled, TicketRoundBegan, TicketWidened
from services.routing.domain.rings import ring_due
from services.routing.domain.selection import due
from services.routing.domain.state import Agent, Phase, Pool, Ticket
from shared.contracts.agents import AgentSignedIn, AgentSignedOut, AgentSkillsChanged, AgentStatusChanged
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketDeclined,
    Ticketed,
    TicketEvent,
    TicketExpired,
    TicketHeld,
    TicketOffered,
    TicketOpened,
    TicketQueued,
    TicketResolved,
    TicketResumed,
    TicketWrapupStarted,
)


def evolve(pool: Pool, event: Event) -> Pool:
    """The state after the event; it changes the pool it is given."""
    match event:
        case Ticketed():
            _evolve_ticket(pool, event)
        case PoolConfigured() | QueueConfigured() | AgentConfigured() | SkillConfigured():
            _configure(pool, event)
        case AgentSignedIn() | AgentSignedOut() | AgentSkillsChanged():
            pool.agents[event.agent].last = event.at  # what changes with it stands in the event beside it
        case AgentStatusChanged():
            _change_status(pool, event)
        case PoolSettled():
            pool.unsettled = False
        case TicketRoundBegan():
            ticket = pool.tickets[event.ticket]
            ticket.asked.clear()
            ticket.timers.pop("round", None)
            _touched(pool, ticket, event)
        case TicketWidened():
            _widen(pool, event)
        case _:
            assert_never(event)
    return pool


def _evolve_ticket(pool: Pool, event: TicketEvent) -> None:
    match event:
        case TicketOpened():
            _open(pool, event)
        case TicketQueued():
            _queue(pool, event)
        case TicketOffered():
            _offer(pool, event)
        case TicketAccepted():
            _accept(pool, event)
        case TicketDeclined() | TicketExpired():
            _give_back(pool, event)
        case TicketHeld():
            _turn(pool, event, "held")
        case TicketResumed():
            _turn(pool, event, "active")
        case TicketWrapupStarted():
            _turn(pool, event, "wrapup")
        case TicketAbandoned() | TicketResolved():
            _close(pool, event)
        case _:
            assert_never(event)


def _configure(pool: Pool, event: PoolConfigured | QueueConfigured | AgentConfigured | SkillConfigured) -> None:
    match event:
        case PoolConfigured():
            pool.name, pool.units = event.settings.name, event.settings.units
            pool.channels = dict(event.settings.channels)
            pool.priority_s = event.settings.priority_s
        case QueueConfigured():
            pool.queues[event.queue] = event.settings
        case AgentConfigured():
            _configure_agent(pool, event)
        case SkillConfigured():
            pool.skills[event.skill] = event.name
        case _:
            assert_never(event)
    pool.version += 1
    pool.forget_index()
    pool.unsettled = any(ticket.phase == "waiting" for ticket in pool.tickets.values())


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
        )
    agent.name = settings.name
    agent.skills = dict(settings.skills)
    agent.queues = None if settings.queues is None else frozenset(settings.queues)
    agent.units, agent.limits = settings.units, dict(settings.limits)


def _change_status(pool: Pool, event: AgentStatusChanged) -> None:
    agent = pool.agents[event.agent]
    if event.status == "available" and agent.status != "available":
        agent.idle_since = event.at
        agent.returns += 1
    agent.status = event.status
    agent.reason = event.reason
    agent.last = event.at
    pool.index.on_agent(agent)


def _open(pool: Pool, event: TicketOpened) -> None:
    index = pool.index
    pool.tickets[event.ticket] = Ticket(
        id=event.ticket,
        conversation=event.conversation,
        channel=event.channel,
        identity=event.identity,
        queue="",
        needs=frozenset((skill, (event.levels or {}).get(skill, LEAST)) for skill in event.skills),
        priority=event.priority,
        queued=event.at,
        due=event.at,
        last=event.at,
        customer=event.customer,
        segment=event.segment,
        account_manager=event.account_manager,
        last_agent=event.last_agent,
    )
    index.conversations[event.conversation] = event.ticket


def _queue(pool: Pool, event: TicketQueued) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.queue, ticket.by = event.queue, event.by
    ticket.queued = event.at
    ticket.due = due(event.at, event.threshold, ticket.priority, pool.priority_s)
    ticket.only = event.kept_for
    if event.kept_until is not None:
        ticket.timers["release"] = event.kept_until
    _expect_ring(pool, ticket)
    _touched(pool, ticket, event)


def _offer(pool: Pool, event: TicketOffered) -> None:
    ticket = pool.tickets[event.ticket]
    agent = pool.agents[event.agent]
    ticket.phase = "offered"
    ticket.agent = agent.id
    ticket.timers.pop("round", None)
    ticket.timers["answer"] = event.expires
    agent.hand[ticket.id] = ticket.channel
    _touched(pool, ticket, event)
    pool.index.on_agent(agent)


def _accept(pool: Pool, event: TicketAccepted) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase = "active"
    ticket.timers.clear()
    ticket.asked.clear()
    _touched(pool, ticket, event)


def _give_back(pool: Pool, event: TicketDeclined | TicketExpired) -> None:
    ticket = pool.tickets[event.ticket]
    if ticket.only == event.agent:
        ticket.only = None
        ticket.timers.pop("release", None)
    ticket.phase = "waiting"
    ticket.agent = None
    ticket.asked[event.agent] = pool.agents[event.agent].returns
    ticket.timers.pop("answer", None)
    ticket.timers["round"] = event.at + timedelta(seconds=pool.answer_s(ticket))
    _touched(pool, ticket, event)
    _release(pool, pool.agents[event.agent], ticket)


def _widen(pool: Pool, event: TicketWidened) -> None:
    ticket = pool.tickets[event.ticket]
    pool.index.on_ticket_left(ticket)
    ticket.needs, ticket.ring, ticket.only = frozenset(event.needs.items()), event.ring, None
    ticket.timers.pop("release", None)
    _expect_ring(pool, ticket)
    _touched(pool, ticket, event)


def _expect_ring(pool: Pool, ticket: Ticket) -> None:
    at = ring_due(pool.queues[ticket.queue], ticket)
    if at is None:
        ticket.timers.pop("ring", None)
    else:
        ticket.timers["ring"] = at


def _turn(pool: Pool, event: TicketHeld | TicketResumed | TicketWrapupStarted, phase: Phase) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.phase = phase
    ticket.last = event.at


def _close(pool: Pool, event: TicketAbandoned | TicketResolved) -> None:
    index = pool.index
    ticket = pool.tickets.pop(event.ticket)
    index.on_ticket_closed(ticket)
    if ticket.agent is not None:
        agent = pool.agents[ticket.agent]
        if isinstance(event, TicketResolved):
            agent.idle_since = event.at
        _release(pool, agent, ticket)


def _release(pool: Pool, agent: Agent, ticket: Ticket) -> None:
    del agent.hand[ticket.id]
    pool.index.on_agent(agent)


def _touched(pool: Pool, ticket: Ticket, event: TicketEvent | TicketRoundBegan | TicketWidened) -> None:
    ticket.last = event.at
    pool.index.on_ticket(ticket)
