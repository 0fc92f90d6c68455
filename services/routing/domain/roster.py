"""The agents of a pool among its lanes: who may be asked there, who has room, and which ticket is the first for one.

Agents change with every decision, and an agent may belong to hundreds of lanes. So a change is only noted with the
agent's accesses, and a lane takes in what is new when somebody looks at it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from services.routing.domain.capacity import Load
from services.routing.domain.lanes import Access, Lane, LaneKey, Line
from services.routing.domain.ordering import Ranking
from services.routing.domain.selection import AgentKey, TicketKey, agent_key

if TYPE_CHECKING:  # the state holds its index, so at run time the import goes the other way
    from services.routing.domain.state import Agent, Pool

AccessKey = tuple[str | None, str | None]
"""The queue, None where it is every queue, and the one agent, if it is about one."""
Standing = tuple[int, datetime]
"""What an agent's place in a lane follows from: its free units, and since when it is idle."""


@dataclass(slots=True)
class Seat:
    """What lanes know of an agent. standings: by channel; None where it has no room."""

    skills: dict[str, int]
    accesses: tuple[Access, ...]
    standings: dict[str, Standing | None] = field(default_factory=dict)


class Roster:
    """skills: how many agents have each."""

    __slots__ = ("_accesses", "_changed", "_channels", "_moment", "_pool", "_seats", "skills")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._accesses: defaultdict[AccessKey, Access] = defaultdict(Access)
        self._seats: dict[str, Seat] = {}
        self._channels: set[str] = set()
        self._changed: set[str] = set()
        self._moment = 0
        self.skills: Counter[str] = Counter()
        for agent in pool.agents.values():
            self.seat(agent)

    def seat(self, agent: Agent) -> None:
        """The agent is new, or its settings changed; costs a look at each lane that it has or had access to."""
        self._unseat(agent.id)
        seat = Seat(agent.skills, tuple(self._accesses[key] for key in _accesses(agent)))
        self._seats[agent.id] = seat
        for access in seat.accesses:
            access.agents.add(agent.id)
            for lane in access.lanes:
                if _belongs(agent, lane.key):
                    lane.agents.add(agent.id)
        self.skills.update(seat.skills.keys())
        self._changed.add(agent.id)

    def change(self, agents: Iterable[str]) -> None:
        """The agents' status, or what they have in hand or may have, changed."""
        self._changed.update(agents)

    def open(self, key: LaneKey) -> Lane:
        """A new lane; costs a look at each agent who has access to it."""
        if key.channel not in self._channels:
            self._channels.add(key.channel)
            self.change(self._seats)
        access = self._accesses[(key.queue, None) if key.only is None else (None, key.only)]
        lane = Lane(key, access, {name for name in access.agents if _belongs(self._pool.agents[name], key)})
        access.lanes.add(lane)
        return lane

    def close(self, lane: Lane) -> None:
        """The lane is not used any more."""
        lane.access.lanes.discard(lane)

    def ready(self, lane: Lane) -> Ranking[AgentKey]:
        """The lane's agents who have room, in the order they are asked.

        Costs a look at each agent with the same access who changed since this was asked last.
        """
        self._take_stock()
        agents, (_, channel, needs, policy, _) = self._pool.agents, lane.key
        for name, changed in reversed(lane.access.news.items()):
            if changed <= lane.seen:
                break
            if name in lane.agents:
                standing = self._seats[name].standings[channel]
                if standing is None:
                    lane.ready.drop(name)
                else:
                    lane.ready.put(name, agent_key(policy, agents[name], *standing, needs))
        lane.seen = self._moment
        return lane.ready

    def first_ticket(self, agent: str, load: Load, fits: Callable[[str], bool]) -> str | None:
        """The first ticket that fits, of the lanes that the agent belongs to and `load` leaves room for.

        Costs a look at each line of the agent, at the lanes in it before the first that it belongs to, and O(log n) for
        each ticket that does not fit.
        """
        accesses = self._seats[agent].accesses
        best: TicketKey | None = None
        for channel in self._channels:
            if load.admits(channel):
                for access in accesses:
                    line = access.lines.get(channel)
                    if line and (best is None or line[0][0] < best):
                        best = _first(line, agent, fits, best)
        return None if best is None else best[-1]

    def _take_stock(self) -> None:
        """Notes who changed in what matters to lanes; several changes of an agent cost no more than one."""
        for name in self._changed:
            agent, seat = self._pool.agents[name], self._seats[name]
            load = self._pool.load(agent) if agent.status == "available" else None
            standings = {
                channel: (load.spare, agent.idle_since) if load is not None and load.admits(channel) else None
                for channel in self._channels
            }
            if standings != seat.standings:
                seat.standings = standings
                self._moment += 1
                for access in seat.accesses:
                    access.news.pop(name, None)
                    access.news[name] = self._moment
        self._changed.clear()

    def _unseat(self, agent: str) -> None:
        seat = self._seats.pop(agent, None)
        if seat is None:
            return
        self.skills.subtract(seat.skills.keys())
        for access in seat.accesses:
            access.agents.discard(agent)
            access.news.pop(agent, None)
            for lane in access.lanes:
                lane.agents.discard(agent)
                lane.ready.drop(agent)


def _accesses(agent: Agent) -> Iterator[AccessKey]:
    yield (None, agent.id)
    for queue in (None,) if agent.queues is None else agent.queues:
        yield (queue, None)


def _belongs(agent: Agent, key: LaneKey) -> bool:
    """Whether an agent who has access to the lane may be asked for its tickets; whom they are kept for may always."""
    if key.only is not None:
        return True
    skills = agent.skills
    for skill, level in key.needs:  # noqa: SIM110 (this is asked of many agents at once, and a loop is faster)
        if skills.get(skill, 0) < level:
            return False
    return True


def _first(line: Line, agent: str, fits: Callable[[str], bool], best: TicketKey | None) -> TicketKey | None:
    """The first ticket that fits in the agent's lanes of a line; or the best so far, if that is before it."""
    for first, lane in line:
        if best is not None and best < first:
            return best
        if agent in lane.agents:
            if fits(first[-1]):
                return first
            found = lane.waiting.first_that(fits)
            if found is not None and (best is None or found[0] < best):
                best = found[0]
    return best
