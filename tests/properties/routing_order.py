"""First come, first served among equals: a second opinion that knows neither scores nor lanes."""

from datetime import datetime
from typing import Any

from services.routing.domain.configuration import DEFAULT_PRIORITY_S, PoolConfigured
from services.routing.domain.state import Pool, Ticket
from shared.contracts.tickets import TicketEscalated, TicketOffered, TicketOpened, TicketPrioritised, TicketQueued
from tests.properties.routing_witness import Witness


class OrderWitness:
    """Remembers from when on each ticket's wait counts, and what it was worth when it took its place."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._since: dict[str, datetime] = {}
        self._places: dict[str, tuple[str, float, float]] = {}
        self._priorities: dict[str, int] = {}
        self._priority_s = DEFAULT_PRIORITY_S

    def see(self, pool: Pool, event: Any) -> None:  # noqa: ANN401 (any event)
        """Takes the next event in; pool: as it is right before it."""
        match event:
            case PoolConfigured():
                self._priority_s = event.settings.priority_s
            case TicketOpened() | TicketEscalated():
                self._priorities[event.ticket] = event.priority
            case TicketPrioritised():
                self._priorities[event.ticket] = event.priority
                queue, threshold, _ = self._places[event.ticket]
                self._places[event.ticket] = (queue, threshold, self._priority_s)
            case TicketQueued():
                self._since[event.ticket] = event.since or event.at
                self._places[event.ticket] = (event.queue, event.threshold, self._priority_s)
            case TicketOffered() if not pool.unsettled:
                before = self._passed_over(pool, pool.tickets[event.ticket], event.agent)
                assert before == [], f"{event.ticket} is offered to {event.agent}, and these wait longer: {before}"

    def _passed_over(self, pool: Pool, ticket: Ticket, agent: str) -> list[str]:
        """None if it is kept for the agent: then skills are not asked, so others are no equals of it."""
        if ticket.only is not None:
            return []
        return [
            other.id
            for other in pool.tickets.values()
            if other.phase == "waiting" and other.only is None and self._since[other.id] < self._since[ticket.id]
            if self._equal(other, ticket) and not self._witness.was_asked(other.id, agent)
        ]

    def _equal(self, other: Ticket, ticket: Ticket) -> bool:
        same = (other.channel, other.needs) == (ticket.channel, ticket.needs)
        places, priorities = self._places, self._priorities
        return same and places[other.id] == places[ticket.id] and priorities[other.id] == priorities[ticket.id]
