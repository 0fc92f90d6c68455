"""How long a contact will wait: its place among those who wait, and what Erlang says of the rest (see erlang).

Whoever is available counts with all contacts of the channel that it can have at once, also where it serves other
queues besides; those of other queues who come first count as being ahead. So it is right as far as the agents stay, and
handling takes as long as it did lately. How far that holds is measured (see MeasuredWaits).
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.routing.domain.erlang import (
    answered_within,
    mean_wait,
    stages_quantile,
    wait_quantile,
    waiting_probability,
)
from services.routing.domain.index import Kind, kind_of
from services.routing.domain.selection import TicketKey, due
from services.routing.domain.state import Agent, Pool, Ticket
from services.routing.domain.workload import Workload

Basis = Literal["queue", "channel", "offered", "free_agent", "no_agents", "no_experience"]
"""What an estimate follows from: handling times of the queue, or of the channel in all queues of the pool; that it is
offered just now, or an agent is free for it; nothing, because nobody who could take it is available, or because no
contact of the channel was ever handled.
"""

_ENOUGH = 10
"""So many handled contacts make a mean that is better than that of all queues together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """position: its place in its queue, 1 is next, 0 is offered just now. ahead: contacts of any queue that come before
    it for these agents. agents: those available who could take it; places: how many contacts of the channel they can
    have at once. handling_s: how long one takes. p50_s, p90_s: the wait that half, and nine of ten, do not exceed.
    """

    position: int
    ahead: int
    agents: int
    places: int
    handling_s: float | None
    p50_s: int | None
    p90_s: int | None
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How a queue's contacts of a channel will fare if it goes on like this (Erlang C).

    load: what comes, in Erlang. None where nothing can be said; beyond what the agents can do, waits have no bound.
    """

    channel: str
    arrivals_per_hour: float
    next: Estimate
    load: float | None = None
    wait_probability: float | None = None
    mean_wait_s: float | None = None
    p90_s: float | None = None
    service_level: float | None = None


class Waits:
    """Estimates for a pool as it is now; it may not change meanwhile.

    The first estimate costs a sort of all that wait, each further one little. Agents are looked up once for each kind
    of ticket: all tickets of a kind may be offered to the same.
    """

    __slots__ = ("_agents", "_orders", "_places", "_pool", "_shared")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._agents: dict[Kind, list[Agent]] = {}
        self._places: dict[Kind, int] = {}
        self._shared: dict[Kind, frozenset[Kind]] = {}
        self._orders: dict[Kind, list[TicketKey]] = {}
        for name, kind in pool.index.waiting.items():
            self._orders.setdefault(kind, []).append(pool.tickets[name].order())
        for orders in self._orders.values():
            orders.sort()

    def of(self, ticket: Ticket) -> Estimate:
        """How long a ticket that waits or is offered will still wait."""
        if ticket.phase == "offered":
            return self._told(ticket, position=0, ahead=0, basis="offered")
        return self._behind(ticket, None)

    def forecast(self, queue: str, channel: str, now: datetime) -> Forecast:
        """How contacts of the channel will fare in the queue, and the one that comes next."""
        pool, newcomer = self._pool, _newcomer(self._pool, queue, channel, now)
        is_free = any(pool.load(agent).admits(channel) for agent in self._who(kind_of(newcomer)))
        following = self._behind(newcomer, "free_agent" if is_free else None)
        arrivals = pool.workloads.get(queue, {}).get(channel, Workload()).arrivals_per_s(now)
        places, handling = following.places, following.handling_s
        if not places or handling is None:
            return Forecast(channel=channel, arrivals_per_hour=arrivals * 3_600, next=following)
        load = arrivals * handling
        bounded = load < places
        return Forecast(
            channel=channel,
            arrivals_per_hour=arrivals * 3_600,
            load=load,
            wait_probability=waiting_probability(places, load),
            mean_wait_s=mean_wait(places, load, handling) if bounded else None,
            p90_s=wait_quantile(places, load, handling, 0.9) if bounded else None,
            service_level=answered_within(places, load, handling, pool.queues[queue].threshold_s),
            next=following,
        )

    def _behind(self, ticket: Ticket, basis: Basis | None) -> Estimate:
        own, rivals = ticket.order(), self._rivals(kind_of(ticket))
        position, ahead = 1, 0
        for kind, orders in self._orders.items():
            before = bisect_left(orders, own)
            if before and kind[0] == ticket.queue:
                position += before
            if before and kind in rivals:
                ahead += before
        return self._told(ticket, position=position, ahead=ahead, basis=basis)

    def _told(self, ticket: Ticket, *, position: int, ahead: int, basis: Basis | None) -> Estimate:
        kind = kind_of(ticket)
        agents = self._who(kind)
        if kind not in self._places:
            self._places[kind] = _places(self._pool, agents, ticket.channel)
        places = self._places[kind]
        handling_s, experience = _handling(self._pool, ticket.queue, ticket.channel)
        p50 = p90 = None
        if basis is not None:
            p50 = p90 = 0
        elif not places:
            basis = "no_agents"
        elif handling_s is None:
            basis = "no_experience"
        else:
            basis = experience
            p50, p90 = (round(stages_quantile(ahead + 1, share) * handling_s / places) for share in (0.5, 0.9))
        return Estimate(
            position=position,
            ahead=ahead,
            agents=len(agents),
            places=places,
            handling_s=handling_s,
            p50_s=p50,
            p90_s=p90,
            basis=basis,
        )

    def _rivals(self, kind: Kind) -> frozenset[Kind]:
        """The kinds of which tickets wait for any of the same agents."""
        if kind not in self._shared:
            agents = self._who(kind)
            self._shared[kind] = frozenset(
                other for other in self._orders if any(_may_have(agent, other) for agent in agents)
            )
        return self._shared[kind]

    def _who(self, kind: Kind) -> list[Agent]:
        """The available agents who may be asked for tickets of this kind."""
        if kind not in self._agents:
            self._agents[kind] = [
                agent for agent in self._pool.agents.values() if agent.status == "available" and _may_have(agent, kind)
            ]
        return self._agents[kind]


def _may_have(agent: Agent, kind: Kind) -> bool:
    queue, _, needs, only = kind
    return agent.serves(queue, needs) if only is None else only == agent.id


def channels_of(pool: Pool, queue: str) -> list[str]:
    """The channels that ever came to a queue."""
    return sorted(pool.workloads.get(queue, {}))


def _places(pool: Pool, agents: Iterable[Agent], channel: str) -> int:
    """How many contacts of the channel the agents can have at once."""
    places = 0
    for agent in agents:
        empty = pool.load(agent, ())
        room = empty.shares.units // empty.shares[channel]
        places += min(room, empty.limits.get(channel, room))
    return places


def _handling(pool: Pool, queue: str, channel: str) -> tuple[float | None, Literal["queue", "channel"]]:
    """How long handling a contact takes, in seconds, and what that is known from."""
    own = pool.workloads.get(queue, {}).get(channel)
    if own is not None and own.handled >= _ENOUGH:
        return max(1, own.handled_ms) / own.handled / 1_000, "queue"
    of_channel = [one for channels in pool.workloads.values() if (one := channels.get(channel))]
    handled = sum(one.handled for one in of_channel)
    handled_ms = max(1, sum(one.handled_ms for one in of_channel))
    return (handled_ms / handled / 1_000 if handled else None), "channel"


def _newcomer(pool: Pool, queue: str, channel: str, now: datetime) -> Ticket:
    settings = pool.queues[queue]
    return Ticket(
        id="\U0010ffff",
        conversation="",
        channel=channel,
        identity="",
        queue=queue,
        needs=frozenset(settings.skills.items()),
        priority=settings.priority,
        queued=now,
        due=due(now, settings.threshold_s, settings.priority, pool.priority_s),
        last=now,
    )
