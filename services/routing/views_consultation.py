"""Consultations, as the documents of their ticket and of the agent who is asked show them."""

from services.routing.domain.events import Event
from shared.contracts.tickets_consultation import (
    OfConsultation,
    TicketConsultationAccepted,
    TicketConsultationAsked,
)
from shared.mongo import Document


def consulted_on(event: Event) -> Document:
    """What the event changes in its ticket's document."""
    match event:
        case TicketConsultationAsked():
            return {"consultation": {"agent": event.agent, "state": "asked", "expires": event.expires}}
        case TicketConsultationAccepted():
            return {"consultation": {"agent": event.agent, "state": "accepted", "expires": None}}
        case OfConsultation():
            return {"consultation": None}
        case _:
            return {}


def consulted_by(document: Document, event: OfConsultation) -> Document:
    """What the event changes in the document of the agent who is asked."""
    others = [ticket for ticket in document.get("consultations", ()) if ticket != event.ticket]
    is_on = isinstance(event, TicketConsultationAsked | TicketConsultationAccepted)
    return {"consultations": [*others, event.ticket] if is_on else others}
