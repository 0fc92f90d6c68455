"""How tickets belong together, as their documents show it."""

from services.routing.domain.events import Event
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from shared.mongo import Document


def linked(document: Document, event: Event) -> Document:
    """What the event changes in a ticket's document; a merge changes the documents of both tickets."""
    match event:
        case TicketLinked():
            return {"links": [*_others(document, event.to), {"ticket": event.to, "relation": event.relation}]}
        case TicketUnlinked():
            return {"links": _others(document, event.to)}
        case TicketMerged() if document["_id"] == event.into:
            return {"merged": [*document.get("merged", ()), event.ticket]}
        case TicketMerged():
            nobody: Document = {"agent": None, "expires": None, "kept_for": None, "until": None, "pending_on": None}
            return {"state": "merged", "merged_into": event.into, "closed": event.at, **nobody}
        case _:
            return {}


def _others(document: Document, to: str) -> list[Document]:
    return [link for link in document.get("links", ()) if link["ticket"] != to]
