"""One ticket's contacts: which facts for the figures follow from each event of hub.tickets.v1.

A contact is one stay of a ticket in a queue. It waits until an agent accepts it, the customer leaves, or the ticket
goes elsewhere; an accepted one is then handled (talk, hold, wrap-up) until it is resolved. Moments and durations are
in microseconds. Where clocks disagree and an end comes before its beginning, the duration is 0.
"""

from dataclasses import dataclass
from typing import Literal, assert_never

from services.metrics.domain.windows import duration_of, moment_of
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketClosed,
    TicketDeclined,
    TicketEscalated,
    TicketEvent,
    TicketExpired,
    TicketHeld,
    TicketOffered,
    TicketOpened,
    TicketOverflowed,
    TicketPended,
    TicketPrioritised,
    TicketQueued,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TicketTransferred,
    TicketWrapupStarted,
)
from shared.contracts.tickets_annotations import TicketNoted, TicketTagged
from shared.contracts.tickets_complaints import Complained
from shared.contracts.tickets_consultation import OfConsultation
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from shared.contracts.tickets_monitoring import TicketMonitored, TicketMonitoringEnded
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from shared.contracts.tickets_sla import Targeted


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A fact that counts for a queue and channel at a moment."""

    queue: str
    channel: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(Counted):
    """A contact entered the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftInTime(Counted):
    """A contact left the queue in any way with wait ≤ T; `at` is when it *entered*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Counted):
    """An agent accepted. in_time: wait ≤ T."""

    wait: int
    in_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned(Counted):
    """The customer left before acceptance. short: wait < S."""

    short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled(Counted):
    """A contact was completed; its whole handle time is talk + hold + wrapup."""

    talk: int
    hold: int
    wrapup: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """An event that cannot follow what is known of its ticket, as after a dead-lettered record. It counts nowhere."""

    event: str


Fact = Entered | LeftInTime | Answered | Abandoned | Handled | Stray


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """In the queue since `entered`. threshold and short: T and S of KPI definitions."""

    queue: str
    channel: str
    entered: int
    threshold: int
    short: int


Phase = Literal["talk", "hold", "wrapup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """With an agent, in `phase` since `since`; talk, hold, wrapup: what earlier phases came to."""

    queue: str
    channel: str
    phase: Phase
    since: int
    talk: int = 0
    hold: int = 0
    wrapup: int = 0

    def until(self, at: int, phase: Phase) -> "Handling":
        """The same contact after its running phase ended at `at` and `phase` began."""
        spent = max(0, at - self.since)
        return Handling(
            queue=self.queue,
            channel=self.channel,
            phase=phase,
            since=at,
            talk=self.talk + (spent if self.phase == "talk" else 0),
            hold=self.hold + (spent if self.phase == "hold" else 0),
            wrapup=self.wrapup + (spent if self.phase == "wrapup" else 0),
        )


Contact = Waiting | Handling
Step = tuple[Contact | None, tuple[Fact, ...]]


def follow(contact: Contact | None, event: TicketEvent) -> Step:  # noqa: C901 (one line for each kind of event)
    """The ticket's open contact after the event (None: it has none), and the facts that the event makes true."""
    match event:
        case TicketOpened() | TicketOffered() | TicketDeclined() | TicketExpired():
            return contact, ()  # an offered contact still waits: only acceptance takes it out of the queue
        case TicketWaitTold() | TicketCallbackRequested():
            return contact, ()  # whoever is to be called back still waits
        case TicketReopened() | TicketClosed() | TicketPrioritised() | Targeted():
            return contact, ()  # what follows from it is told by the events that come with it
        case TicketMonitored() | TicketMonitoringEnded() | Complained():
            return contact, ()
        case TicketTagged() | TicketNoted() | TicketLinked() | TicketUnlinked() | OfConsultation():
            return contact, ()
        case TicketQueued():
            return _queued(contact, event)
        case TicketAccepted():
            return _accepted(contact, event)
        case TicketResolved():
            return _resolved(contact, event)
        case TicketTransferred() | TicketOverflowed() | TicketEscalated() | TicketPended() | TicketMerged():
            return None, _left(contact, moment_of(event.at))
        case TicketAbandoned():
            return _abandoned(contact, event)
        case TicketWrapupStarted():
            return _change(contact, event, "wrapup", ("talk", "hold"))
        case TicketHeld():
            return _change(contact, event, "hold", ("talk",))
        case TicketResumed():
            return _change(contact, event, "talk", ("hold",))
        case _:
            assert_never(event)


def _queued(contact: Contact | None, event: TicketQueued) -> Step:
    at = moment_of(event.at)
    entered = Entered(queue=event.queue, channel=event.channel, at=at)
    waiting = Waiting(
        queue=event.queue,
        channel=event.channel,
        entered=at,
        threshold=duration_of(event.threshold),
        short=duration_of(event.short),
    )
    return waiting, (*_left(contact, at), entered)


def _accepted(contact: Contact | None, event: TicketAccepted) -> Step:
    if not isinstance(contact, Waiting):
        return contact, (Stray(event=event.event),)
    at = moment_of(event.at)
    wait = max(0, at - contact.entered)
    answered = Answered(
        queue=contact.queue, channel=contact.channel, at=at, wait=wait, in_time=wait <= contact.threshold
    )
    handling = Handling(queue=contact.queue, channel=contact.channel, phase="talk", since=at)
    return handling, (answered, *_left(contact, at))


def _abandoned(contact: Contact | None, event: TicketAbandoned) -> Step:
    if not isinstance(contact, Waiting):
        return contact, (Stray(event=event.event),)
    at = moment_of(event.at)
    short = max(0, at - contact.entered) < contact.short
    abandoned = Abandoned(queue=contact.queue, channel=contact.channel, at=at, short=short)
    return None, (abandoned, *_left(contact, at))


def _resolved(contact: Contact | None, event: TicketResolved) -> Step:
    if contact is None:
        return None, (Stray(event=event.event),)
    return None, _left(contact, moment_of(event.at))


def _change(contact: Contact | None, event: TicketEvent, phase: Phase, after: tuple[Phase, ...]) -> Step:
    if not isinstance(contact, Handling) or contact.phase not in after:
        return contact, (Stray(event=event.event),)
    return contact.until(moment_of(event.at), phase), ()


def _left(contact: Contact | None, at: int) -> tuple[Fact, ...]:
    """What it means for the contact that is open until now that the ticket leaves it at `at`."""
    match contact:
        case Waiting():
            if at - contact.entered > contact.threshold:
                return ()
            return (LeftInTime(queue=contact.queue, channel=contact.channel, at=contact.entered),)
        case Handling():
            done = contact.until(at, contact.phase)
            return (
                Handled(
                    queue=contact.queue,
                    channel=contact.channel,
                    at=at,
                    talk=done.talk,
                    hold=done.hold,
                    wrapup=done.wrapup,
                ),
            )
        case None:
            return ()
        case _:
            assert_never(contact)
