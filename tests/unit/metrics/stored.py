"""A partition of hub.tickets.v1 as the metrics service keeps it, without a database."""

from collections.abc import Sequence

from services.metrics.documents import (
    contact_document,
    contact_id,
    contact_of,
    fold_of,
    seen_list,
    ticket_document,
    ticket_of,
)
from services.metrics.domain.contact import Contact
from services.metrics.domain.fold import Event, TicketFold
from services.metrics.domain.ticket import Ticket
from shared.mongo import Document


class Stored:
    """What a partition's database would hold, and the state that goes with it."""

    def __init__(self) -> None:
        self.state = TicketFold()
        self.events: dict[str, list[Event]] = {}
        self.contacts: dict[str, Document] = {}
        self.tickets: dict[str, Document] = {}
        self.quarters: dict[int, int] = {}
        self.strays = 0

    def take(self, events: Sequence[Event]) -> None:
        """Folds the events, and stores what that changes."""
        stored = {ticket: self.events.get(ticket, []) for ticket in self.state.needs(events)}
        changes = self.state.fold(events, stored)
        self.strays += changes.strays
        for event in changes.events:
            self.events.setdefault(event.data.ticket, []).append(event)
        self.contacts |= {contact_id(contact): contact_document(contact) for contact in changes.contacts.values()}
        for ticket in changes.tickets.values():
            known = self.state.open.get(ticket.ticket)
            place = list(known.last) if known else []
            self.tickets[ticket.ticket] = ticket_document(ticket) | {"_id": ticket.ticket, "place": place}
        for quarter, reach in changes.quarters.items():
            self.quarters[quarter] = max(reach.until, self.quarters.get(quarter, quarter))

    def restart(self) -> None:
        """The state is put back from what is stored."""
        contacts = {document["ticket"]: document for document in self.contacts.values()}
        tickets = [document for document in self.tickets.values() if not document["over"]]
        self.state = fold_of({"seen": seen_list(self.state.seen)}, tickets, contacts)

    def rows(self) -> dict[str, Contact | Ticket]:
        """All contacts and tickets."""
        return {name: contact_of(document) for name, document in self.contacts.items()} | {
            f"ticket {name}": ticket_of(document) for name, document in self.tickets.items()
        }
