"""Made-up histories of tickets and agents, as routing would decide them: only what can follow on what was before.

A history is made from a list of steps (plain numbers), so hypothesis can shrink it and a seed can repeat it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from shared.contracts.agents import (
    AgentEvent,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatus,
    AgentStatusChanged,
)
from shared.contracts.decided import Decided, type_of
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.ticketed import Ticketed
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketDeclined,
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
from shared.contracts.tickets_links import TicketMerged

E = TypeVar("E", bound=TicketEvent | AgentEvent)

QUEUES = ("sales", "support", "billing.eu", "$vip")
CHANNELS = ("phone", "chat", "email")
THRESHOLDS = (20.0, 60.0, 0.5, 14_400.0)
STATUSES: tuple[AgentStatus, ...] = ("available", "available", "busy", "break", "not_responding", "offline")
UNITS = (None, 1, 2, 8)
CAPACITIES = (None, 8, 3)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision. ticket and choice pick who and what; after: ms since the step before; late: ms its time lies back.

    again: how many of the last decisions are published again after it, as a restart does.
    """

    ticket: int
    choice: int
    after: int
    late: int = 0
    again: int = 0


def steps_of(random: Random, count: int, tickets: int, pace: int) -> list[Step]:
    """`count` steps over `tickets` tickets, `pace` ms apart on average, some late, some followed by a repetition."""
    return [
        Step(
            ticket=random.randrange(tickets),
            choice=random.randrange(1_000),
            after=random.randrange(2 * pace + 1),
            late=random.choice((0, 0, 0, 0, random.randrange(120_000))),
            again=random.choice((0,) * 20 + (random.randrange(8),)),
        )
        for _ in range(count)
    ]


@dataclass(slots=True)
class _Ticket:
    queue: str = "sales"
    channel: str = "phone"
    state: str = "new"
    number: int = 0


@dataclass(slots=True)
class _Log:
    decisions: list[list[Decided[TicketEvent]]] = field(default_factory=list)
    published: list[Decided[TicketEvent]] = field(default_factory=list)


def ticket_log(steps: Iterable[Step], start: datetime = START) -> list[Decided[TicketEvent]]:
    """What is published, in order, repetitions included."""
    tickets: dict[int, _Ticket] = {}
    log, now = _Log(), start
    for step in steps:
        now += timedelta(milliseconds=step.after)
        at = now - timedelta(milliseconds=step.late)
        events = _decide(step, tickets.setdefault(step.ticket, _Ticket()), at)
        sequence = len(log.decisions) + 1
        log.decisions.append([decided(event, "pool-a", sequence, number) for number, event in enumerate(events)])
        log.published += log.decisions[-1]
        for decision in log.decisions[-step.again :] if step.again else []:
            log.published += decision
    return log.published


