"""The views as pure folds of the decision log: one document a ticket, complaint, agent, queue, pool, skill and
calendar.

Each document carries the sequence of the last decision that changed it (`sequence`), so applying one again is harmless.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, get_args

from services.routing.complaint_views import COMPLAINT_EVENTS, ON_TICKETS, change_complaint, kind_after
from services.routing.domain.configuration import (
    AgentConfigured,
    CalendarConfigured,
    PoolConfigured,
    QueueConfigured,
    SkillConfigured,
)
from services.routing.domain.events import Event, PoolSettled, TicketRoundBegan, TicketWidened
from services.routing.domain.events_moves import ContactForgotten, ContactTaken, PoolAsked
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from services.routing.target_views import change_targets
from services.routing.views_annotations import annotated
from services.routing.views_consultation import consulted_by, consulted_on
from services.routing.views_links import linked
from shared.contracts.agents import AgentSignedIn, AgentSignedOut, AgentSkillsChanged, AgentStatusChanged
from shared.contracts.ticketed import Ticketed
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
from shared.contracts.tickets_consultation import OfConsultation
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_relief import TicketCallbackRequested
from shared.contracts.tickets_sla import Targeted
from shared.decisions import Entry
from shared.mongo import Document

View = Literal["tickets", "agents", "queues", "pools", "skills", "calendars", "complaints"]
VIEWS: tuple[View, ...] = get_args(View)
Subject = tuple[View, str]

OPEN_STATES = ("waiting", "offered", "active", "held", "wrapup", "pending")


_OF_HAND = (
    TicketOffered,
    TicketAccepted,
    TicketDeclined,
    TicketExpired,
    TicketAbandoned,
    TicketTransferred,
    TicketEscalated,
    TicketPended,
    TicketResolved,
    TicketMerged,
    OfConsultation,
)
"""Events after which the agent they name has other tickets in hand."""


def subjects(event: Event) -> list[Subject]:
    """The documents that an event may change."""
    match event:
        case PoolConfigured():
            return [("pools", event.pool)]
        case QueueConfigured():
            return [("queues", event.queue)]
        case SkillConfigured():
            return [("skills", event.skill)]
        case CalendarConfigured():
            return [("calendars", event.calendar)]
        case AgentConfigured() | AgentSignedIn() | AgentSignedOut() | AgentStatusChanged():
            return [("agents", event.agent)]
        case PoolAsked() | ContactTaken() | ContactForgotten():
            return []
        case AgentSkillsChanged() | PoolSettled():
            return []
        case TicketRoundBegan() | TicketWidened() | TicketAsked() | TicketAnswered():
            return []
        case _ if isinstance(event, COMPLAINT_EVENTS):
            of_complaint: Subject = ("complaints", event.ticket)
            return [of_complaint, ("tickets", event.ticket)] if isinstance(event, ON_TICKETS) else [of_complaint]
        case _:
            agent = event.agent if isinstance(event, _OF_HAND) else None
            of_ticket: Subject = ("tickets", event.ticket)
            into: list[Subject] = [("tickets", event.into)] if isinstance(event, TicketMerged) else []
            return [of_ticket, *into, ("agents", agent)] if agent else [of_ticket, *into]


def fold(documents: dict[Subject, Document], entries: Sequence[Entry[Event]]) -> dict[Subject, Document]:
    """The documents that the decisions change, as they are afterwards. documents: as they are now, where they exist."""
    before = {subject: document["sequence"] for subject, document in documents.items()}
    changed: dict[Subject, Document] = {}
    for entry in entries:
        for _, event in entry.events:
            for subject in subjects(event):
                if entry.sequence > before.get(subject, 0):
                    document = changed.get(subject) or {**documents.get(subject, {"_id": subject[1]})}
                    changed[subject] = {**document, **_change(subject[0], document, event), "sequence": entry.sequence}
    return changed


def _change(view: View, document: Document, event: Event) -> Document:
    if view == "tickets" and isinstance(event, Targeted):
        return change_targets(document, event)
    if view == "tickets":
        return _change_ticket(event) | annotated(document, event) | linked(document, event) | consulted_on(event)
    if view == "agents":
        return _change_agent(document, event)
    if view == "complaints":
        return change_complaint(document, event)
    return _change_configuration(event)


def _change_configuration(event: Event) -> Document:
    match event:
        case PoolConfigured():
            settings: Document = _plain(event.settings)
            return settings
        case QueueConfigured() | CalendarConfigured():
            return {"pool": event.pool, **_plain(event.settings)}
        case SkillConfigured():
            return {"name": event.name}
        case _:
            return {}


def _change_agent(document: Document, event: Event) -> Document:
    match event:
        case AgentConfigured():
            new: Document = {"status": "offline", "reason": None, "since": event.at, "tickets": []}
            return {**({} if "status" in document else new), "pool": event.pool, **_plain(event.settings)}
        case AgentStatusChanged():
            return {"status": event.status, "reason": event.reason, "since": event.at}
        case TicketOffered():
            return {"tickets": [*document["tickets"], event.ticket]}
        case TicketAccepted():
            return {} if event.ticket in document["tickets"] else {"tickets": [*document["tickets"], event.ticket]}
        case OfConsultation():
            return consulted_by(document, event)
        case Ticketed():
            return {"tickets": [ticket for ticket in document["tickets"] if ticket != event.ticket]}
        case _:
            return {}


def _change_ticket(event: Event) -> Document:  # noqa: C901 (one line for each event of a ticket's life)
    match event:
        case TicketOpened():
            return {
                "pool": event.pool,
                "conversation": event.conversation,
                "channel": event.channel,
                "identity": event.identity,
                "skills": list(event.skills),
                "levels": event.levels or {},
                "priority": event.priority,
                "customer": event.customer,
                "segment": event.segment,
                "language": event.language,
                "kind": event.kind or "request",
                "opened": event.at,
                "state": "waiting",
                "agent": None,
                "expires": None,
            }
        case TicketQueued():
            came_back = {"state": "waiting", "agent": None, "pending_on": None, "until": None, "closed": None}
            return {"queue": event.queue, "queued": event.at, "kept_for": event.kept_for, **came_back}
        case TicketOffered():
            return {"state": "offered", "agent": event.agent, "offered": event.at, "expires": event.expires}
        case TicketDeclined() | TicketExpired():
            return {"state": "waiting", "agent": None, "expires": None}
        case TicketAccepted():
            accepted: Document = {"agent": event.agent, "accepted": event.at, "accepted_by": event.agent}
            return {"state": "active", "expires": None, "kept_for": None, **accepted}
        case TicketHeld():
            return {"state": "held"}
        case TicketResumed():
            return {"state": "active"}
        case TicketWrapupStarted():
            return {"state": "wrapup", "wrapup": event.at, "reason": event.reason, "until": event.until}
        case TicketTransferred() | TicketEscalated():
            raised = {"priority": event.priority} if isinstance(event, TicketEscalated) else {}
            return {"state": "waiting", "agent": None, "expires": None, **raised}
        case TicketPended():
            return {"state": "pending", "pending_on": event.on, "until": event.until}
        case TicketOverflowed() if event.voicemail_until is not None:
            return {"state": "closed", "closed": event.at, "reason": "voicemail"}
        case TicketOverflowed() if event.pool is not None:
            return {"state": "closed", "closed": event.at, "reason": "moved", "moved_to": event.into}
        case TicketCallbackRequested():
            return {"callback": {"since": event.at}}
        case TicketReopened():
            return {"callback": None}
        case TicketPrioritised():
            return {"priority": event.priority}
        case TicketResolved():
            return {"state": "resolved", "closed": event.at, "code": event.code, "until": event.reopen_until}
        case TicketClosed():
            return {"state": "closed", "until": None}
        case TicketAbandoned():
            return {"state": "abandoned", "closed": event.at, "agent": None, "expires": None, "reason": event.reason}
        case _:
            return kind_after(event)


def _plain(value: Any) -> Any:  # noqa: ANN401 (settings of any class become what BSON can hold)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
