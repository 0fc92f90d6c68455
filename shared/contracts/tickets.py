"""hub.tickets.v1: what becomes of each request, keyed by ticket. Nothing personal is in here.

A *contact* is one stay of a ticket in a queue: from TicketQueued to TicketAccepted, TicketAbandoned or a transfer.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Len

from shared.contracts.ticketed import Ticketed
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged
from shared.contracts.tickets_complaints import ComplaintEvent
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from shared.contracts.tickets_monitoring import MonitoringEvent
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from shared.contracts.tickets_sla import TargetEvent
from shared.contracts.values import Channel, Conversation, Name, PrimaryLanguage, Seconds, Time

Kind = Literal["request", "complaint", "order", "feedback"]
"""What a ticket is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Ticketed):
    """identity: the keyed hash of the identity that the request came through.

    skills: what it asks of an agent, languages too (`language:de`); levels: how well, from 2 to 5, where any level will
    not do. kind: what it is about, where it is no plain request. customer, segment, account_manager, last_agent (who
    last accepted a ticket of theirs): what was known of the customer just then. language: the request's own, or else
    the customer's.
    """

    event: Literal["ticket.opened"] = "ticket.opened"
    pool: Name
    conversation: Conversation
    channel: Channel
    identity: Name
    skills: tuple[Name, ...] = ()
    levels: dict[Name, int] | None = None
    priority: Annotated[int, Ge(1)] = 5
    kind: Kind | None = None
    customer: Name | None = None
    segment: Name | None = None
    account_manager: Name | None = None
    last_agent: Name | None = None
    language: PrimaryLanguage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQueued(Ticketed):
    """A contact begins. threshold and short: the queue's service-level and short-abandon thresholds in seconds.

    They stand in the event so that a figure can be recomputed from the log alone, whatever was configured since.
    by: what chose the queue: `named` (the channel or plugin did), `rule-2` (its second rule), `default`, or
    `conversation` (no rule says otherwise, and the conversation's first ticket was there), `transfer`, `escalation`,
    `overflow`, `voicemail` (a message left in a call that was sent there), `reopened`, or `pending` (what it waited for
    has come, or the time is over). kept_for, kept_until: the agent who alone is asked until then. needs: the skills it
    asks of an agent here, with the least level; as opened, if not told. since: from when on its wait counts for its
    place among others, where that is earlier.
    """

    event: Literal["ticket.queued"] = "ticket.queued"
    queue: Name
    channel: Channel
    threshold: Seconds
    short: Seconds
    by: Name | None = None
    kept_for: Name | None = None
    kept_until: Time | None = None
    needs: dict[Name, int] | None = None
    since: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOffered(Ticketed):
    """call_back: set where the customer does not hold the line, so whoever accepts calls them."""

    event: Literal["ticket.offered"] = "ticket.offered"
    queue: Name
    agent: Name
    expires: Time
    call_back: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAccepted(Ticketed):
    """by: the supervisor who took it over; then nobody was asked. units: what it takes of the agent's capacity while it
    is handled; all of it, if not told.
    """

    event: Literal["ticket.accepted"] = "ticket.accepted"
    queue: Name
    agent: Name
    by: Name | None = None
    units: Annotated[int, Ge(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeclined(Ticketed):
    event: Literal["ticket.declined"] = "ticket.declined"
    queue: Name
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketExpired(Ticketed):
    """The offer was not answered in time; the ticket waits again, from when it first waited."""

    event: Literal["ticket.expired"] = "ticket.expired"
    queue: Name
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAbandoned(Ticketed):
    """The customer left before an agent accepted. reason: `hung_up`, `left`, …; agent: who was asked just then."""

    event: Literal["ticket.abandoned"] = "ticket.abandoned"
    queue: Name
    reason: Name
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHeld(Ticketed):
    event: Literal["ticket.held"] = "ticket.held"
    queue: Name
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResumed(Ticketed):
    event: Literal["ticket.resumed"] = "ticket.resumed"
    queue: Name
    agent: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWrapupStarted(Ticketed):
    """The contact with the customer is over; the agent finishes the paperwork. until: when it counts as finished."""

    event: Literal["ticket.wrapup.started"] = "ticket.wrapup.started"
    queue: Name
    agent: Name
    reason: Name
    until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(Ticketed):
    """code: what the contact was about or led to, by the queue's list. reason: `wrapup_limit` when the hub did it.

    reopen_until: until when a message on the conversation brings it back; without one it is closed at once.
    """

    event: Literal["ticket.resolved"] = "ticket.resolved"
    queue: Name
    agent: Name
    code: Name | None = None
    reason: Name | None = None
    reopen_until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTransferred(Ticketed):
    """The stay in `queue` is over; TicketQueued begins the next one. agent: who was asked or had it. by: the person.

    to: the agent it is meant for, if it is meant for one.
    """

    event: Literal["ticket.transferred"] = "ticket.transferred"
    queue: Name
    by: Name
    agent: Name | None = None
    to: Name | None = None
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOverflowed(Ticketed):
    """The queue could not take it; TicketQueued in the queue `to` follows, and it keeps its place.

    reason: `wait` (it waited too long), `length` (too many waited), or `closed` (outside business hours).
    voicemail_until: set where the caller is sent to voicemail instead: the ticket is over, and the message that is left
    until then is a ticket of its own in the queue `to`; conversation: the call's, for whoever takes the message. pool,
    into: set where it goes to another pool: the ticket is over here, and goes on there as the ticket `into`.
    """

    event: Literal["ticket.overflowed"] = "ticket.overflowed"
    queue: Name
    to: Name
    reason: Literal["wait", "length", "closed"]
    voicemail_until: Time | None = None
    conversation: Conversation | None = None
    pool: Name | None = None
    into: Name | None = None

    @property
    def is_over(self) -> bool:
        """Whether the ticket ends with it: nothing of it waits in its pool any more."""
        return self.voicemail_until is not None or self.pool is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEscalated(Ticketed):
    """Somebody with more say has to see to it; TicketQueued follows. by: the person, or `rule`. priority: from then on.

    reason: a person's words, or what a rule goes by, such as `first_response breached`.
    """

    event: Literal["ticket.escalated"] = "ticket.escalated"
    queue: Name
    by: Name
    priority: Annotated[int, Ge(1)]
    agent: Name | None = None
    reason: Annotated[str, Len(1, 200)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPended(Ticketed):
    """It waits for somebody outside, and takes no room meanwhile. agent: who had it, and is asked first afterwards.

    until: when it comes back at the latest.
    """

    event: Literal["ticket.pended"] = "ticket.pended"
    queue: Name
    agent: Name
    on: Literal["customer", "third_party"]
    until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(Ticketed):
    """It was resolved too early; TicketQueued follows. by: the person, or `customer`."""

    event: Literal["ticket.reopened"] = "ticket.reopened"
    queue: Name
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(Ticketed):
    """It cannot be reopened any more. by: the person, if one did it."""

    event: Literal["ticket.closed"] = "ticket.closed"
    queue: Name
    by: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPrioritised(Ticketed):
    event: Literal["ticket.prioritised"] = "ticket.prioritised"
    priority: Annotated[int, Ge(1)]
    by: Name


TicketEvent = (
    TicketOpened
    | TicketQueued
    | TicketOffered
    | TicketAccepted
    | TicketDeclined
    | TicketExpired
    | TicketAbandoned
    | TicketHeld
    | TicketResumed
    | TicketWrapupStarted
    | TicketResolved
    | TicketTransferred
    | TicketOverflowed
    | TicketEscalated
    | TicketPended
    | TicketReopened
    | TicketClosed
    | TicketPrioritised
    | MonitoringEvent
    | TicketWaitTold
    | TicketCallbackRequested
    | TargetEvent
    | TicketTagged
    | TicketNoted
    | TicketLinked
    | TicketUnlinked
    | TicketMerged
    | TicketConsultationAsked
    | TicketConsultationAccepted
    | TicketConsultationDeclined
    | TicketConsultationEnded
    | ComplaintEvent
)
