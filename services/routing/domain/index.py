"""What a pool's state is looked up by, so that a decision costs O(log n): all of it follows from the state.

A *lane* is what waiting tickets have in common for an agent. It keeps its tickets in the order they go, and the agents
who have room for one in the order they are asked. Agents who serve every queue share one lane for all queues; those
who serve some have a lane for each of theirs. So a ticket stands in both, and an agent in few.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from services.routing.domain.capacity import Capacities, Load
from services.routing.domain.configuration import Policy
from services.routing.domain.ordering import Ranking
from services.routing.domain.selection import AgentKey, Needs, TicketKey, agent_key

if TYPE_CHECKING:  # the state holds its index, so at run time the import goes the other way
    from services.routing.domain.state import Agent, Pool, Ticket

DeadlineKey = tuple[datetime, str]
Standing = tuple[int, datetime]
"""What an agent's place in its lanes follows from: its free units, and since when it is idle."""


class LaneKey(NamedTuple):
    """queue: None in the lanes of agents who serve every queue. only: the one agent it is reserved for."""

    queue: str | None
    channel: str
    needs: Needs
    policy: Policy
    only: str | None


@dataclass(slots=True, kw_only=True)
class Lane:
    """waiting: tickets in their order. ready: agents with room, in theirs."""

    key: LaneKey
    waiting: Ranking[TicketKey] = field(default_factory=Ranking)
    ready: Ranking[AgentKey] = field(default_factory=Ranking)


class Index:
    """The lanes of a pool, its deadlines, its open tickets by conversation, and what is configured for all lanes."""

    __slots__ = (
        "_changed",
        "_lanes_of",
        "_pool",
        "_served",
        "_standings",
        "capacities",
        "conversations",
        "deadlines",
        "lanes",
        "skills",
    )

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._served: dict[str, dict[str, list[Lane]]] = {agent: {} for agent in pool.agents}
        self._standings: dict[str, dict[str, Standing | None]] = {agent: {} for agent in pool.agents}
        self._changed: set[str] = set(pool.agents)
        self.skills: frozenset[str] = frozenset().union(*(agent.skills for agent in pool.agents.values()))
        self.capacities = Capacities(pool.channels)
        self._lanes_of: dict[tuple[str, str, Needs, str | None], tuple[Lane, ...]] = {}
        self.lanes: dict[LaneKey, Lane] = {}
        self.deadlines: Ranking[DeadlineKey] = Ranking()
        self.conversations: dict[str, str] = {}
        for ticket in pool.tickets.values():
            self.conversations[ticket.conversation] = ticket.id
            self.on_ticket(ticket)

    def lanes_of(self, ticket: Ticket) -> tuple[Lane, ...]:
        """The lanes a ticket waits in."""
        place = (ticket.queue, ticket.channel, ticket.needs, ticket.only)
        lanes = self._lanes_of.get(place)
        if lanes is None:
            own = LaneKey(*place[:3], self._pool.queues[ticket.queue].policy, ticket.only)
            keys = (own,) if ticket.only is not None else (own._replace(queue=None), own)
            lanes = self._lanes_of[place] = tuple(self._lane(key) for key in keys)
        return lanes

    def served(self, agent: str) -> dict[str, list[Lane]]:
        """The lanes that an agent has the access and the skills for, by channel."""
        return self._served[agent]

    def waiting_in(self, queue: str) -> int:
        """How many tickets wait in a queue; costs as much as there are lanes."""
        return sum(len(lane.waiting) for key, lane in self.lanes.items() if key.queue == queue)

    def on_ticket(self, ticket: Ticket) -> None:
        """The ticket is new or changed; what its lanes follow from is as before, or it did not wait."""
        if ticket.phase == "waiting":
            order = ticket.order()
            for lane in self.lanes_of(ticket):
                lane.waiting.put(ticket.id, order)
        else:
            self.on_ticket_left(ticket)
        if ticket.timers:
            self.deadlines.put(ticket.id, (min(ticket.timers.values()), ticket.id))
        else:
            self.deadlines.drop(ticket.id)

    def on_ticket_left(self, ticket: Ticket) -> None:
        """The ticket is about to leave its lanes."""
        for lane in self.lanes_of(ticket):
            lane.waiting.drop(ticket.id)

    def on_ticket_closed(self, ticket: Ticket) -> None:
        """The ticket is no longer open."""
        self.on_ticket_left(ticket)
        self.deadlines.drop(ticket.id)
        self.conversations.pop(ticket.conversation, None)

    def on_agent(self, agent: Agent) -> None:
        """The agent's status or what it has in hand changed; the lanes learn of it with the next `refresh`."""
        self._changed.add(agent.id)

    def refresh(self) -> None:
        """Brings the lanes' ready agents up to date; several changes of an agent cost no more than one."""
        for name in self._changed:
            agent = self._pool.agents[name]
            load = self._pool.load(agent) if agent.status == "available" else None
            for channel, lanes in self._served[name].items():
                self._place(agent, channel, load, lanes)
        self._changed.clear()

    def _place(self, agent: Agent, channel: str, load: Load | None, lanes: Iterable[Lane]) -> None:
        standing = (load.spare, agent.idle_since) if load is not None and load.admits(channel) else None
        if self._standings[agent.id].get(channel) == standing:
            return
        self._standings[agent.id][channel] = standing
        for lane in lanes:
            self._stand(agent, lane, standing)

    def _stand(self, agent: Agent, lane: Lane, standing: Standing | None) -> None:
        if standing is None:
            lane.ready.drop(agent.id)
        else:
            lane.ready.put(agent.id, agent_key(lane.key.policy, agent, standing[0], lane.key.needs))

    def _lane(self, key: LaneKey) -> Lane:
        return self.lanes.get(key) or self._add_lane(key)

    def _add_lane(self, key: LaneKey) -> Lane:
        lane = self.lanes[key] = Lane(key=key)
        agents = self._pool.agents
        for agent in agents.values() if key.only is None else filter(None, [agents.get(key.only)]):
            if self._belongs(agent, key):
                self._served[agent.id].setdefault(key.channel, []).append(lane)
                self._join(agent, lane)
        return lane

    def _belongs(self, agent: Agent, key: LaneKey) -> bool:
        if key.only is not None:
            return key.only == agent.id
        return (key.queue is None if agent.queues is None else key.queue in agent.queues) and not agent.lacks(key.needs)

    def _join(self, agent: Agent, lane: Lane) -> None:
        standings = self._standings[agent.id]
        if lane.key.channel not in standings:
            self._changed.add(agent.id)
        else:
            self._stand(agent, lane, standings[lane.key.channel])