def _decide(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    return _MOVES[ticket.state](step, ticket, at)


def _waiting(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    if step.choice % 4 == 0:
        return [_abandoned(step, ticket, at)]
    if step.choice % 16 == 3:
        return [_queued(step, ticket, at)]
    if step.choice % 16 == 7:
        return [_merged(step, ticket, at)]
    expires = at + timedelta(seconds=20)
    return [TicketOffered(**_by(step, ticket, "offered", at), expires=expires)]


def _offered(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    if step.choice % 8 == 0:
        return [_abandoned(step, ticket, at)]
    if step.choice % 3 == 0:
        kind = TicketDeclined if step.choice % 2 else TicketExpired
        return [kind(**_by(step, ticket, "waiting", at))]
    return [TicketAccepted(**_by(step, ticket, "talk", at), units=UNITS[step.choice // 7 % len(UNITS)])]


def _talk(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    if step.choice % 4 == 0:
        return [TicketHeld(**_by(step, ticket, "hold", at))]
    if step.choice % 16 == 3:
        return [_queued(step, ticket, at)]
    return _end(step, ticket, at)


def _hold(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    if step.choice % 2 == 0:
        return [TicketResumed(**_by(step, ticket, "talk", at))]
    return _end(step, ticket, at)


def _end(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    if step.choice % 8 == 1:
        return _resolve(step, ticket, at)
    if step.choice % 8 == 3:
        return [_merged(step, ticket, at)]
    return [TicketWrapupStarted(**_by(step, ticket, "wrapup", at), reason="customer_left")]


def _resolve(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    resolved = TicketResolved(**_by(step, ticket, "new", at))
    ticket.number += 1
    return [resolved]


def _abandoned(step: Step, ticket: _Ticket, at: datetime) -> TicketAbandoned:
    abandoned = TicketAbandoned(**_by(step, ticket, "new", at), reason="left")
    ticket.number += 1
    return abandoned


def _merged(step: Step, ticket: _Ticket, at: datetime) -> TicketMerged:
    merged = TicketMerged(**_by(step, ticket, "new", at), into="another", by="sue")
    ticket.number += 1
    return merged


def _by(step: Step, ticket: _Ticket, state: str, at: datetime) -> dict[str, Any]:
    """The fields that most events share; takes the ticket to `state`."""
    ticket.state = state
    return {
        "ticket": _name(step, ticket),
        "at": at,
        "queue": ticket.queue,
        "agent": f"agent-{step.choice % 5}",
    }


def _name(step: Step, ticket: _Ticket) -> str:
    return f"ticket-{step.ticket}-{ticket.number}"


def _open(step: Step, ticket: _Ticket, at: datetime) -> list[TicketEvent]:
    ticket.channel = CHANNELS[step.choice % len(CHANNELS)]
    name = _name(step, ticket)
    opened = TicketOpened(
        ticket=name, at=at, pool="pool-a", conversation=f"c-{name}", channel=ticket.channel, identity="0" * 32
    )
    return [opened, _queued(step, ticket, at)]


def _queued(step: Step, ticket: _Ticket, at: datetime) -> TicketQueued:
    place = step.choice // 7 % len(QUEUES)
    ticket.queue, ticket.state = QUEUES[place], "waiting"
    return TicketQueued(
        ticket=_name(step, ticket),
        at=at,
        queue=ticket.queue,
        channel=ticket.channel,
        threshold=THRESHOLDS[place],
        short=5.0,
    )


_MOVES: dict[str, Callable[[Step, _Ticket, datetime], list[TicketEvent]]] = {
    "new": _open,
    "waiting": _waiting,
    "offered": _offered,
    "talk": _talk,
    "hold": _hold,
    "wrapup": _resolve,
}


def agent_log(
    random: Random, count: int, start: datetime = START, *, agents: int = 12, pace: int = 500
) -> list[Decided[AgentEvent]]:
    """`count` decisions over a handful of agents, `pace` ms apart on average, some late, some published again."""
    published: list[Decided[AgentEvent]] = []
    now = start
    for sequence in range(1, count + 1):
        now += timedelta(milliseconds=random.randrange(2 * pace + 1))
        at = now - timedelta(milliseconds=random.choice((0, 0, 0, 0, random.randrange(120_000))))
        of: dict[str, Any] = {"agent": f"agent-{random.randrange(agents)}", "at": at}
        status = random.choice(STATUSES)
        event: AgentEvent = random.choice(
            (
                AgentSignedIn(**of, pool=random.choice(("pool-a", "pool-b"))),
                AgentStatusChanged(**of, status=status, capacity=random.choice(CAPACITIES)),
                AgentStatusChanged(**of, status=status, capacity=random.choice(CAPACITIES)),
                AgentSignedOut(**of),
                AgentSkillsChanged(**of, skills=("german",)),
            )
        )
        published.append(decided(event, "pool-a", sequence, 0))
        if random.random() < 0.05:
            published += published[-3:]
    return published


def decided(event: E, stream: str, sequence: int, number: int) -> Decided[E]:
    """The event in its envelope."""
    key = event.ticket if isinstance(event, Ticketed) else event.agent
    kind = type_of(event.event)
    return Decided(
        id=event_id(f"/routing/{stream}", f"{sequence}.{number}"),
        source=f"/routing/{stream}",
        type=kind,
        time=event.at,
        recordedtime=event.at,
        dataschema=schema_of(kind),
        partitionkey=key,
        correlationid=key,
        stream=stream,
        sequence=sequence,
        number=number,
        data=event,
    )
