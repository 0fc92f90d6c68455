"""What a pool's state is looked up by, so that a decision costs O(log n): all of it follows from the state.

Tickets of a kind wait in the same lanes (see lanes), where agents with room stand ready for them (see roster). So which
ticket or which agent is next is seen at the heads of few lanes, and a change is brought to the lanes it concerns.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from services.routing.domain.capacity import Capacities
from services.routing.domain.complaint import ComplaintIndex
from services.routing.domain.deadlines import Deadlines
from services.routing.domain.lanes import Lane, LaneKey
from services.routing.domain.roster import Roster
from services.routing.domain.selection import Needs, TicketKey

if TYPE_CHECKING:  # the state holds its index, so at run time the import goes the other way
    from services.routing.domain.state import Agent, Pool, Ticket

Kind = tuple[str, str, Needs, str | None]
"""A ticket's queue, channel, needs, and the agent it is kept for."""

_KINDS = 20_000
"""So many kinds of tickets keep their lanes when nobody waits in them."""


class Index:
    """The lanes of a pool and the agents among them, its deadlines, and its tickets by conversation.

    waiting: the kind of each ticket that waits.
    """

    __slots__ = (
        "_kinds",
        "_pool",
        "_queues",
        "capacities",
        "complaints",
        "conversations",
        "deadlines",
        "lanes",
        "roster",
        "waiting",
    )

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._kinds: OrderedDict[Kind, tuple[Lane, ...]] = OrderedDict()
        self._queues: defaultdict[str, set[str]] = defaultdict(set)
        self.capacities = Capacities(pool.channels)
        self.roster = Roster(pool)
        self.lanes: dict[LaneKey, Lane] = {}
        self.waiting: dict[str, Kind] = {}
        self.deadlines = Deadlines()
        self.conversations: dict[str, str] = {}
        self.complaints = ComplaintIndex()
        for complaint in pool.complaints.values():
            self.complaints.put(complaint)
        self._fill(pool.tickets.values())

    def lanes_of(self, ticket: Ticket) -> tuple[Lane, ...]:
        """The lanes in which such a ticket waits."""
        kind = kind_of(ticket)
        return self._kinds.get(kind) or self._add_kind(kind)

    def waiting_in(self, queue: str) -> AbstractSet[str]:
        """The tickets that wait in a queue."""
        return self._queues.get(queue, frozenset())

    def on_ticket(self, ticket: Ticket) -> None:
        """The ticket is new or changed."""
        self._leave_lanes(ticket.id)
        if ticket.phase == "waiting":
            order = ticket.order()
            for lane in self.lanes_of(ticket):
                lane.put(ticket.id, order)
            self.waiting[ticket.id] = kind_of(ticket)
            self._queues[ticket.queue].add(ticket.id)
        self.on_deadline(ticket)

    def on_deadline(self, ticket: Ticket) -> None:
        """What is due to happen to the ticket next is something else."""
        self.deadlines.put(ticket.id, ticket.deadline())

    def on_ticket_closed(self, ticket: Ticket) -> None:
        """The ticket is closed."""
        self._leave_lanes(ticket.id)
        self.deadlines.drop(ticket.id)
        for conversation in (ticket.conversation, *ticket.others):
            self.conversations.pop(conversation, None)

    def on_conversations(self, ticket: Ticket) -> None:
        """The ticket has a conversation more."""
        for conversation in (ticket.conversation, *ticket.others):
            self.conversations[conversation] = ticket.id

    def on_agent(self, agent: Agent) -> None:
        """The agent's status or what it has in hand changed."""
        self.roster.change([agent.id])

    def on_agent_configured(self, agent: Agent) -> None:
        """The agent is new, or its settings changed."""
        self.roster.seat(agent)

    def on_queue_configured(self, queue: str) -> None:
        """The queue is new, or its settings changed; costs a look at each ticket that waits in it.

        With another policy they go to other lanes.
        """
        waiting, policy = list(self.waiting_in(queue)), self._pool.queues[queue].policy
        for ticket in waiting:
            self._leave_lanes(ticket)
        for kind, lanes in list(self._kinds.items()):
            if kind[0] == queue and lanes[-1].key.policy != policy:
                self._drop_kind(kind)
        for ticket in waiting:
            self.on_ticket(self._pool.tickets[ticket])

    def on_pool_configured(self) -> None:
        """The pool's settings changed: what contacts take, or how many units its agents have."""
        self.capacities = Capacities(self._pool.channels)
        self.roster.change(self._pool.agents)

    def _fill(self, tickets: Iterable[Ticket]) -> None:
        """Takes in the tickets of a pool: the same as one after the other, in a fraction of the time."""
        waiting: defaultdict[Kind, dict[str, TicketKey]] = defaultdict(dict)
        deadlines: dict[str, datetime] = {}
        for ticket in tickets:
            name = ticket.id
            self.conversations[ticket.conversation] = name
            for conversation in ticket.others:
                self.conversations[conversation] = name
            if (deadline := ticket.deadline()) is not None:
                deadlines[name] = deadline
            if ticket.phase == "waiting":
                waiting[kind_of(ticket)][name] = ticket.order()
        self.deadlines.put_new(deadlines)
        of_shared: defaultdict[LaneKey, dict[str, TicketKey]] = defaultdict(dict)
        for kind, keys in waiting.items():
            self.waiting.update(dict.fromkeys(keys, kind))
            self._queues[kind[0]].update(keys)
            *shared, own = self._add_kind(kind)
            own.put_new(keys)
            for lane in shared:
                of_shared[lane.key].update(keys)
        for key, keys in of_shared.items():
            self.lanes[key].put_new(keys)

    def _leave_lanes(self, ticket: str) -> None:
        kind = self.waiting.pop(ticket, None)
        if kind is not None:
            self._queues[kind[0]].discard(ticket)
            for lane in self._kinds[kind]:
                lane.drop(ticket)

    def _add_kind(self, kind: Kind) -> tuple[Lane, ...]:
        """The last of a kind's lanes is its own; the one before is shared with other queues."""
        self._forget_kinds()
        queue, channel, needs, only = kind
        own = LaneKey(queue, channel, needs, self._pool.queues[queue].policy, only)
        keys = (own,) if only is not None else (own._replace(queue=None), own)
        lanes = self._kinds[kind] = tuple(self._lane(key) for key in keys)
        for lane in lanes:
            lane.uses += 1
        return lanes

    def _lane(self, key: LaneKey) -> Lane:
        if key not in self.lanes:
            self.lanes[key] = self.roster.open(key)
        return self.lanes[key]

    def _forget_kinds(self) -> None:
        """Makes room for another kind. Two are looked at each time, so some that must stay do not keep it from that."""
        if len(self._kinds) >= _KINDS:
            for kind in list(islice(self._kinds, 2)):
                if len(self._kinds[kind][-1].waiting):
                    self._kinds.move_to_end(kind)
                else:
                    self._drop_kind(kind)

    def _drop_kind(self, kind: Kind) -> None:
        for lane in self._kinds.pop(kind):
            lane.uses -= 1
            if not lane.uses:
                del self.lanes[lane.key]
                self.roster.close(lane)


def kind_of(ticket: Ticket) -> Kind:
    """The kind that a ticket is of."""
    return (ticket.queue, ticket.channel, ticket.needs, ticket.only)
