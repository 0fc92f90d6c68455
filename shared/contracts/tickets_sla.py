"""What becomes of a ticket's targets: by when it is to be answered, answered again, and resolved.

These events are part of hub.tickets.v1.

Seconds are business time of the queue that the clock started in; elapsed time, if that queue is always open.
"""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Name, Seconds, Time

Target = Literal["first_response", "next_response", "resolution"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeted(Ticketed):
    """An event of one target of a ticket."""

    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaStarted(Targeted):
    """A clock runs; or one that runs is set anew, because the ticket came to another queue or the customer had asked
    earlier than was known.

    since: from when it counts. seconds: how long it may take. left_s: what is left of that at this moment. due: when
    nothing is left, if that is before 2100. warn_at: when a warning is due, if none was told.
    """

    event: Literal["ticket.sla.started"] = "ticket.sla.started"
    queue: Name
    since: Time
    seconds: Seconds
    left_s: float
    due: Time | None = None
    warn_at: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaPaused(Targeted):
    """The clock stands still: the ticket waits for somebody outside. left_s is below 0 if it is late already."""

    event: Literal["ticket.sla.paused"] = "ticket.sla.paused"
    left_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaResumed(Targeted):
    """The clock goes on with what was left, after a pause or because the ticket was reopened."""

    event: Literal["ticket.sla.resumed"] = "ticket.sla.resumed"
    left_s: float
    due: Time | None = None
    warn_at: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaWarned(Targeted):
    """The target will be missed at `due` unless something happens. agent: who is asked or has the ticket."""

    event: Literal["ticket.sla.warned"] = "ticket.sla.warned"
    due: Time | None = None
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaBreached(Targeted):
    """At `due` the target was not reached, as far as was known. agent: who is asked or has the ticket."""

    event: Literal["ticket.sla.breached"] = "ticket.sla.breached"
    due: Time
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaMet(Targeted):
    """The target was reached in time, at `reached`. After a breach it takes that back: the hub heard of it late.

    left_s: what was left then.
    """

    event: Literal["ticket.sla.met"] = "ticket.sla.met"
    reached: Time
    left_s: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaMissed(Targeted):
    """The target was reached after its breach, at `reached`.

    late_s: how much later; 0, if it was closed all that time.
    """

    event: Literal["ticket.sla.missed"] = "ticket.sla.missed"
    reached: Time
    late_s: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSlaLifted(Targeted):
    """Nobody waits for it any more, so it counts neither as met nor as missed; a breach that was told before stays one.

    reason: `abandoned` or `left` (the customer went away), `moved` (the ticket's new queue has no such target, or it
    goes on in another pool or as a voicemail), `merged` (it goes on as part of another ticket), or `withdrawn` (its
    queue has it no longer).
    """

    event: Literal["ticket.sla.lifted"] = "ticket.sla.lifted"
    reason: Literal["abandoned", "left", "merged", "moved", "withdrawn"]


TargetEvent = (
    TicketSlaStarted
    | TicketSlaPaused
    | TicketSlaResumed
    | TicketSlaWarned
    | TicketSlaBreached
    | TicketSlaMet
    | TicketSlaMissed
    | TicketSlaLifted
)
