"""Tickets on the timeline: an entry for each of their events, and what these come to together.

A ticket is a pure fold of its events, whenever each of them came. Its place on a timeline is the identity that the
request came through, so merging and splitting customers takes its tickets along.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from services.profile.domain.timeline import Content, Entry
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent, TicketOpened
from shared.contracts.tickets_annotations import TicketNoted
from shared.erasure import ERASED

OPENED = "hub.ticket.opened.v1"
NOTHING: Content = {}
UNPLACED = ""
"""The identity of a ticket's event that came before the one that opened it: it waits in nobody's timeline."""

_STATES = {
    "opened": "waiting",
    "queued": "waiting",
    "offered": "offered",
    "declined": "waiting",
    "expired": "waiting",
    "accepted": "active",
    "held": "held",
    "resumed": "active",
    "wrapup.started": "wrapup",
    "transferred": "waiting",
    "overflowed": "waiting",
    "escalated": "waiting",
    "pended": "pending",
    "resolved": "resolved",
    "reopened": "waiting",
    "closed": "closed",
    "abandoned": "abandoned",
    "merged": "merged",
}
_CLOSED = ("resolved", "closed", "abandoned", "merged")
OPEN_STATES = tuple(dict.fromkeys(state for state in _STATES.values() if state not in _CLOSED))
"""The states of tickets that somebody still has to do with."""

_GONE_ON = ("transferred", "overflowed", "escalated", "reopened", "merged")
_WITH_NOBODY = ("queued", "declined", "expired", "abandoned", *_GONE_ON)
_OF_COLLEAGUES = tuple(f"consultation.{what}" for what in ("asked", "accepted", "declined", "ended"))
_TOLD = ("pool", "queue", "priority", "agent")
_NOT_FACTS = ("at", "event", "identity", "conversation", "channel", "content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the event that opened a ticket says for all its events."""

    identity: str = UNPLACED
    channel: str = ""
    conversation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a ticket. event: `accepted`, `resolved`, …; agent, queue, reason, by: where it tells them.

    text: of a note.
    """

    event: str
    time: datetime
    recordedtime: datetime
    agent: str | None = None
    queue: str | None = None
    reason: str | None = None
    by: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket and its course. state: as in routing. agent: who has it, was asked, or had it last."""

    id: str
    state: str
    pool: str | None
    queue: str | None
    priority: int | None
    agent: str | None
    opened: datetime | None
    closed: datetime | None
    course: tuple[Step, ...] = ()


def origin_of(event: Decided[TicketEvent]) -> Origin | None:
    """Where the ticket came from, if this event says so."""
    data = event.data
    if not isinstance(data, TicketOpened):
        return None
    return Origin(identity=data.identity, channel=data.channel, conversation=data.conversation)


def ticket_entry(event: Decided[TicketEvent], origin: Origin, content: Content | None = NOTHING) -> Entry:
    """The timeline document of a ticket's event. content: what was sealed in it; None: it was erased."""
    data = event.data
    facts = {field.name: getattr(data, field.name) for field in fields(data) if field.name not in _NOT_FACTS}
    made: Entry = {
        "_id": event.id,
        "identity": origin.identity or (data.identity if isinstance(data, TicketNoted) else UNPLACED),
        "at": event.time.astimezone(UTC),
        "recorded": event.recordedtime,
        "type": event.type,
        "channel": origin.channel,
        "direction": "internal",
        "conversation": origin.conversation,
        "content": dict(content or {}),
        "facts": {name: value for name, value in facts.items() if value not in (None, ())},
        "ref": data.ticket,
        "decided": {"stream": event.stream, "sequence": event.sequence, "number": event.number},
    }
    if event.type != OPENED:
        made["part"] = True
    if content is None:
        made["erased"] = True
    return made


def ticket(entries: Iterable[Entry]) -> Ticket:
    """What the events of one ticket (at least one, in any order, repeated or not) come to."""
    events = _in_order(entries)
    known: dict[str, Any] = dict.fromkeys(("pool", "queue", "priority", "agent", "opened", "closed"))
    state = "waiting"
    for entry in events:
        event, facts = _name(entry), entry["facts"]
        told = _TOLD if event not in _OF_COLLEAGUES else ()
        known |= {name: facts[name] for name in told if name in facts}
        state = _STATES.get(event, state)
        if event == "opened":
            known["opened"] = entry["at"]
        if event in _WITH_NOBODY:
            known["agent"] = None
        known["closed"] = (known["closed"] or entry["at"]) if state in _CLOSED else None
    course = tuple(_step(entry) for entry in events)
    return Ticket(id=events[0]["facts"]["ticket"], state=state, course=course, **known)


def ticket_document(entries: Sequence[Entry]) -> dict[str, Any]:
    """What is kept of a ticket beside its events; events: from how many it was folded."""
    folded = asdict(ticket(entries))
    del folded["course"]
    opened = next((entry for entry in entries if entry["type"] == OPENED), None)
    placed: Mapping[str, Any] = opened or {"identity": UNPLACED, "channel": None, "conversation": None}
    return {
        "_id": folded.pop("id"),
        **{name: placed[name] for name in ("identity", "channel", "conversation")},
        **folded,
        "events": len({entry["_id"] for entry in entries}),
    }


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """As they were decided: within a stream by sequence, and between streams by the time of the decision."""
    once = list({entry["_id"]: entry for entry in entries}.values())
    if len({entry["decided"]["stream"] for entry in once}) > 1:
        return sorted(once, key=lambda entry: (entry["recorded"], *_place(entry)))
    return sorted(once, key=_place)


def _place(entry: Entry) -> tuple[int, int, str]:
    decided = entry["decided"]
    return decided["sequence"], decided["number"], entry["_id"]


def _name(entry: Entry) -> str:
    return entry["type"].removeprefix("hub.ticket.").removesuffix(".v1")


def _step(entry: Entry) -> Step:
    told: dict[str, Any] = {
        name: entry["facts"][name] for name in ("agent", "queue", "reason", "by") if name in entry["facts"]
    }
    if entry.get("erased"):
        told["text"] = ERASED
    elif "text" in entry["content"]:
        told["text"] = entry["content"]["text"]
    return Step(event=_name(entry), time=entry["at"], recordedtime=entry["recorded"], **told)
