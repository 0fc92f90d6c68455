"""Who gets which ticket.

A ticket goes to an available agent who serves its queue, has all its skills well enough and has room for its channel:
whom the queue prefers, then by its policy. An agent with room gets, of all it may serve, the ticket that is due first.
Whoever declined or did not answer is not asked again in the same round. See selection for both orders.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.routing.domain.capacity import Load
from services.routing.domain.events import Event
from services.routing.domain.selection import AgentKey, TicketKey, preferred
from services.routing.domain.state import Agent, Pool, Ticket
from shared.contracts.tickets import TicketAccepted, TicketOffered


class Draft:
    """The events of one decision so far, and what they change for the offers that still follow in it.

    The state changes only when the decision is done, so what was promised or given back meanwhile is kept here.
    """

    __slots__ = ("_away", "_hands", "_index", "_pool", "_refused", "_taken", "events", "now")

    def __init__(self, pool: Pool, now: datetime) -> None:
        self.events: list[Event] = []
        self.now = now
        self._pool = pool
        self._index = pool.index
        self._hands: dict[str, dict[str, str]] = {}
        self._away: set[str] = set()
        self._taken: set[str] = set()
        self._refused: set[tuple[str, str]] = set()

    def add(self, event: Event) -> None:
        """Notes an event."""
        self.events.append(event)

    def take_back(self, ticket: Ticket) -> None:
        """The ticket is no longer with the agent it is with, and not offered to that one again in this decision."""
        if ticket.agent is not None:
            hand = self._hand(self._pool.agents[ticket.agent])
            self._hands[ticket.agent] = {other: channel for other, channel in hand.items() if other != ticket.id}
            self._refused.add((ticket.id, ticket.agent))

    def give(self, ticket: Ticket, agent: Agent) -> None:
        """The agent has the ticket from now on."""
        self._taken.add(ticket.id)
        self._hands[agent.id] = {**self._hand(agent), ticket.id: ticket.channel}

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

    def settle(self, at_most: int) -> bool:
        """Offers waiting tickets wherever there is an agent for one; False if `at_most` did not do."""
        self._index.refresh()
        lanes = [lane for lane in self._index.lanes.values() if len(lane.waiting) and len(lane.ready)]
        refused: set[str] = set()

        def is_free(ticket: str) -> bool:
            return ticket not in self._taken and ticket not in refused

        while heads := [(head, lane) for lane in lanes if (head := lane.waiting.first_that(is_free))]:
            if len(self._taken) >= at_most:
                return False
            (_, name), lane = min(heads, key=lambda item: item[0])
            ticket = self._pool.tickets[name]
            if self.offer_to_someone(ticket):
                continue
            if ticket.asked:  # whoever said no to this one may still be asked for the next
                refused.add(name)
            else:
                lanes.remove(lane)
        return True

    def _hand(self, agent: Agent) -> dict[str, str]:
        return self._hands.get(agent.id, agent.hand)

    def _load(self, agent: Agent) -> Load:
        return self._pool.load(agent, self._hand(agent).values())

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
        lanes = self._index.lanes_of(ticket)
        self._index.refresh()
        agents = self._pool.agents
        changed = self._hands.keys() | self._away
        entries: list[tuple[AgentKey, str]] = []
        for lane in lanes:
            first = lane.ready.first_that(lambda name: name not in changed and may(agents[name]))
            if first is not None:
                entries.append(first)
        for name in self._hands:  # those whose place in the order has changed in this decision
            agent = agents[name]
            if self._could_take(agent, ticket) and may(agent):
                entries.append((self._pool.place(agent, ticket, self._load(agent)), name))
        return agents[min(entries)[1]] if entries else None

    def _next_ticket(self, agent: Agent, returns: int) -> Ticket | None:
        tickets = self._pool.tickets
        best: tuple[TicketKey, str] | None = None

        def fits(ticket: str) -> bool:
            return ticket not in self._taken and not tickets[ticket].was_asked(agent.id, returns)

        load = self._load(agent)
        for channel, lanes in self._index.served(agent.id).items():
            if not load.admits(channel):
                continue
            for lane in lanes:
                head = lane.waiting.first()
                if head is None or (best is not None and best < head):
                    continue  # whatever fits in this lane comes after the best so far
                head = head if fits(head[1]) else lane.waiting.first_that(fits)
                if head is not None and (best is None or head < best):
                    best = head
        return None if best is None else tickets[best[1]]

    def _offer(self, ticket: Ticket, agent: Agent) -> None:
        at = max(self.now, ticket.last)
        expires = at + timedelta(seconds=self._pool.answer_s(ticket))
        self.add(TicketOffered(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id, expires=expires))
        if self._pool.queues[ticket.queue].auto_accept:
            self.add(TicketAccepted(ticket=ticket.id, at=at, queue=ticket.queue, agent=agent.id))
        self.give(ticket, agent)
