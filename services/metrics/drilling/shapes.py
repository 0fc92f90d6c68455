"""What the API answers of the contacts and tickets behind a figure."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, assert_never

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.domain.contact import Contact, How
from services.metrics.domain.drill import MILLIONTHS, Counted
from services.metrics.domain.interaction import Answer
from services.metrics.domain.presence import Presence
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import MICROSECONDS, time_of
from services.metrics.drilling.paths import events_path
from services.metrics.drilling.reading import Found
from shared.contracts.agents import AgentStatus
from shared.contracts.kpis import KpiDefinition


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactShown(_Shown):
    """A stay of a ticket in a queue. at: when it first counts in the figure. parts: what it adds to the parts of the
    figure; for a figure of now nothing, as each adds one. Durations are in seconds. events: where its events are.
    """

    row: Literal["contact"] = "contact"
    ticket: str
    stay: int
    at: datetime
    parts: dict[str, float]
    queue: str
    channel: str
    pool: str | None
    segment: str | None
    kind: str
    agent: str | None
    reason: str | None
    entered: datetime
    left: datetime | None
    how: How | None
    wait: float | None
    completed: datetime | None
    talk: float
    hold: float
    wrapup: float
    events: str

    @classmethod
    def of(cls, found: Found, contact: Contact) -> Self:
        """The contact as it is known now; of what goes on there is only what is over."""
        spent = dict.fromkeys(("talk", "hold", "wrapup"), 0)
        for phase, begin, end in contact.spans:
            spent[phase] += end - begin
        return cls(
            stay=contact.stay,
            entered=time_of(contact.entered),
            left=_time(contact.left),
            how=contact.how,
            wait=None if contact.left is None else contact.wait / MICROSECONDS,
            completed=_time(contact.done),
            events=f"{events_path(contact.ticket)}?stay={contact.stay}",
            **{part: spent[part] / MICROSECONDS for part in spent},
            **_same(found, contact),
        )


class TicketShown(_Shown):
    """A ticket as a whole. at, parts, events: as for contacts. met: for each target, whether it was met; null while
    nobody can tell. transferred, escalated, reopened: when that was first.
    """

    row: Literal["ticket"] = "ticket"
    ticket: str
    at: datetime
    parts: dict[str, float]
    queue: str | None
    channel: str
    pool: str | None
    segment: str | None
    kind: str
    agent: str | None
    reason: str | None
    opened: datetime
    resolved: datetime | None
    transferred: datetime | None
    escalated: datetime | None
    reopened: datetime | None
    met: dict[str, bool | None]
    events: str

    @classmethod
    def of(cls, found: Found, ticket: Ticket) -> Self:
        """The ticket as it is known now."""
        return cls(
            opened=time_of(ticket.opened),
            resolved=_time(ticket.resolved),
            transferred=_time(ticket.transferred),
            escalated=_time(ticket.escalated),
            reopened=_time(ticket.reopened),
            met=ticket.targets,
            events=events_path(ticket.ticket),
            **_same(found, ticket),
        )


class AnswerShown(_Shown):
    """An answer to a survey. at, parts: as for contacts. event: its id in hub.interactions.v1. queue, agent, ticket:
    what it is about, as far as whoever asked has told.
    """

    row: Literal["answer"] = "answer"
    event: str
    at: datetime
    parts: dict[str, float]
    channel: str
    queue: str | None
    agent: str | None
    ticket: str | None
    score: float
    best: float

    @classmethod
    def of(cls, found: Found, answer: Answer) -> Self:
        """The answer."""
        about = {name: getattr(answer, name) or None for name in ("queue", "agent", "ticket")}
        same = {name: getattr(answer, name) for name in ("event", "channel", "score", "best")}
        return cls(at=time_of(answer.at), parts=_parts(found.counted), **same, **about)


class PresenceShown(_Shown):
    """A stay of an agent in a status, also one that goes on. at, parts: as for contacts. capacity: the units."""

    row: Literal["presence"] = "presence"
    at: datetime
    parts: dict[str, float]
    agent: str
    pool: str | None
    status: AgentStatus
    since: datetime
    until: datetime | None
    capacity: int

    @classmethod
    def of(cls, found: Found, presence: Presence) -> Self:
        """The presence as it is known now."""
        return cls(
            at=time_of(found.place.moment),
            parts=_parts(found.counted),
            since=time_of(presence.since),
            until=_time(presence.until),
            **{name: getattr(presence, name) for name in ("agent", "pool", "status", "capacity")},
        )


class ContactPage(_Shown):
    """The contacts behind a figure (of KPIs that count tickets the tickets, of satisfaction the answers, of time in a
    status the agents' stays in it), by the moment at which they first count.

    parts: of what the figure is calculated. to: not later than now. next: the cursor of the page behind it, or null.
    """

    since: Annotated[datetime | None, Field(serialization_alias="from")]
    until: Annotated[datetime | None, Field(serialization_alias="to")]
    key: dict[str, str]
    kpi: str | None
    definitions: list[KpiDefinition]
    parts: list[str]
    items: list[Annotated[ContactShown | TicketShown | AnswerShown | PresenceShown, Field(discriminator="row")]]
    next: str | None


class EventShown(_Shown):
    """An event of hub.tickets.v1 as it is kept. stay: the stay in a queue that it belongs to, null before the first."""

    stay: int | None
    event: dict[str, Any]


class EventList(_Shown):
    """A ticket's events in the order they count. next: always null, there is only one page."""

    items: list[EventShown]
    next: None = None


def shown(found: Found) -> ContactShown | TicketShown | AnswerShown | PresenceShown:
    """A row as the API tells it."""
    match found.row:
        case Contact() as contact:
            return ContactShown.of(found, contact)
        case Ticket() as ticket:
            return TicketShown.of(found, ticket)
        case Answer() as answer:
            return AnswerShown.of(found, answer)
        case Presence() as presence:
            return PresenceShown.of(found, presence)
        case _ as row:
            assert_never(row)


def _same(found: Found, row: Contact | Ticket) -> dict[str, Any]:
    same = {name: getattr(row, name) for name in ("ticket", "queue", "channel", "pool", "segment", "kind", "agent")}
    return {**same, "reason": row.code, "at": time_of(found.place.moment), "parts": _parts(found.counted)}


def _parts(adds: Counted | None) -> dict[str, float]:
    if adds is None:
        return {}
    return {
        name: amount / MICROSECONDS if name in MILLIONTHS else amount for name, amount in sorted(adds.parts.items())
    }


def _time(moment: int | None) -> datetime | None:
    return None if moment is None else time_of(moment)
