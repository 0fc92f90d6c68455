"""What is written on tickets, as their documents show it."""

from services.routing.domain.events import Event
from shared.contracts.tickets_annotations import TicketTagged
from shared.mongo import Document


def annotated(document: Document, event: Event) -> Document:
    """What the event changes in its ticket's document."""
    match event:
        case TicketTagged():
            tags = {*document.get("tags", ()), *event.added}.difference(event.removed)
            return {"tags": sorted(tags)}
        case _:
            return {}
