"""hub.tickets.v1: what becomes of each request, keyed by ticket. Nothing personal is in here.

A *contact* is one stay of a ticket in a queue: from TicketQueued to TicketAccepted, TicketAbandoned or a transfer.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from shared.contracts.envelope import STRICT
from shared.contracts.values import Channel, Conversation, Name, Seconds, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticketed:
    """ticket: its id. at: when it happened (event time, from the command)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(Ticketed):
    """identity: the keyed hash of the identity that the request came through.

    skills: what it asks of an agent; levels: how well, from 2 to 5, where any level will not do. customer, segment,
    account_manager, last_agent (who last accepted a ticket of theirs): what was known of the customer just then.
    """

    event: Literal["ticket.opened"] = "ticket.opened"
    pool: Name
    conversation: Conversation
    channel: Channel
    identity: Name
    skills: tuple[Name, ...] = ()
    levels: dict[Name, int] | None = None
    priority: Annotated[int, Ge(1)] = 5
    customer: Name | None = None
    segment: Name | None = None
    account_manager: Name | None = None
    last_agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQueued(Ticketed):
    """A contact begins. threshold and short: the queue's service-level and short-abandon thresholds in seconds.

    They stand in the event so that a figure can be recomputed from the log alone, whatever was configured since.
    by: what chose the queue: `named` (the channel or plugin did), `rule-2` (its second rule), `default`, or
    `conversation` (no rule says otherwise, and the conversation's first ticket was there). kept_for, kept_until: the
    agent who alone is asked until then.
    """

    event: Literal["ticket.queued"] = "ticket.queued"
    queue: Name
    channel: Channel
    threshold: Seconds
    short: Seconds
    by: Name | None = None
    kept_for: Name | None = None
    kept_until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOffered(Ticketed):
    event: Literal["ticket.offered"] = "ticket.offered"
    queue: Name
    agent: Name
    expires: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAccepted(Ticketed):
    event: Literal["ticket.accepted"] = "ticket.accepted"
    queue: Name
    agent: Name


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
    """The contact with the customer is over; the agent finishes the paperwork."""

    event: Literal["ticket.wrapup.started"] = "ticket.wrapup.started"
    queue: Name
    agent: Name
    reason: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketResolved(Ticketed):
    event: Literal["ticket.resolved"] = "ticket.resolved"
    queue: Name
    agent: Name


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
)
