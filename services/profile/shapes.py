"""What the profile API is asked and answers with, in JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.profile.domain.pages import Place, place_cursor, read_place
from services.profile.reading import Found, Wanted
from services.profile.searching import Hit
from shared.contracts.codec import INTERACTION_TYPES
from shared.contracts.values import Channel
from shared.mongo import Document

ERASED = "[erased]"

_TYPES = {kind.__dataclass_fields__["type"].default for kind in INTERACTION_TYPES}


def _known_type(event_type: str) -> str:
    if event_type not in _TYPES and not event_type.startswith("x."):
        raise ValueError("no event type is called so; the types begin with hub. (see the event reference) or x.")
    return event_type


class TimelineQuery(BaseModel):
    """Which part of a timeline. before: the cursor `next` of the page before; to is not included."""

    model_config = ConfigDict(extra="forbid")

    before: Annotated[str, Field(max_length=300)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    channel: Annotated[list[Channel], Field(max_length=20)] = []
    type: Annotated[list[Annotated[str, AfterValidator(_known_type)]], Field(max_length=40)] = []
    since: Annotated[AwareDatetime | None, Field(alias="from")] = None
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None

    def wanted(self) -> Wanted:
        """The same for reading; WrongCursor if `before` is not ours."""
        return Wanted(
            before=None if self.before is None else read_place(self.before),
            channels=self.channel,
            types=self.type,
            since=self.since,
            until=self.until,
            limit=self.limit,
        )


class ScreenPopQuery(TimelineQuery):
    """identity: an address as people write it, with its kind or without: `email:Ann@x.org`, `+49 151 12345678`."""

    identity: Annotated[str, Field(min_length=1, max_length=400)]


class SearchQuery(BaseModel):
    """q: an address, number or name, or a part of one; a ticket's number; words of a message. `email:ann` for a kind.

    after: `next` of the page before, of the same question.
    """

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=400)]
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Annotated[str, Field(max_length=2_000)] | None = None


class IdentityShape(BaseModel):
    """An address of the customer. names: what the person was called there, by the alphabet."""

    identity: str
    kind: str
    names: list[str]


class CustomerShape(BaseModel):
    """A customer. known: false where nothing of the identity was ever seen. name: what the customer was called last.

    identities: the oldest first.
    """

    id: str
    known: bool
    name: str | None
    identities: list[IdentityShape]


class CustomerPageShape(CustomerShape):
    """Everything about a customer on one page. first_contact, last_contact: by the events' own times."""

    first_contact: datetime | None
    last_contact: datetime | None


class EntryShape(BaseModel):
    """An entry of a timeline. facts: what is not personal, such as message, reason, duration, agent.

    Where the person was erased, identity is `[erased]` and the content is empty.
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


class TimelineShape(BaseModel):
    """A page of a timeline, newest first. next: the cursor of the next page, or null."""

    items: list[EntryShape]
    next: str | None


class ScreenPopShape(BaseModel):
    """The customer behind an address, and the newest of the timeline."""

    customer: CustomerShape
    timeline: TimelineShape


class MatchedShape(BaseModel):
    """What of a customer a question matched. value: the identity, name or ticket's id, or a part of the message.

    highlights: the characters of the value that matched, each [from, until). score: 1 for a whole address, less for
    what was typed in part or said. entry: the id of the timeline's entry, of a message.
    """

    kind: Literal["identity", "name", "ticket", "message"]
    value: str
    highlights: list[tuple[int, int]]
    score: float
    entry: str | None


class FoundCustomerShape(CustomerShape):
    """A customer who was found, and by what."""

    matched: MatchedShape


class FoundCustomersShape(BaseModel):
    """A page of a search, the best find first. next: the cursor of the next page, or null."""

    items: list[FoundCustomerShape]
    next: str | None


def entry_json(customer: Found, document: Document) -> dict[str, Any]:
    """A timeline document of the customer as an EntryShape."""
    return {
        "id": document["_id"],
        "type": document["type"],
        "time": document["at"],
        "recordedtime": document["recorded"],
        "channel": document["channel"],
        "direction": document["direction"],
        "conversation": document["conversation"],
        "identity": ERASED if document.get("erased") else customer.plain(document["identity"]) or ERASED,
        "content": document["content"],
        "facts": document["facts"],
    }


def timeline_json(customer: Found, entries: Sequence[Document], limit: int) -> dict[str, Any]:
    """Up to `limit` entries as a TimelineShape; there is a next page if there are more."""
    page = entries[:limit]
    more = len(entries) > limit
    return {
        "items": [entry_json(customer, entry) for entry in page],
        "next": place_cursor(Place(at=page[-1]["at"], id=page[-1]["_id"])) if more else None,
    }


def customer_json(customer: Found) -> dict[str, Any]:
    """A customer as a CustomerShape."""
    identities = [
        {
            "identity": member["identity"] or ERASED,
            "kind": member["kind"],
            "names": [told["name"] for told in member["names"]],
        }
        for member in customer.members
    ]
    return {"id": customer.id, "known": bool(identities), "name": customer.name, "identities": identities}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A find of a search as a FoundCustomerShape."""
    return {**customer_json(hit.customer), "matched": asdict(hit.matched)}


def stranger_json(customer: Found, identity: str) -> dict[str, Any]:
    """Somebody who was never seen, as a CustomerShape: the id is the one they will have."""
    unseen = {"identity": identity, "kind": identity.partition(":")[0], "names": []}
    return {"id": customer.id, "known": False, "name": None, "identities": [unseen]}
