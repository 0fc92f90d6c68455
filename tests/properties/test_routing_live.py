"""The live view of a pool is what its log says, in any history, and from any snapshot on."""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis.stateful import invariant, rule

from services.routing.domain.events import Event
from services.routing.domain.evolve_floor import evolve_floor
from services.routing.domain.floor import Floor, Key
from services.routing.domain.floor_rows import Presence, QueueRow, Row, TeamRow, TicketInHand
from services.routing.domain.state import Agent, Ticket
from services.routing.kept_floor import KeptFloor
from tests.properties.routing_kept import Stored, rows_in, taken_apart
from tests.properties.test_routing_pool import PoolLife

IN_HAND = ("offered", "active", "held", "wrapup")
BEGINS = ("ticket.offered", "ticket.accepted", "ticket.held", "ticket.resumed", "ticket.wrapup.started")


def rows(floor: Floor) -> dict[Key, Row]:
    return {key: floor.row(key) for key in floor.rows()}


def presence(agents: Counter[Any]) -> Presence:
    return Presence(
        available=agents["available"],
        busy=agents["busy"],
        away=agents["break"] + agents["not_responding"],
    )


class LiveLife(PoolLife):
    """The same lives; `floor` knows only the events, `told` only the rows that were said to have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor()
        self.told: dict[Key, Row] = {}
        self.began: dict[str, Any] = {}

    def see(self, event: Event) -> None:
        super().see(event)
        evolve_floor(self.floor, event)
        self.note(event)
        self.told |= {key: self.floor.row(key) for key in self.floor.touched}
        self.floor.touched.clear()

    def note(self, event: Any) -> None:  # noqa: ANN401 (any event)
        """Since when each agent has its status, and each ticket in hand its state."""
        if event.event in (
            "ticket.offered",
            "ticket.accepted",
            "ticket.held",
            "ticket.resumed",
            "ticket.wrapup.started",
        ):
            self.began[event.ticket] = event.at
        elif event.event == "agent.status.changed" or (
            event.event == "agent.configured" and event.agent not in self.began
        ):
            self.began[event.agent] = event.at

    @invariant()
    def nobody_waits_while_somebody_could_be_asked(self) -> None:
        """Is looked at in PoolLife."""

    @invariant()
    def lookups_are_those_of_the_state(self) -> None:
        """Is looked at in PoolLife."""

    @invariant()
    def what_was_told_is_what_the_pool_is(self) -> None:
        gone = {key for key, row in self.told.items() if isinstance(row, TeamRow) and not row.members}
        assert {key: row for key, row in self.told.items() if key not in gone} == rows(self.floor)
        teams = {agent.team for agent in self.pool.agents.values() if agent.team}
        assert {name for part, name in self.told.keys() - gone if part == "teams"} == teams
        for team in teams:
            assert self.told["teams", team] == self.team_by_looking(team)
        assert {name for part, name in self.told if part == "queues"} == set(self.pool.queues)
        assert {name for part, name in self.told if part == "agents"} == set(self.pool.agents)
        for queue in self.pool.queues:
            assert self.told["queues", queue] == self.queue_by_looking(queue)
        for agent in self.pool.agents.values():
            told: Any = self.told["agents", agent.id]
            assert (told.status, told.reason, told.since) == (agent.status, agent.reason, self.began[agent.id])
            assert told.team == agent.team
            assert list(told.tickets) == [self.in_hand(ticket) for ticket in self.tickets_of(agent)]

    def queue_by_looking(self, name: str) -> QueueRow:
        tickets = [ticket for ticket in self.pool.tickets.values() if ticket.queue == name]
        phases = Counter(ticket.phase for ticket in tickets)
        served = frozenset(self.pool.queues[name].skills.items())
        agents = Counter(agent.status for agent in self.pool.agents.values() if agent.serves(name, served))
        return QueueRow(
            id=name,
            name=self.pool.queues[name].name,
            waiting=phases["waiting"],
            waits_since=min((ticket.queued for ticket in tickets if ticket.phase == "waiting"), default=None),
            offered=phases["offered"],
            active=phases["active"],
            held=phases["held"],
            wrapup=phases["wrapup"],
            pending=phases["pending"],
            agents=presence(agents),
        )

    def team_by_looking(self, name: str) -> TeamRow:
        agents = [agent for agent in self.pool.agents.values() if agent.team == name]
        phases = Counter(ticket.phase for agent in agents for ticket in self.tickets_of(agent))
        return TeamRow(
            id=name,
            members=len(agents),
            agents=presence(Counter(agent.status for agent in agents)),
            offered=phases["offered"],
            active=phases["active"],
            held=phases["held"],
            wrapup=phases["wrapup"],
        )

    def tickets_of(self, agent: Agent) -> list[Ticket]:
        """Those that it is offered or has, without those that it is consulted on."""
        return [ticket for name in agent.hand if (ticket := self.pool.tickets[name]).agent == agent.id]

    def in_hand(self, ticket: Ticket) -> TicketInHand:
        assert ticket.phase in IN_HAND
        state: Any = ticket.phase
        return TicketInHand(
            id=ticket.id, queue=ticket.queue, channel=ticket.channel, state=state, since=self.began[ticket.id]
        )

    @rule()
    def take_snapshot(self) -> None:
        self.keep(taken_apart(self.pool))

    def keep(self, stored: Stored) -> None:
        super().keep(stored)
        assert rows(KeptFloor().state(rows_in(stored))) == rows(self.floor)

    def teardown(self) -> None:
        super().teardown()
        folded, stored = self.snapshot
        floor = KeptFloor().state(rows_in(stored))
        for event in self.events[folded:]:
            evolve_floor(floor, event)
        assert rows(floor) == rows(self.floor)


LiveLife.TestCase.settings = settings(stateful_step_count=40)
TestLiveLife = LiveLife.TestCase
