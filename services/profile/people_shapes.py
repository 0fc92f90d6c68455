"""Everything about one customer in JSON, and what may be changed of it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from services.profile.domain.attributes import Statement
from services.profile.domain.facts import is_clear
from services.profile.domain.overview import LastContact
from services.profile.people import Person
from services.profile.shapes import CustomerShape, customer_json
from shared.contracts.customers import FactName, Side, Standing
from shared.contracts.values import Conversation
from shared.erasure import ERASED
from shared.mongo import Document

_Value = Annotated[str, Field(max_length=2_000)]
_AttributeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Tag = Annotated[str, Field(pattern=r"^[^\s:][^:]{0,63}$")]
_Purpose = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]


_FACTS: Mapping[FactName, str] = {
    "segment": "one word or a few, such as gold or Key accounts (up to 64 letters, digits, spaces and . & / - _)",
    "account_manager": "the id of an agent, such as agent-7",
    "language": "a language in BCP 47, such as de or de-AT",
}


class StatedShape(BaseModel):
    """What was stated of a customer. source: the evidence of the event that told, or `agent`; by: who said it."""

    value: str
    source: str
    by: str | None
    at: datetime


class EvidenceShape(BaseModel):
    """A link of this identity: with which one, how it is known, since when; its id is what a split takes."""

    link: str
    identity: str
    evidence: str
    claimed: datetime
    by: str | None


class KnownIdentityShape(BaseModel):
    """An address of the customer. standing: how far it tells who somebody is. shared: since when it is known to be
    several people's, and by whom (null: it was seen with too many)."""

    identity: str
    kind: str
    names: list[str]
    standing: Standing
    shared: dict[str, Any] | None
    evidence: list[EvidenceShape]


class ContactsShape(BaseModel):
    """Recent contacts. last: by channel, when the customer and when we; counts: by channel, since `counted_since`
    (null: all there are)."""

    last: dict[str, dict[str, datetime | None]]
    counts: dict[str, int]
    counted_since: datetime | None
    preferred_channel: str | None


class SatisfactionShape(BaseModel):
    """score: the mean share of the best score, 0 to 1; last: of the last answer."""

    answers: int
    score: float
    last: float


class CallBackShape(BaseModel):
    """A promised call-back. note: the entry of the timeline that it stands in."""

    note: str
    due: datetime
    by: str
    state: Literal["open", "overdue", "kept"]


class OpenTicketShape(BaseModel):
    """A ticket that is not closed."""

    id: str
    state: str
    queue: str | None
    channel: str
    priority: int | None
    agent: str | None
    opened: datetime | None


class CustomerPageShape(CustomerShape):
    """Everything about a customer on one page. first_contact, last_contact: by the events' own times.

    language: stated, else of the last message that tells; time_zone: stated, else that of all phone numbers.
    lifetime_value: by currency.
    """

    identities: list[KnownIdentityShape]  # type: ignore[assignment]  # what a CustomerShape tells of each, and more
    first_contact: datetime | None
    last_contact: datetime | None
    attributes: dict[str, StatedShape]
    tags: list[str]
    consents: dict[str, StatedShape]
    contacts: ContactsShape
    open_tickets: list[OpenTicketShape]
    language: str | None
    time_zone: str | None
    account_manager: str | None
    segment: str | None
    satisfaction: SatisfactionShape | None
    call_backs: list[CallBackShape]
    lifetime_value: dict[str, str]
    warnings: list[str]


class CustomerChange(BaseModel):
    """What to change. attributes: null takes one away; tags: true sets, false takes away; consents: by purpose."""

    model_config = ConfigDict(extra="forbid")

    attributes: Annotated[dict[_AttributeName, _Value | None], Field(max_length=100)] = {}
    tags: Annotated[dict[_Tag, bool], Field(max_length=100)] = {}
    consents: Annotated[dict[_Purpose, Literal["granted", "denied"]], Field(max_length=100)] = {}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not (self.attributes or self.tags or self.consents):
            raise ValueError("nothing to change is named")
        zone = self.attributes.get("time_zone")
        if zone is not None and zone not in available_timezones():
            raise ValueError("time_zone is no zone of the IANA data base, such as Europe/Berlin")
        for name, advice in _FACTS.items():
            value = self.attributes.get(name)
            if value is not None and not is_clear(name, value):
                raise ValueError(f"{name} is told to routing, so it has to be {advice}")
        return self


class NoteWanted(BaseModel):
    """A note about the customer. conversation: what it is about, if anything; call_back: a promise to call by then."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    conversation: Conversation | None = None
    call_back: AwareDatetime | None = None


class NoteShape(BaseModel):
    """The note's entry on the timeline."""

    id: str
    customer: str


Ends = tuple[datetime | None, datetime | None]
"""When a customer was first and last heard of."""


def person_json(person: Person, sides: Mapping[str, Side], ends: Ends) -> dict[str, Any]:
    """A person as a CustomerPageShape. sides: what each identity is, by hash."""
    view, values = person.overview, person.attributes.values
    return {
        **customer_json(person.customer),
        "identities": [_identity(person, member, sides[member["_id"]]) for member in person.customer.members],
        "first_contact": ends[0],
        "last_contact": ends[1],
        "attributes": _stated(values),
        "tags": list(person.attributes.tags),
        "consents": _stated(person.attributes.consents),
        "contacts": {
            "last": {channel: _last(last) for channel, last in view.last_contacts.items()},
            "counts": view.counts,
            "counted_since": view.counted_since,
            "preferred_channel": view.preferred_channel,
        },
        "open_tickets": [_ticket(ticket) for ticket in person.tickets],
        "language": _value(values, "language") or view.language,
        "time_zone": _value(values, "time_zone") or person.phone_zone,
        "account_manager": _value(values, "account_manager"),
        "segment": _value(values, "segment"),
        "satisfaction": view.satisfaction and asdict(view.satisfaction),
        "call_backs": [asdict(one) for one in view.call_backs],
        "lifetime_value": view.lifetime_value,
        "warnings": list(view.warnings),
    }


def _identity(person: Person, member: Document, side: Side) -> dict[str, Any]:
    hashed = member["_id"]
    word = person.shared.get(hashed)
    return {
        "identity": member["identity"] or ERASED,
        "kind": member["kind"],
        "names": [told["name"] for told in member["names"]],
        "standing": "shared" if word else side.standing,
        "shared": word and (word.get("declared") or word.get("seen")),
        "evidence": [_evidence(person, claim, hashed) for claim in person.claims if hashed in claim["identities"]],
    }


def _evidence(person: Person, claim: Document, hashed: str) -> dict[str, Any]:
    other = next(one for one in claim["identities"] if one != hashed)
    return {
        "link": claim["_id"],
        "identity": person.plain.get(other, ERASED),
        "evidence": claim["evidence"],
        "claimed": claim["at"],
        "by": claim["by"],
    }


def _stated(made: Mapping[str, Statement]) -> dict[str, Any]:
    return {name: {"value": one.value, "source": one.source, "by": one.by, "at": one.at} for name, one in made.items()}


def _value(made: Mapping[str, Statement], name: str) -> str | None:
    return made[name].value if name in made else None


def _last(last: LastContact) -> dict[str, Any]:
    return asdict(last)


def _ticket(ticket: Document) -> dict[str, Any]:
    names = ("state", "queue", "channel", "priority", "agent", "opened")
    return {"id": ticket["_id"], **{name: ticket.get(name) for name in names}}
