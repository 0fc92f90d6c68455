"""The floor of a pool as a supervisor sees it: what waits in each queue, and what each agent is doing.

A fold of the pool's events that keeps only what is shown, so it costs little beside the deciding. It is told in
rows; `touched` names those that may have changed. Nothing changes by itself while time passes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, assert_never

from services.routing.domain.floor_rows import AgentRow, Presence, QueueRow, Row, Seat, TeamRow, TicketInHand
from services.routing.domain.ordering import Ranking
from shared.contracts.agents import AgentStatus
from shared.contracts.values import Time

Part = Literal["queues", "agents", "teams"]
Key = tuple[Part, str]
"""A row: its part, and its id there."""


@dataclass(slots=True, kw_only=True)
class Placed:
    """An open ticket. waits_since: from when on its wait counts. since: when its state began. agent: who has it."""

    queue: str
    channel: str
    waits_since: Time
    since: Time
    state: Seat = "waiting"
    agent: str | None = None


@dataclass(slots=True, kw_only=True)
class Served:
    """A queue. seats: open tickets by where they are. line: those that wait, by how long. statuses: of its agents."""

    name: str
    skills: dict[str, int]
    seats: Counter[Seat] = field(default_factory=Counter)
    line: Ranking[tuple[Time]] = field(default_factory=Ranking)
    statuses: Counter[AgentStatus] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Person:
    """An agent. access: the queues it may serve, None for all; queues: those of them that it has the skills for.

    hand: the tickets it is offered or has, the first one first.
    """

    name: str
    since: Time
    skills: dict[str, int] = field(default_factory=dict)
    access: frozenset[str] | None = None
    queues: frozenset[str] = frozenset()
    team: str | None = None
    status: AgentStatus = "offline"
    reason: str | None = None
    hand: dict[str, None] = field(default_factory=dict)


class Floor:
    """touched: the rows that may differ from what was told before; whoever tells them clears it."""

    def __init__(self) -> None:
        self.queues: dict[str, Served] = {}
        self.agents: dict[str, Person] = {}
        self.tickets: dict[str, Placed] = {}
        self.teams: defaultdict[str, set[str]] = defaultdict(set)
        self.touched: set[Key] = set()

    def rows(self) -> list[Key]:
        """Every row."""
        parts: dict[Part, Iterable[str]] = {"queues": self.queues, "agents": self.agents}
        parts["teams"] = (team for team, members in self.teams.items() if members)
        return [(part, name) for part, names in parts.items() for name in sorted(names)]

    def row(self, key: Key) -> Row:
        """A row as it is now."""
        part, name = key
        match part:
            case "queues":
                return self._queue_row(name)
            case "agents":
                return self._agent_row(name)
            case "teams":
                return self._team_row(name)
            case _:
                assert_never(part)

    def put_queue(self, name: str, title: str, skills: dict[str, int]) -> None:
        """The queue is new, or its settings changed; costs a look at each agent."""
        known = self.queues.get(name)
        if known is None:
            known = self.queues[name] = Served(name=title, skills=skills)
        known.name, known.skills = title, skills
        self.touched.add(("queues", name))
        for person in self.agents.values():
            if _serves(person, name, known) != (name in person.queues):
                known.statuses[person.status] += -1 if name in person.queues else 1
                person.queues ^= {name}

    def put_agent(self, name: str, person: Person) -> None:
        """The agent is new, or its settings changed; costs a look at each queue."""
        self._count(name, -1)
        before = self.agents.get(name)
        if before is not None and before.team is not None:
            self.teams[before.team].discard(name)
        if person.team is not None:
            self.teams[person.team].add(name)
        self.agents[name] = person
        person.queues = frozenset(one for one, queue in self.queues.items() if _serves(person, one, queue))
        self._count(name, 1)

    def set_status(self, name: str, status: AgentStatus, reason: str | None, since: Time) -> None:
        """The agent's status changed."""
        self._count(name, -1)
        person = self.agents[name]
        person.status, person.reason, person.since = status, reason, since
        self._count(name, 1)

    def put_ticket(self, name: str, placed: Placed) -> None:
        """The ticket is open, and is there; wherever it was before, it has left."""
        self.drop_ticket(name)
        self.tickets[name] = placed
        queue = self.queues[placed.queue]
        queue.seats[placed.state] += 1
        self.touched.add(("queues", placed.queue))
        if placed.state == "waiting":
            queue.line.put(name, (placed.waits_since,))
        if placed.agent is not None:
            self.agents[placed.agent].hand[name] = None
            self._touch(placed.agent)

    def move_ticket(self, name: str, state: Seat, since: Time, agent: str | None = None) -> None:
        """The ticket is in another state, with that agent, in the same queue."""
        before = self.tickets[name]
        queue = self.queues[before.queue]
        queue.seats[before.state] -= 1
        queue.seats[state] += 1
        self.touched.add(("queues", before.queue))
        if state == "waiting":
            queue.line.put(name, (before.waits_since,))
        else:
            queue.line.drop(name)
        if before.agent != agent:
            self._let_go(name, before.agent)
        if agent is not None:
            self.agents[agent].hand[name] = None
            self._touch(agent)
        before.state, before.since, before.agent = state, since, agent

    def drop_ticket(self, name: str) -> None:
        """The ticket is no longer open, if it was."""
        before = self.tickets.pop(name, None)
        if before is not None:
            queue = self.queues[before.queue]
            queue.seats[before.state] -= 1
            queue.line.drop(name)
            self.touched.add(("queues", before.queue))
            self._let_go(name, before.agent)

    def _let_go(self, ticket: str, agent: str | None) -> None:
        if agent is not None:
            del self.agents[agent].hand[ticket]
            self._touch(agent)

    def _touch(self, agent: str) -> None:
        self.touched.add(("agents", agent))
        if (team := self.agents[agent].team) is not None:
            self.touched.add(("teams", team))

    def _count(self, agent: str, by: int) -> None:
        """by: 1 where the agent comes into the figures of its queues, -1 where it leaves them."""
        person = self.agents.get(agent)
        if person is not None:
            self._touch(agent)
            for name in person.queues:
                self.queues[name].statuses[person.status] += by
                if person.status != "offline":
                    self.touched.add(("queues", name))

    def _queue_row(self, name: str) -> QueueRow:
        queue = self.queues[name]
        seats, first = queue.seats, queue.line.first()
        return QueueRow(
            id=name,
            name=queue.name,
            waiting=seats["waiting"],
            waits_since=None if first is None else first[0][0],
            offered=seats["offered"],
            active=seats["active"],
            held=seats["held"],
            wrapup=seats["wrapup"],
            pending=seats["pending"],
            agents=Presence.of(queue.statuses),
        )

    def _agent_row(self, name: str) -> AgentRow:
        person = self.agents[name]
        return AgentRow(
            id=name,
            name=person.name,
            team=person.team,
            status=person.status,
            reason=person.reason,
            since=person.since,
            tickets=tuple(self._in_hand(person.hand)),
        )

    def _team_row(self, name: str) -> TeamRow:
        members = [self.agents[agent] for agent in self.teams[name]]
        seats = Counter(self.tickets[ticket].state for person in members for ticket in person.hand)
        return TeamRow(
            id=name,
            members=len(members),
            agents=Presence.of(Counter(person.status for person in members)),
            offered=seats["offered"],
            active=seats["active"],
            held=seats["held"],
            wrapup=seats["wrapup"],
        )

    def _in_hand(self, tickets: Iterable[str]) -> Iterable[TicketInHand]:
        for name in tickets:
            placed = self.tickets[name]
            yield TicketInHand(
                id=name, queue=placed.queue, channel=placed.channel, state=placed.state, since=placed.since
            )


def _serves(person: Person, name: str, queue: Served) -> bool:
    if person.access is not None and name not in person.access:
        return False
    return all(person.skills.get(skill, 0) >= level for skill, level in queue.skills.items())
