"""How what is folded stands in MongoDB documents.

progress          {_id: "tickets.3", next, watermark, seen: […], owner}   or   {_id: "agents.1", …, statuses: {…}}
ticket_events     {_id: "stream sequence number", ticket, event}: each event that was taken, as its record was
contact_rows      {_id: "ticket stay", partition, revision, open, last, quarters, …}: every contact there was
ticket_rows       {_id: ticket, partition, revision, open, last, quarters, over, place, …}: every ticket there was
changed_openings  {customer, queue, opened, causes}: tickets of before that count by it are to be found
changed_quarters  {_id: {quarter, partition}, revision, until, causes}: quarters whose figures are to be summed anew,
                  each with those after it up to `until`

revision: the partition's next offset when it was stored. open: it may go on by itself. last: the latest moment at which
it counts; quarters: all in which it counts. Moments and durations are in microseconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from services.metrics.domain.contact import Contact
from services.metrics.domain.course import Course
from services.metrics.domain.fold import Event, Open, TicketFold
from services.metrics.domain.ordering import place_of
from services.metrics.domain.quarters import quarters_of_contact, quarters_of_ticket
from services.metrics.domain.returns import Opening
from services.metrics.domain.ticket import Ticket
from shared.contracts import codec
from shared.mongo import Document

_CONTACT = [field.name for field in fields(Contact)]
_TICKET = [field.name for field in fields(Ticket) if field.name != "returned"]
_of_contact, _of_ticket = attrgetter(*_CONTACT), attrgetter(*_TICKET)


def event_document(event: Event) -> Document:
    """The event, to be found by its ticket."""
    return {
        "_id": " ".join(map(str, place_of(event))),
        "ticket": event.data.ticket,
        "event": codec.tickets.encode(event),
    }


def event_of(document: Mapping[str, Any]) -> Event:
    """The event that a document holds."""
    return codec.tickets.decode(document["event"])


def contact_id(contact: Contact) -> str:
    """A contact's `_id`."""
    return f"{contact.ticket} {contact.stay}"


def contact_document(contact: Contact) -> Document:
    """The contact's own fields, and those it is found by."""
    moments = [moment for _, moment, _ in contact.bookings()]
    return {
        **dict(zip(_CONTACT, _of_contact(contact), strict=True)),
        "open": contact.is_open,
        "last": max(moments),
        "quarters": sorted(quarters_of_contact(contact)),
    }


def contact_of(document: Mapping[str, Any]) -> Contact:
    """The contact that a document holds. Those of before a field was known lack it, until figures are built anew."""
    contact = Contact(**{name: document[name] for name in _CONTACT if name in document})
    contact.spans = [(phase, begin, end) for phase, begin, end in contact.spans]
    return contact


def ticket_document(ticket: Ticket) -> Document:
    """The ticket's own fields, and those it is found by."""
    moments = [moment for _, moment, _ in ticket.bookings()]
    return {
        **dict(zip(_TICKET, _of_ticket(ticket), strict=True)),
        "open": ticket.is_open,
        "last": max(moments, default=ticket.opened),
        "quarters": sorted(quarters_of_ticket(ticket)),
    }


def ticket_of(document: Mapping[str, Any]) -> Ticket:
    """The ticket that a document holds. Those of before a field was known lack it, until figures are built anew."""
    ticket = Ticket(**{name: document[name] for name in _TICKET if name in document})
    ticket.pending = [(begin, end) for begin, end in ticket.pending]
    return ticket


def opening_document(opening: Opening, causes: Sequence[str]) -> Document:
    """The opening as it is noted for those that count by it."""
    return {"customer": opening.customer, "queue": opening.queue, "opened": opening.at, "causes": list(causes)}


def seen_list(seen: Mapping[str, tuple[int, int]]) -> list[Document]:
    """How far each stream was taken."""
    return [{"stream": stream, "sequence": place[0], "number": place[1]} for stream, place in seen.items()]


def seen_of(partition: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """How far each stream was taken."""
    return {item["stream"]: (item["sequence"], item["number"]) for item in partition["seen"]}


def fold_of(
    partition: Mapping[str, Any], tickets: Iterable[Mapping[str, Any]], contacts: Mapping[str, Mapping[str, Any]]
) -> TicketFold:
    """A partition's state. tickets: those that are not over; contacts: the last one of each of them, by ticket."""
    state = TicketFold(seen=seen_of(partition))
    for document in tickets:
        last = contacts.get(document["_id"])
        course = Course(
            id=document["_id"], ticket=ticket_of(document), contacts=[] if last is None else [contact_of(last)]
        )
        stream, sequence, number = document["place"]
        state.open[course.id] = Open(course=course, last=(stream, sequence, number))
    return state
