"""What is written on a ticket, in its pool's state. `Ticket.last` stays: its course goes on from where it was."""

from collections.abc import Callable
from typing import Any

from services.routing.domain.state import Pool
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged


def _tag(pool: Pool, event: TicketTagged) -> None:
    ticket = pool.tickets[event.ticket]
    ticket.tags = tuple(sorted({*ticket.tags, *event.added}.difference(event.removed)))


def _note(_: Pool, __: TicketNoted) -> None:
    """Notes are read from the log; nothing is decided by them."""


ANNOTATIONS: dict[type[Any], Callable[[Pool, Any], None]] = {
    TicketTagged: _tag,
    TicketNoted: _note,
}
