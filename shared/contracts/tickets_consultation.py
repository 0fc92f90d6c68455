"""hub.tickets.v1: an agent asks a colleague about a ticket and keeps it meanwhile."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class OfConsultation(Ticketed):
    """agent: who is asked. owner: who has the ticket."""

    queue: Name
    agent: Name
    owner: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketConsultationAsked(OfConsultation):
    """It takes room with the agent like an offer. expires: until when it can be answered. by: the person who asks."""

    event: Literal["ticket.consultation.asked"] = "ticket.consultation.asked"
    expires: Time
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketConsultationAccepted(OfConsultation):
    event: Literal["ticket.consultation.accepted"] = "ticket.consultation.accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketConsultationDeclined(OfConsultation):
    event: Literal["ticket.consultation.declined"] = "ticket.consultation.declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketConsultationEnded(OfConsultation):
    """reason: `ended` (by the person `by`), `expired` (it was not answered in time), `left` (who was asked signed out),
    `passed` (the ticket goes to who was asked), or `over` (the owner no longer works on it).
    """

    event: Literal["ticket.consultation.ended"] = "ticket.consultation.ended"
    reason: Literal["ended", "expired", "left", "passed", "over"]
    by: Name | None = None
