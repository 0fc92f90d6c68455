"""hub.tickets.v1: what people write on tickets. It changes nothing in their course."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import EventId, Identity, Name, Sealed

TAG_LENGTH = 50
Tag = Annotated[str, Len(1, TAG_LENGTH)]
"""A word or a few by which tickets are found again; never a person's name, for it stands in the clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTagged(Ticketed):
    """by: the person."""

    event: Literal["ticket.tagged"] = "ticket.tagged"
    added: tuple[Tag, ...] = ()
    removed: tuple[Tag, ...] = ()
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketNoted(Ticketed):
    """A note was written on the ticket. identity: the ticket's. content: sealed under its key, with the id `note`."""

    event: Literal["ticket.noted"] = "ticket.noted"
    note: EventId
    identity: Identity
    by: Name
    content: Sealed
