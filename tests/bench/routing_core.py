"""Routing decisions in the pure core: decide and evolve, without log, Kafka or JSON.

    python -m tests.bench.routing_core

1,000 agents, 100 queues (each agent serves 10 of them) and 10,000 tickets that wait throughout. One life of a ticket
is three decisions: it is opened; the agent who was offered one accepts; resolving it offers the agent the next.
The same with ten times fewer waiting shows how the cost grows. Time is the process's own, and the best
round counts, as neighbours can only slow it down.
"""

import random
from collections import deque
from datetime import UTC, datetime, timedelta
from time import process_time

from services.routing.domain.commands import (
    AcceptTicket,
    Asked,
    Command,
    ConfigureAgent,
    ConfigurePool,
    ConfigureQueue,
    OpenTicket,
    ResolveTicket,
    SetStatus,
)
from services.routing.domain.configuration import AgentSettings, PoolSettings, QueueRule, QueueSettings
from services.routing.domain.decide import Agreed, decide
from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from shared.contracts.tickets import TicketOffered
from tests.bench.rows import Row

AGENTS = 1_000
QUEUES = 100
WAITING = 10_000
DECISIONS = 12_000
ROUNDS = 6
GOAL = 20_000.0
_SEED = 11


class Load:
    """A pool under load; every command is decided and its events are folded."""

    def __init__(self, waiting: int) -> None:
        self._random = random.Random(_SEED)
        self._now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
        self._opened = 0
        self._offers: deque[tuple[str, str]] = deque()
        self.decisions = 0
        self.pool = Pool(id="bench")
        self._configure()
        while sum(len(lane.waiting) for lane in self.pool.index.lanes.values()) < waiting:
            self.open_one()

    def open_one(self) -> None:
        """A customer calls, chats or writes."""
        self._opened += 1
        queue = self._random.randrange(QUEUES)
        self._do(
            OpenTicket(
                ticket=f"t{self._opened}",
                conversation=f"c{self._opened}",
                channel=self._random.choice(("phone", "chat", "email")),
                identity="0" * 32,
                queue=f"q{queue}",
                happened=self._now,
            )
        )

    def handle_one(self) -> None:
        """The agent with the oldest offer accepts it and resolves it, and is offered the next."""
        ticket, agent = self._offers.popleft()
        self._do(AcceptTicket(ticket=ticket, agent=agent))
        self._do(ResolveTicket(ticket=ticket, agent=agent))

    def _configure(self) -> None:
        self._do(ConfigurePool(settings=PoolSettings(name="Bench")))
        for number in range(QUEUES):
            settings = QueueSettings(name=f"Queue {number}", skills={f"s{number % 20}": 1}, rules=(QueueRule(),))
            self._do(ConfigureQueue(queue=f"q{number}", settings=settings))
        for number in range(AGENTS):
            queues = self._random.sample(range(QUEUES), 10)
            skills = {f"s{queue % 20}": 5 for queue in queues}
            settings_ = AgentSettings(name="Agent", skills=skills, queues=tuple(f"q{queue}" for queue in queues))
            self._do(ConfigureAgent(agent=f"a{number}", settings=settings_))
        for number in range(AGENTS):
            self._do(SetStatus(agent=f"a{number}", status="available"))

    def _do(self, command: Command) -> None:
        self._now += timedelta(milliseconds=1)
        decided = decide(self.pool, Asked(command=command, at=self._now, now=self._now))
        if not isinstance(decided, Agreed):
            raise RuntimeError(decided.detail)  # noqa: TRY004 (a refusal is a broken benchmark, not a wrong type)
        self.decisions += 1
        for event in decided.events:
            evolve(self.pool, event)
            if isinstance(event, TicketOffered):
                self._offers.append((event.ticket, event.agent))


def decisions_per_second(waiting: int) -> float:
    """How many decisions a second the core takes with so many tickets waiting throughout."""
    load = Load(waiting)
    return max(_rate(load) for _ in range(ROUNDS))


def _rate(load: Load) -> float:
    before, began = load.decisions, process_time()
    while load.decisions - before < DECISIONS:
        load.handle_one()
        load.open_one()
    return (load.decisions - before) / (process_time() - began)


def measure() -> list[Row]:
    """The row of the speed table."""
    fewer = decisions_per_second(WAITING // 10)
    rate = decisions_per_second(WAITING)
    return [
        Row(
            name="routing decision in the pure core",
            value=rate,
            unit="decisions/s",
            baseline=GOAL,
            ratio=rate / GOAL,
            goal=1.0,
            note=f"{AGENTS} agents, {QUEUES} queues, {WAITING} waiting; {fewer:,.0f}/s with {WAITING // 10} waiting",
        )
    ]


if __name__ == "__main__":
    for row in measure():
        print(row)
