"""What each event of a pool changes on its floor."""

from collections.abc import Callable
from typing import Any, get_args

from services.routing.domain.configuration import (
    AgentConfigured,
    CalendarConfigured,
    PoolConfigured,
    QueueConfigured,
    SkillConfigured,
)
from services.routing.domain.events import Event, PoolSettled, TicketRoundBegan, TicketWidened
from services.routing.domain.events_moves import ContactForgotten, ContactTaken, PoolAsked
from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.floor import Floor, Person, Placed
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from shared.contracts.agents import AgentSignedIn, AgentSignedOut, AgentSkillsChanged, AgentStatusChanged
from shared.contracts.tickets import (
    TicketAbandoned,
    TicketAccepted,
    TicketClosed,
    TicketDeclined,
    TicketEscalated,
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
from shared.contracts.tickets_complaints import ComplaintEvent
from shared.contracts.tickets_consultation import (
    TicketConsultationAccepted,
    TicketConsultationAsked,
    TicketConsultationDeclined,
    TicketConsultationEnded,
)
from shared.contracts.tickets_links import TicketLinked, TicketMerged, TicketUnlinked
from shared.contracts.tickets_monitoring import TicketMonitored, TicketMonitoringEnded
from shared.contracts.tickets_relief import TicketCallbackRequested, TicketWaitTold
from shared.contracts.tickets_sla import TargetEvent


def evolve_floor(floor: Floor, event: Event) -> None:
    """Changes the floor by an event."""
    CHANGES[type(event)](floor, event)


def _configure_queue(floor: Floor, event: QueueConfigured) -> None:
    floor.put_queue(event.queue, event.settings.name, event.settings.skills)


def _configure_agent(floor: Floor, event: AgentConfigured) -> None:
    known, settings = floor.agents.get(event.agent), event.settings
    person = Person(
        name=settings.name,
        since=event.at,
        skills=settings.skills,
        access=None if settings.queues is None else frozenset(settings.queues),
        team=settings.team,
    )
    if known is not None:
        person.status, person.reason, person.since, person.hand = known.status, known.reason, known.since, known.hand
    floor.put_agent(event.agent, person)


def _change_status(floor: Floor, event: AgentStatusChanged) -> None:
    floor.set_status(event.agent, event.status, event.reason, event.at)


def _queue(floor: Floor, event: TicketQueued) -> None:
    since = event.since or event.at
    placed = Placed(queue=event.queue, channel=event.channel, waits_since=since, since=event.at)
    floor.put_ticket(event.ticket, placed)


def _offer(floor: Floor, event: TicketOffered) -> None:
    floor.move_ticket(event.ticket, "offered", event.at, event.agent)


def _work(floor: Floor, event: TicketAccepted | TicketResumed) -> None:
    floor.move_ticket(event.ticket, "active", event.at, event.agent)


def _hold(floor: Floor, event: TicketHeld) -> None:
    floor.move_ticket(event.ticket, "held", event.at, event.agent)


def _wrap_up(floor: Floor, event: TicketWrapupStarted) -> None:
    floor.move_ticket(event.ticket, "wrapup", event.at, event.agent)


def _wait(floor: Floor, event: TicketDeclined | TicketExpired | TicketTransferred | TicketEscalated) -> None:
    floor.move_ticket(event.ticket, "waiting", event.at)


def _pend(floor: Floor, event: TicketPended) -> None:
    floor.move_ticket(event.ticket, "pending", event.at)


def _end(floor: Floor, event: TicketAbandoned | TicketResolved | TicketClosed | TicketMerged) -> None:
    floor.drop_ticket(event.ticket)


def _flow_over(floor: Floor, event: TicketOverflowed) -> None:
    if event.is_over:
        floor.drop_ticket(event.ticket)


def _nothing(_floor: Floor, _event: Event) -> None:
    """It is not seen on the floor, or an event that comes with it tells it all."""


CHANGES: dict[type[Any], Callable[[Floor, Any], None]] = {
    QueueConfigured: _configure_queue,
    AgentConfigured: _configure_agent,
    PoolConfigured: _nothing,
    SkillConfigured: _nothing,
    CalendarConfigured: _nothing,
    PoolSettled: _nothing,
    AgentStatusChanged: _change_status,
    AgentSignedIn: _nothing,
    AgentSignedOut: _nothing,
    AgentSkillsChanged: _nothing,
    TicketOpened: _nothing,
    TicketQueued: _queue,
    TicketOffered: _offer,
    TicketAccepted: _work,
    TicketDeclined: _wait,
    TicketExpired: _wait,
    TicketRoundBegan: _nothing,
    TicketWidened: _nothing,
    TicketHeld: _hold,
    TicketResumed: _work,
    TicketWrapupStarted: _wrap_up,
    TicketTransferred: _wait,
    TicketEscalated: _wait,
    TicketOverflowed: _flow_over,
    TicketPrioritised: _nothing,
    TicketPended: _pend,
    TicketResolved: _end,
    TicketReopened: _nothing,
    TicketAbandoned: _end,
    TicketClosed: _end,
    TicketMonitored: _nothing,
    TicketTagged: _nothing,
    TicketNoted: _nothing,
    TicketLinked: _nothing,
    TicketUnlinked: _nothing,
    TicketMerged: _end,
    TicketConsultationAsked: _nothing,
    TicketConsultationAccepted: _nothing,
    TicketConsultationDeclined: _nothing,
    TicketConsultationEnded: _nothing,
    TicketMonitoringEnded: _nothing,
    TicketWaitTold: _nothing,
    TicketWaitUnknown: _nothing,
    TicketCallbackRequested: _nothing,
    PoolAsked: _nothing,
    ContactTaken: _nothing,
    ContactForgotten: _nothing,
    **dict.fromkeys(get_args(TicketAsked | TicketAnswered | TargetEvent), _nothing),
    **dict.fromkeys(get_args(ComplaintEvent), _nothing),
}
