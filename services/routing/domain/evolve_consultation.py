"""Consultations in a pool's state: who is asked has the ticket in hand too, as far as room goes."""

from collections.abc import Callable
from typing import Any

from services.routing.domain.state import Pool
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)


def _ask(pool: Pool, event: TicketConsultationAsked) -> None:
    ticket, agent = pool.tickets[event.ticket], pool.agents[event.agent]
    ticket.consulted, ticket.last = agent.id, event.at
    ticket.timers["consultation"] = event.expires
    agent.hand[ticket.id] = ticket.channel
    pool.index.on_agent(agent)
    pool.index.on_ticket(ticket)


def _accept(pool: Pool, event: TicketConsultationAccepted) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.consulting, ticket.last = True, event.at
    ticket.timers.pop("consultation", None)
    pool.index.on_ticket(ticket)


def _end(pool: Pool, event: TicketConsultationDeclined | TicketConsultationEnded) -> None:
    ticket, agent = pool.tickets[event.ticket], pool.agents[event.agent]
    del agent.hand[ticket.id]
    if ticket.consulting:
        agent.idle_since = event.at
    ticket.consulted, ticket.consulting, ticket.last = None, False, event.at
    ticket.timers.pop("consultation", None)
    pool.index.on_agent(agent)
    pool.index.on_ticket(ticket)


CONSULTATION: dict[type[Any], Callable[[Pool, Any], None]] = {
    TicketConsultationAsked: _ask,
    TicketConsultationAccepted: _accept,
    TicketConsultationDeclined: _end,
    TicketConsultationEnded: _end,
}
