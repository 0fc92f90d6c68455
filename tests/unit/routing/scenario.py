"""Sentences for routing's tests: given events, when a command, then events.

The pool is `main` with queue `sales` (skill `sales`, 20 s to answer) and queue `mail`; agents have the skill `sales`
unless a test says otherwise. Moments are seconds after eight o'clock.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from services.routing.domain.commands import Asked, Command, Ended, FireTimers, OpenTicket
from services.routing.domain.configuration import (
    AgentConfigured,
    AgentSettings,
    ChannelSettings,
    PoolConfigured,
    PoolSettings,
    QueueConfigured,
    QueueSettings,
)
from services.routing.domain.decide import decide
from services.routing.domain.events import Event
from services.routing.domain.evolve import evolve
from services.routing.domain.refusals import Refused
from services.routing.domain.state import Pool
from shared.contracts.agents import AgentEvent, AgentSignedIn, AgentStatus, AgentStatusChanged
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketDeclined,
    TicketEvent,
    TicketExpired,
    TicketOffered,
    TicketOpened,
    TicketQueued,
    TicketResolved,
    TicketWrapupStarted,
)

EIGHT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
IDENTITY = "0f" * 16


def second(number: float) -> datetime:
    """So many seconds after eight."""
    return EIGHT + timedelta(seconds=number)


def given(*events: Event | Sequence[Event]) -> Pool:
    """The pool after its configuration and these events."""
    pool = Pool(id="main")
    for event in flat([configured(), *events]):
        evolve(pool, event)
    return pool


def when(pool: Pool, command: Command | FireTimers, at: float, now: float | None = None) -> tuple[Event, ...] | Refused:
    """What the command leads to when it is asked at `at` and decided at `now` (the same moment unless told)."""
    asked = Asked(command=command, at=second(at), now=second(at if now is None else now))
    decided = decide(pool, asked)
    return decided if isinstance(decided, Refused) else decided.events


def done(pool: Pool, command: Command | FireTimers, at: float) -> list[Event]:
    """What the command leads to; the pool is as it is then."""
    events = when(pool, command, at=at)
    assert not isinstance(events, Refused), events
    for event in events:
        evolve(pool, event)
    return list(events)


def fired(pool: Pool, at: float) -> list[Event]:
    """What the timers lead to; the pool is as it is then."""
    return done(pool, FireTimers(), at)


def flat(events: Iterable[Event | Sequence[Event]]) -> list[Event]:
    """The events one by one."""
    return [one for event in events for one in (event if isinstance(event, Sequence) else (event,))]


def configured(**channels: ChannelSettings) -> list[Event]:
    """The pool and its queues."""
    return [
        PoolConfigured(pool="main", at=EIGHT, settings=PoolSettings(name="Main", channels=channels)),
        QueueConfigured(
            pool="main", queue="sales", at=EIGHT, settings=QueueSettings(name="Sales", skills={"sales": 1})
        ),
        QueueConfigured(pool="main", queue="mail", at=EIGHT, settings=QueueSettings(name="Mail")),
    ]


def agent(
    name: str,
    skills: Sequence[str] = ("sales",),
    queues: Sequence[str] | None = None,
    limits: dict[str, int] | None = None,
) -> Event:
    """An agent is configured."""
    settings = AgentSettings(
        name=name.title(),
        skills=dict.fromkeys(skills, 5),
        queues=None if queues is None else tuple(queues),
        limits=limits or {},
    )
    return AgentConfigured(pool="main", agent=name, at=EIGHT, settings=settings)


def signed_in(name: str, at: float = 0) -> AgentEvent:
    return AgentSignedIn(agent=name, at=second(at), pool="main")


def status(name: str, wanted: AgentStatus, at: float, reason: str | None = None) -> AgentEvent:
    capacity = None if wanted == "not_responding" else 8
    return AgentStatusChanged(agent=name, at=second(at), status=wanted, reason=reason, capacity=capacity)


def available(
    name: str,
    at: float = 0,
    skills: Sequence[str] = ("sales",),
    queues: Sequence[str] | None = None,
    limits: dict[str, int] | None = None,
) -> list[Event]:
    """An agent is configured, signs in and is available."""
    return [agent(name, skills, queues, limits), signed_in(name, at), status(name, "available", at)]


def opened(
    ticket: str,
    at: float,
    *,
    queue: str = "sales",
    channel: str = "phone",
    skills: Sequence[str] = ("sales",),
    priority: int = 5,
) -> list[Event]:
    """A ticket is opened and queued; its conversation is called like the ticket."""
    return [
        TicketOpened(
            ticket=ticket,
            at=second(at),
            pool="main",
            conversation=f"of {ticket}",
            channel=channel,
            identity=IDENTITY,
            skills=tuple(skills),
            priority=priority,
        ),
        TicketQueued(ticket=ticket, at=second(at), queue=queue, channel=channel, threshold=20.0, short=5.0),
    ]


def open_ticket(
    ticket: str,
    *,
    happened: float,
    queue: str = "sales",
    channel: str = "phone",
    skills: Sequence[str] = (),
    priority: int | None = None,
    ended: Ended | None = None,
    conversation: str | None = None,
) -> OpenTicket:
    """The command that leads to `opened`."""
    return OpenTicket(
        ticket=ticket,
        conversation=conversation or f"of {ticket}",
        channel=channel,
        identity=IDENTITY,
        queue=queue,
        happened=second(happened),
        skills=tuple(skills),
        priority=priority,
        ended=ended,
    )


def offered(ticket: str, name: str, at: float, *, queue: str = "sales", seconds: float = 20) -> TicketEvent:
    return TicketOffered(ticket=ticket, at=second(at), queue=queue, agent=name, expires=second(at + seconds))


def accepted(ticket: str, name: str, at: float, queue: str = "sales", *, units: int = 8) -> TicketEvent:
    return TicketAccepted(ticket=ticket, at=second(at), queue=queue, agent=name, units=units)


def declined(ticket: str, name: str, at: float, queue: str = "sales") -> TicketEvent:
    return TicketDeclined(ticket=ticket, at=second(at), queue=queue, agent=name)


def expired(ticket: str, name: str, at: float, queue: str = "sales") -> TicketEvent:
    return TicketExpired(ticket=ticket, at=second(at), queue=queue, agent=name)


def resolved(ticket: str, name: str, at: float, queue: str = "sales") -> TicketEvent:
    return TicketResolved(ticket=ticket, at=second(at), queue=queue, agent=name)


def wrapping_up(ticket: str, name: str, at: float, reason: str = "hung_up", queue: str = "sales") -> TicketEvent:
    return TicketWrapupStarted(ticket=ticket, at=second(at), queue=queue, agent=name, reason=reason)


def abandoned(
    ticket: str, at: float, reason: str = "hung_up", name: str | None = None, queue: str = "sales"
) -> TicketEvent:
    return TicketAbandoned(ticket=ticket, at=second(at), queue=queue, reason=reason, agent=name)


def contact(ticket: str, name: str, at: float, channel: str = "phone", queue: str = "sales") -> list[Event]:
    """A ticket that is opened, offered and accepted at once."""
    skills = ("sales",) if queue == "sales" else ()
    return [
        *opened(ticket, at, channel=channel, queue=queue, skills=skills),
        offered(ticket, name, at, queue=queue),
        accepted(ticket, name, at, queue=queue),
    ]


def word(outcome: tuple[Event, ...] | Refused) -> str:
    """Why it was refused."""
    assert isinstance(outcome, Refused), outcome
    return outcome.word
