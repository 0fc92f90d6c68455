"""What a pool's state is looked up by, so that a decision costs O(log n): all of it follows from the state.

A *lane* is what waiting tickets have in common for an agent: queue, channel and the skills they need. Each lane keeps
its tickets in the order they go, and the agents who have room for one in the order they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from services.routing.domain.capacity import Capacities
from services.routing.domain.ordering import Ranking

if TYPE_CHECKING:  # the state holds its index, so at run time the import goes the other way
    from services.routing.domain.state import Agent, Pool, Ticket

Needs = frozenset[tuple[str, int]]
"""The skills that are needed, each with the least level."""

LaneKey = tuple[str, str, Needs]
TicketKey = tuple[int, datetime, str]
AgentKey = tuple[int, datetime, str]
DeadlineKey = tuple[datetime, str]


@dataclass(slots=True, kw_only=True)
class Lane:
    """waiting: tickets by priority, then by how long they wait. ready: agents with room, the longest idle first."""

    queue: str
    channel: str
    needs: Needs
    waiting: Ranking[TicketKey] = field(default_factory=Ranking)
    ready: Ranking[AgentKey] = field(default_factory=Ranking)


class Index:
    """The lanes of a pool, its deadlines, its open tickets by conversation, and what is configured for all lanes."""

    __slots__ = (
        "_changed",
        "_pool",
        "_rooms",
        "_served",
        "capacities",
        "conversations",
        "deadlines",
        "lanes",
        "skills",
    )

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._served: dict[str, dict[str, list[Lane]]] = {agent: {} for agent in pool.agents}
        self._rooms: dict[str, dict[str, AgentKey | None]] = {agent: {} for agent in pool.agents}
        self._changed: set[str] = set(pool.agents)
        self.skills: frozenset[str] = frozenset().union(*(agent.skills for agent in pool.agents.values()))
        self.capacities = Capacities(pool.channels)
        self.lanes: dict[LaneKey, Lane] = {}
        self.deadlines: Ranking[DeadlineKey] = Ranking()
        self.conversations: dict[str, str] = {}
        for ticket in pool.tickets.values():
            self.conversations[ticket.conversation] = ticket.id
            self.on_ticket(ticket)

    def lane(self, ticket: Ticket) -> Lane:
        """The lane a ticket waits in."""
        key = (ticket.queue, ticket.channel, ticket.needs)
        return self.lanes.get(key) or self._add_lane(key)

    def served(self, agent: str) -> dict[str, list[Lane]]:
        """The lanes that an agent has the access and the skills for, by channel."""
        return self._served[agent]

    def on_ticket(self, ticket: Ticket) -> None:
        """The ticket is new or changed."""
        lane = self.lane(ticket)
        if ticket.phase == "waiting":
            lane.waiting.put(ticket.id, (ticket.priority, ticket.queued, ticket.id))
        else:
            lane.waiting.drop(ticket.id)
        if ticket.deadline is None:
            self.deadlines.drop(ticket.id)
        else:
            self.deadlines.put(ticket.id, (ticket.deadline, ticket.id))

    def on_ticket_closed(self, ticket: Ticket) -> None:
        """The ticket is no longer open."""
        self.lane(ticket).waiting.drop(ticket.id)
        self.deadlines.drop(ticket.id)
        self.conversations.pop(ticket.conversation, None)

    def on_agent(self, agent: Agent) -> None:
        """The agent's status or what it has in hand changed; the lanes learn of it with the next `refresh`."""
        self._changed.add(agent.id)

    def refresh(self) -> None:
        """Brings the lanes' ready agents up to date; several changes of an agent cost no more than one."""
        for name in self._changed:
            agent = self._pool.agents[name]
            for channel, lanes in self._served[name].items():
                self._place(agent, channel, lanes)
        self._changed.clear()

    def _place(self, agent: Agent, channel: str, lanes: Iterable[Lane]) -> None:
        key = agent.order(len(agent.hand)) if self._has_room(agent, channel) else None
        if self._rooms[agent.id].get(channel) == key:
            return
        self._rooms[agent.id][channel] = key
        for lane in lanes:
            if key is None:
                lane.ready.drop(agent.id)
            else:
                lane.ready.put(agent.id, key)

    def _has_room(self, agent: Agent, channel: str) -> bool:
        return agent.status == "available" and self.capacities.admits(
            self._pool.room(agent), agent.hand.values(), channel
        )

    def _add_lane(self, key: LaneKey) -> Lane:
        queue, channel, needs = key
        lane = self.lanes[key] = Lane(queue=queue, channel=channel, needs=needs)
        for agent in self._pool.agents.values():
            if agent.serves(queue, needs):
                self._served[agent.id].setdefault(channel, []).append(lane)
                self._join(agent.id, lane)
        return lane

    def _join(self, agent: str, lane: Lane) -> None:
        rooms = self._rooms[agent]
        if lane.channel not in rooms:
            self._changed.add(agent)
        elif (key := rooms[lane.channel]) is not None:
            lane.ready.put(agent, key)
