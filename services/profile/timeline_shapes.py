"""What is asked of timelines and conversations, and answered, in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.profile.domain.calls import Call
from services.profile.domain.folding import Folded
from services.profile.domain.messages import Changes, Receipt, Version
from services.profile.domain.pages import Place, fingerprint, place_cursor, read_place
from services.profile.domain.spelling import words_of
from services.profile.domain.threads import Said, ThreadState
from services.profile.domain.tickets import Ticket
from services.profile.domain.timeline import Entry
from services.profile.domain.wanted import Filters, Wanted
from services.profile.reading import Found
from services.profile.shapes import CustomerShape
from services.profile.threads import Threads
from services.profile.timelines import Page
from shared.contracts.codec import INTERACTION_TYPES
from shared.contracts.customers import CustomerEvent
from shared.contracts.decided import type_of
from shared.contracts.tickets import TicketEvent
from shared.contracts.values import Channel, Conversation, Direction
from shared.erasure import ERASED
from shared.problems import Problem

_DECIDED = {
    type_of(kind.__dataclass_fields__["event"].default) for kind in (*get_args(TicketEvent), *get_args(CustomerEvent))
}
_TYPES = {kind.__dataclass_fields__["type"].default for kind in INTERACTION_TYPES} | _DECIDED
_CONVERSATIONS = fingerprint("conversations")

Cursor = Annotated[str, Field(max_length=300)]
IdentityText = Annotated[str, Field(min_length=1, max_length=400)]


def _known_type(event_type: str) -> str:
    if event_type not in _TYPES and not event_type.startswith("x."):
        raise ValueError("no event type is called so; the types begin with hub. (see the event reference) or x.")
    return event_type


class TimelineQuery(BaseModel):
    """Which part of a timeline.

    before: the cursor `next` of a page, for what is older; after: the cursor `previous`, for what is newer. A cursor
    goes with the filters that it came with. to is not included. type: a type of edits, receipts or moments of calls or
    tickets shows those by themselves. q: words in subject, text or transcript, all of which occur; it looks through a
    few thousand events at a time, so a page can have fewer entries than `limit` and a cursor to go on.
    as_of: the timeline as it was at that moment.
    """

    model_config = ConfigDict(extra="forbid")

    before: Cursor | None = None
    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    channel: Annotated[list[Channel], Field(max_length=20)] = []
    type: Annotated[list[Annotated[str, AfterValidator(_known_type)]], Field(max_length=40)] = []
    direction: Annotated[list[Direction], Field(max_length=3)] = []
    conversation: Conversation | None = None
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None
    q: Annotated[str, Field(max_length=400)] | None = None
    as_of: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if self.before is not None and self.after is not None:
            raise ValueError("before and after cannot be asked for together; a page lies before or after a place")
        return self

    def wanted(self, now: datetime) -> Wanted:
        """The same for reading; WrongCursor if a cursor is of another query, Problem 422 if as_of or q is wrong."""
        if self.as_of is not None and self.as_of > now:
            raise _wrong("as_of", "is in the future; the timeline is known up to now")
        words = () if self.q is None else words_of(self.q)
        if self.q is not None and not words:
            raise _wrong("q", "has no word to look for")
        filters = Filters(
            channels=tuple(self.channel),
            types=tuple(self.type),
            directions=tuple(self.direction),
            conversation=self.conversation,
            since=self.since,
            until=self.until,
            words=words,
            as_of=self.as_of,
        )
        query = filters.fingerprint
        return Wanted(
            filters=filters,
            before=None if self.before is None else read_place(self.before, query),
            after=None if self.after is None else read_place(self.after, query),
            limit=self.limit,
        )


class ScreenPopQuery(TimelineQuery):
    """identity: an address as people write it, with its kind or without: `email:Ann@x.org`, `+49 151 12345678`."""

    identity: IdentityText


class ConversationsQuery(BaseModel):
    """before: the cursor `next` of the page before."""

    model_config = ConfigDict(extra="forbid")

    before: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    def place(self) -> Place | None:
        """Where to begin; WrongCursor if the cursor is not of this list."""
        return None if self.before is None else read_place(self.before, _CONVERSATIONS)


class EventShape(BaseModel):
    """An event that an entry is made of."""

    id: str
    type: str
    time: datetime
    recordedtime: datetime
    direction: str


class EntryShape(BaseModel):
    """An entry of a timeline: what one event began, with all that belongs to it folded in.

    facts: what is not personal, such as message, reason, duration, agent. Where the person was erased, identity is
    `[erased]` and the content is empty. events: all events in the entry, by time; the entry's own is among them.
    Of messages and posts, where there is something to tell: state (received, sent, delivered, read, failed), receipts
    by recipient, edited and deleted (when), and history, every version. The content is the last version; of what was
    deleted it is empty, and the contents in its history are null but for supervisors.
    """

    id: str
    type: str
    time: datetime
    recordedtime: datetime
    channel: str
    direction: str
    conversation: str
    identity: str
    content: dict[str, Any]
    facts: dict[str, Any]
    events: list[EventShape]
    state: str | None = None
    edited: datetime | None = None
    deleted: datetime | None = None
    history: list[Version] = []
    receipts: list[Receipt] = []
    call: Call | None = None
    ticket: Ticket | None = None


class TimelineShape(BaseModel):
    """A page of a timeline, newest first. next: the cursor of the older page, or null.

    previous: the cursor of what is newer, now or later: ask with it again for what has happened since.
    """

    items: list[EntryShape]
    next: str | None
    previous: str


class ScreenPopShape(BaseModel):
    """The customer behind an address, and the newest of the timeline."""

    customer: CustomerShape
    timeline: TimelineShape


class ConversationShape(BaseModel):
    """A conversation. last: its newest event. entries: as on the timeline; inbound, outbound: those that say something.

    state: `waiting_for_us` or `waiting_for_customer` (by who spoke last), `ended`, or `open` (nobody spoke, or a call
    is on); since: since when. question: what the customer said first; answer: what we said last; digest: all that in a
    paragraph.
    """

    id: str
    channel: str
    began: datetime
    last: datetime
    entries: int
    inbound: int
    outbound: int
    state: ThreadState
    since: datetime
    question: Said | None
    answer: Said | None
    digest: str


class ConversationsShape(BaseModel):
    """A page of conversations, those with the newest events first.

    reaches: null, or how far back was looked where a customer has more events than are looked through.
    """

    items: list[ConversationShape]
    next: str | None
    reaches: datetime | None


def entry_json(customer: Found, entry: Folded, *, deleted_too: bool) -> dict[str, Any]:
    """An entry of the customer as an EntryShape. deleted_too: what deleted messages said stays in their history."""
    head = entry.head
    shown: dict[str, Any] = {
        "id": head["_id"],
        "type": head["type"],
        "time": head["at"],
        "recordedtime": head["recorded"],
        "channel": head["channel"],
        "direction": head["direction"],
        "conversation": head["conversation"],
        "identity": ERASED if head.get("erased") else customer.plain(head["identity"]) or ERASED,
        "content": entry.content,
        "facts": head["facts"],
        "events": [_event_json(event) for event in entry.events],
    }
    if entry.changes is not None:
        shown |= _changes_json(customer, entry.changes, deleted_too=deleted_too)
    if entry.call is not None:
        shown["call"] = entry.call
    if entry.ticket is not None:
        shown["ticket"] = entry.ticket
    return shown


def timeline_json(customer: Found, page: Page, filters: Filters, *, deleted_too: bool) -> dict[str, Any]:
    """A page as a TimelineShape."""
    query = filters.fingerprint
    return {
        "items": [entry_json(customer, entry, deleted_too=deleted_too) for entry in page.entries],
        "next": None if page.older is None else place_cursor(page.older, query),
        "previous": place_cursor(page.newer, query),
    }


def conversations_json(threads: Threads) -> dict[str, Any]:
    """A page of conversations as a ConversationsShape."""
    return {
        "items": [
            {"id": conversation} | {field.name: getattr(thread, field.name) for field in fields(thread)}
            for conversation, thread in threads.items
        ],
        "next": None if threads.older is None else place_cursor(threads.older, _CONVERSATIONS),
        "reaches": threads.reaches,
    }


def _event_json(event: Entry) -> dict[str, Any]:
    return {
        "id": event["_id"],
        "type": event["type"],
        "time": event["at"],
        "recordedtime": event["recorded"],
        "direction": event["direction"],
    }


def _changes_json(customer: Found, changes: Changes, *, deleted_too: bool) -> dict[str, Any]:
    history: Sequence[Version] = changes.history
    if changes.deleted is not None and not deleted_too:
        history = [replace(version, content=None) for version in history]
    receipts = [_receipt(customer, receipt) for receipt in changes.receipts]
    told: Mapping[str, Any] = {
        "state": changes.state,
        "edited": changes.edited,
        "deleted": changes.deleted,
        "history": history,
        "receipts": receipts,
    }
    return {name: value for name, value in told.items() if value}


def _receipt(customer: Found, receipt: Receipt) -> Receipt:
    if receipt.recipient not in customer.hashes:
        return receipt
    return replace(receipt, recipient=customer.plain(receipt.recipient) or ERASED)


def _wrong(field: str, reason: str) -> Problem:
    return Problem(422, f"{field} {reason}.", errors=[{"field": field, "reason": reason}])
