"""Who gets which ticket.

A ticket goes to an available agent who serves its queue, has all its skills well enough and has room for its channel:
whom the queue prefers, then by its policy. An agent with room gets, of all it may serve, the ticket that is due first.
Whoever declined or did not answer is not asked again in the same round. See selection for both orders.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from heapq import heappop, heappush

from services.routing.domain.accepting import accepted
from services.routing.domain.capacity import Load
from services.routing.domain.events import Event
from services.routing.domain.lanes import Lane
from services.routing.domain.selection import AgentKey, TicketKey, preferred
from services.routing.domain.state import Agent, Pool, Ticket
from shared.contracts.tickets import TicketOffered


class Draft:
    """The events of one decision so far, and what they change for the offers that still follow in it.

    The state changes only when the decision is done, so what was promised or given back meanwhile is kept here.
    """

    __slots__ = ("_away", "_idle", "_index", "_left", "_loads", "_pool", "_refused", "_taken", "events", "now")

    def __init__(self, pool: Pool, now: datetime) -> None:
        self.events: list[Event] = []
        self.now = now
        self._pool = pool
        self._index = pool.index
        self._loads: dict[str, Load] = {}
        self._idle: dict[str, datetime] = {}
        self._away: set[str] = set()
        self._left: set[str] = set()
        self._taken: set[str] = set()
        self._refused: set[tuple[str, str]] = set()

    def add(self, event: Event) -> None:
        """Notes an event."""
        self.events.append(event)

    def take_back(self, ticket: Ticket, at: datetime) -> None:
        """From `at` on the ticket is no longer with the agent it is with, and not offered to that one again in this
        decision.
        """
        if ticket.agent is not None and (ticket.id, ticket.agent) not in self._refused:
            self._loads[ticket.agent] = self._load(self._pool.agents[ticket.agent]).without_one(ticket.channel)
            self._refused.add((ticket.id, ticket.agent))
            if ticket.phase != "offered":  # then it was work
                self._idle[ticket.agent] = at

    def leave(self, ticket: Ticket) -> None:
        """The ticket does not wait where it did any more; whoever looks there does not see it."""
        self._left.add(ticket.id)

    def free(self, ticket: Ticket, agent: Agent, at: datetime) -> None:
        """From `at` on the agent is no longer consulted on the ticket."""
        self._loads[agent.id] = self._load(agent).without_one(ticket.channel)
        if ticket.consulting:
            self._idle[agent.id] = at

    def give(self, ticket: Ticket, agent: Agent) -> None:
        """The agent has the ticket from now on."""
        self._taken.add(ticket.id)
        self._loads[agent.id] = self._load(agent).with_one(ticket.channel)

    def send_away(self, agent: str) -> bool:
        """The agent takes no more offers; False if that was said before."""
        was_here = agent not in self._away
        self._away.add(agent)
        return was_here

    def offer_to_someone(self, ticket: Ticket, *, anew: bool = False) -> bool:
        """Offers a ticket that nobody has to the agent whose turn it is. anew: whoever was asked may be asked again."""

        def may(agent: Agent) -> bool:
            if (ticket.id, agent.id) in self._refused:
                return False
            return anew or not ticket.was_asked(agent.id, agent.returns)

        agent = self._preferred_agent(ticket, may) or self._next_agent(ticket, may)
        if agent is None:
            return False
        self._offer(ticket, agent)
        return True

    def fill(self, agent: Agent) -> None:
        """Offers waiting tickets to the agent, if it is available, as long as there is room."""
        if agent.status == "available" and agent.id not in self._away:
            self.fill_available(agent, agent.returns)

    def fill_available(self, agent: Agent, returns: int) -> None:
        """The same for an agent who is or becomes available. returns: how often it has, this time included."""
        while (ticket := self._next_ticket(agent, returns)) is not None:
            self._offer(ticket, agent)

    def share(self, tickets: Iterable[Ticket], agents: Collection[Agent]) -> None:
        """Offers tickets that nobody has any more, and to agents who became free at once what waits: whatever comes
        first goes first.
        """
        for ticket in sorted(tickets, key=Ticket.order):
            self._fill_each(agents, ahead_of=ticket)
            self.offer_to_someone(ticket)
        self._fill_each(agents)

    def _fill_each(self, agents: Collection[Agent], ahead_of: Ticket | None = None) -> None:
        """Offers waiting tickets to these agents: the first ticket first, to the agent whose turn it is.

        ahead_of: only tickets that come before this one.
        """
        here = [agent for agent in agents if agent.status == "available" and agent.id not in self._away]
        while tickets := [ticket for agent in here if (ticket := self._next_ticket(agent, agent.returns)) is not None]:
            first = min(tickets, key=Ticket.order)
            if ahead_of is not None and first.order() >= ahead_of.order():
                return
            if not self.offer_to_someone(first):
                return

    def settle(self, at_most: int) -> bool:
        """Offers waiting tickets wherever there is an agent for one; False if `at_most` did not do."""
        seen = self._taken | self._left
        heads: list[tuple[TicketKey, int, Lane]] = []
        for number, lane in enumerate(self._index.lanes.values()):
            if head := lane.waiting.first_that(lambda name: name not in seen):
                heappush(heads, (head[0], number, lane))
        while heads:
            (*_, name), number, lane = heappop(heads)
            if not len(self._index.roster.ready(lane)):
                continue
            if name not in seen:
                if len(self._taken) >= at_most:
                    return False
                ticket = self._pool.tickets[name]
                if not self.offer_to_someone(ticket) and not ticket.asked:
                    continue
                seen.add(name)  # if nobody took it because of who said no, they may still be asked for the next
            if head := lane.waiting.first_that(lambda name: name not in seen):
                heappush(heads, (head[0], number, lane))
        return True

    def _load(self, agent: Agent) -> Load:
        return self._loads.get(agent.id) or self._pool.load(agent)

    def _could_take(self, agent: Agent, ticket: Ticket) -> bool:
        return (
            agent.status == "available"
            and agent.id not in self._away
            and ticket.open_to(agent)
            and self._load(agent).admits(ticket.channel)
        )

    def _preferred_agent(self, ticket: Ticket, may: Callable[[Agent], bool]) -> Agent | None:
        for name in preferred(ticket, self._pool.queues[ticket.queue]):
            agent = self._pool.agents.get(name)
            if agent is not None and self._could_take(agent, ticket) and may(agent):
                return agent
        return None

    def _next_agent(self, ticket: Ticket, may: Callable[[Agent], bool]) -> Agent | None:
        agents = self._pool.agents
        changed = self._loads.keys() | self._away
        entries: list[tuple[AgentKey, str]] = []
        for lane in self._index.lanes_of(ticket):
            first = self._index.roster.ready(lane).first_that(lambda name: name not in changed and may(agents[name]))
            if first is not None:
                entries.append(first)
            for name in self._loads.keys() & lane.agents:  # their place in the order has changed in this decision
                agent = agents[name]
                if self._could_take(agent, ticket) and may(agent):
                    idle_since = self._idle.get(name, agent.idle_since)
                    entries.append((self._pool.place(agent, ticket, self._load(agent), idle_since), name))
        return agents[min(entries)[1]] if entries else None

    def _next_ticket(self, agent: Agent, returns: int) -> Ticket | None:
        tickets = self._pool.tickets

        def fits(ticket: str) -> bool:
            if ticket in self._taken or ticket in self._left:
                return False
            return not tickets[ticket].was_asked(agent.id, returns)

        first = self._index.roster.first_ticket(agent.id, self._load(agent), fits)
        return None if first is None else tickets[first]

    def _offer(self, ticket: Ticket, agent: Agent) -> None:
        at = max(self.now, ticket.last)
        expires = at + timedelta(seconds=self._pool.answer_s(ticket))
        call_back = True if ticket.callback is not None else None
        self.add(
            TicketOffered(
                ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id, expires=expires, call_back=call_back
            )
        )
        if self._pool.queues[ticket.queue].auto_accept:
            self.add(accepted(self._pool, ticket, agent, at))
        self.give(ticket, agent)
