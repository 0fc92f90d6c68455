"""How tickets belong together, in their pool's state. A link leaves `Ticket.last` as it is, like all annotations."""

from collections.abc import Callable
from typing import Any

from services.routing.domain.state import Pool
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked


def _link(pool: Pool, event: TicketLinked) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.links = {**(ticket.links or {}), event.to: event.relation}


def _unlink(pool: Pool, event: TicketUnlinked) -> None:
    ticket = pool.tickets[event.ticket]
    left = {to: relation for to, relation in (ticket.links or {}).items() if to != event.to}
    ticket.links = left or None


def _merge(pool: Pool, event: TicketMerged) -> None:
    index, ticket, into = pool.index, pool.tickets.pop(event.ticket), pool.tickets[event.into]
    index.on_ticket_closed(ticket)
    into.others = (*into.others, ticket.conversation, *ticket.others)
    index.on_conversations(into)
    if ticket.agent is not None:
        agent = pool.agents[ticket.agent]
        del agent.hand[ticket.id]
        if ticket.phase != "offered":
            agent.idle_since = event.at
        index.on_agent(agent)


LINKS: dict[type[Any], Callable[[Pool, Any], None]] = {
    TicketLinked: _link,
    TicketUnlinked: _unlink,
    TicketMerged: _merge,
}
