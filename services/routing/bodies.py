"""What the HTTP API takes and answers."""

import re
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from annotated_types import Len
from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, model_validator

from services.routing.domain.complaint_settings import ORDINARY_COURSE, ComplaintSettings
from services.routing.domain.configuration import (
    BEST,
    DEFAULT_PRIORITY_S,
    DEFAULT_UNITS,
    LEAST,
    AgentSettings,
    AgentSkills,
    ChannelSettings,
    Languages,
    Overflow,
    Policy,
    Preference,
    QueueRule,
    QueueSettings,
    QueueSkills,
    Rank,
    Ring,
)
from services.routing.domain.hours import CalendarSettings
from services.routing.domain.targets import EscalationRule, TargetSettings
from services.routing.domain.tell_wait import TellWait
from services.routing.shapes import ConsultationShown, LinkShown
from services.routing.target_bodies import Targets
from services.routing.upcasting import levels
from shared.contracts.agents import AgentStatus, ChosenStatus
from shared.contracts.tickets import Kind
from shared.contracts.values import ID, PRIMARY_LANGUAGE, Name
from shared.mongo import Document

T = TypeVar("T")
S = TypeVar("S", bound="Shown")
D = TypeVar("D")

PathId = Annotated[str, Path(pattern=ID)]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=300, description="`next` of the page before")]
TicketState = Literal[
    "waiting", "offered", "active", "held", "wrapup", "pending", "resolved", "closed", "abandoned", "merged"
]


def _spoken(languages: Any) -> Any:  # noqa: ANN401 (whatever a client sends)
    """Languages with levels; those that are only listed are spoken at their best."""
    spoken = levels(languages, BEST)
    for code in spoken if isinstance(spoken, dict) else ():
        if not isinstance(code, str):
            raise ValueError(f"{code} is no language's code; in YAML, put no and on in quotes")  # noqa: TRY004 (pydantic)
        if not re.fullmatch(PRIMARY_LANGUAGE, code):
            raise ValueError(
                f"{code} is no language's code; write two or three small letters without a region, as in de"
            )
    return spoken


class Body(BaseModel):
    """A body that a client sends: a field that nobody declared is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Acting(Body):
    """agent: for whom a supervisor acts; an agent acts for itself and may leave it out."""

    agent: Name | None = None


class Resolving(Acting):
    """code: what it is filed under, where the queue has a list."""

    code: Name | None = None


class Pending(Acting):
    """on: whom it waits for. until: when it comes back at the latest."""

    on: Literal["customer", "third_party"]
    until: AwareDatetime | None = None


class Reason(Body):
    """reason: for whoever has it next."""

    reason: Annotated[str, Len(1, 200)] | None = None


class Transfer(Reason):
    """queue, agent: where to; one of them, or an agent in another queue. The agent alone is asked for a while."""

    queue: Name | None = None
    agent: Name | None = None


class Transfers(Transfer):
    """tickets: which ones; or team: all that its agents have accepted and not resolved, 500 at once."""

    tickets: Annotated[list[Name], Len(1, 500)] | None = None
    team: Name | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.tickets is None) == (self.team is None):
            raise ValueError("say which tickets, or of which team, and not both")
        return self


class Priority(Body):
    """priority: 1 is the most urgent, 9 the least."""

    priority: Rank


class StatusWanted(Body):
    """status: `available` takes offers, `busy` and `break` take none, `offline` signs out.

    force: for supervisors: what the agent has in hand goes back to its queues.
    """

    status: ChosenStatus
    reason: Name | None = None
    force: bool = False


class SkillWanted(Body):
    """A skill's name for people."""

    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWanted(QueueRule):
    """A rule; its skills may be a list of those of which any level will do.

    Conditions: channel; address (the hub's own mailbox, number or site); language (`de` is also `de-AT`); words (any of
    these words or phrases in the subject or text); segment; ivr (what a caller chose from a menu); hours (open or
    closed, by `calendar` or else the queue's); open_ticket (of the customer: in this queue, in this pool, or none in
    it); conversation (new, or known: it has had a ticket). What follows: priority, skills and kind of the ticket.
    """

    skills: Annotated[QueueSkills, BeforeValidator(partial(levels, level=LEAST))] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWanted(QueueSettings):
    """A queue's settings and the pool it belongs to, which cannot be changed later.

    skills: with the least level that will do (1 to 5), or a list of those of which any level will do.
    """

    pool: Name
    rules: Annotated[tuple[RuleWanted, ...], Len(0, 100)] = ()
    skills: Annotated[QueueSkills, BeforeValidator(partial(levels, level=LEAST))] = field(default_factory=dict)

    @property
    def settings(self) -> QueueSettings:
        """The part that is the queue's settings."""
        rules = tuple(settings_of(QueueRule, rule) for rule in self.rules)
        return replace(settings_of(QueueSettings, self), rules=rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWanted(AgentSettings):
    """An agent's settings and the pool it belongs to, which cannot be changed later.

    skills: with levels (1 to 5, the best), or a list of those that it has at their best. team: what supervisors group
    and find agents by; it does not change who gets what. languages: by code (`de`, without a region), with levels or
    listed, as skills.
    """

    pool: Name
    skills: Annotated[AgentSkills, BeforeValidator(partial(levels, level=BEST))] = field(default_factory=dict)
    languages: Annotated[Languages, BeforeValidator(_spoken)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWanted(CalendarSettings):
    """A calendar's settings and the pool it belongs to, which cannot be changed later.

    time_zone: a name of the IANA database, such as Europe/Berlin. week: by weekday, the spans of hours in which it is
    open, such as 09:00-12:30; 24:00 is the midnight at the end of the day; a day that is left out is closed. dates:
    what holds instead on single days, such as 2026-12-24; no span means closed.
    """

    pool: Name


class Shown(BaseModel):
    """A document as the API shows it."""

    model_config = ConfigDict(frozen=True)

    id: str


class SkillShown(Shown):
    """A skill."""

    name: str


class PoolShown(Shown):
    """A pool. units: how much its agents can do at once; channels: what differs from the defaults. priority_s: how many
    seconds of waiting one step of priority is worth.
    """

    name: str
    units: int = DEFAULT_UNITS
    channels: dict[str, ChannelSettings]
    priority_s: float = DEFAULT_PRIORITY_S


class QueueShown(Shown):
    """A queue; see PUT for what its fields mean."""

    pool: str
    name: str
    rules: list[QueueRule]
    rank: int
    default: bool
    skills: dict[str, int]
    priority: int
    threshold_s: float
    short_s: float
    offer_timeout_s: float | None
    auto_accept: bool = False
    policy: Policy = "most_spare"
    prefer: list[Preference] = []
    prefer_wait_s: float = 0.0
    rings: list[Ring] = []
    return_wait_s: float = 120.0
    wrapup_s: float | None = None
    wrapup_codes: list[str] = []
    reopen_s: float = 0.0
    escalate_to: str | None = None
    calendar: str | None = None
    overflow: list[Overflow] = []
    loop_limit: int = 20
    match_language: int | None = None
    tell_wait: TellWait | None = None
    targets: TargetSettings = TargetSettings()
    escalate_on: list[EscalationRule] = []
    complaints: ComplaintSettings = ORDINARY_COURSE


class CalendarShown(Shown):
    """A calendar; see PUT for what its fields mean."""

    pool: str
    name: str
    time_zone: str
    week: dict[str, list[str]]
    dates: dict[str, list[str]]


class CalendarAt(CalendarShown):
    """A calendar and how it stands at a moment. until: when it closes (or, if closed, opens) next; null: not within a
    year.
    """

    at: datetime
    open: bool
    until: datetime | None


class AgentShown(Shown):
    """An agent. since: when it took this status; tickets: those it is offered or has; consultations: those
    on which a colleague asks it."""

    pool: str
    name: str
    skills: dict[str, int]
    queues: list[str] | None
    units: int | None = None
    limits: dict[str, int]
    team: str | None = None
    languages: dict[str, int] = {}
    status: AgentStatus
    reason: str | None
    since: datetime
    tickets: list[str]
    consultations: list[str] = []


class Callback(BaseModel):
    """since: when the customer asked to be called back, or somebody did for them."""

    since: datetime


class TicketShown(Shown):
    """A ticket. kind: what it is about. identity: the keyed hash of the customer's identity. customer, segment,
    language: as known when it was opened. skills: what it asked then, languages too (`language:de`).

    expires: until when the offer can be accepted. offered: its latest offer. accepted, wrapup, closed: when that
    happened, if it did. kept_for: the agent who alone is asked just now. pending_on: whom it waits for. until: when it
    comes back, counts as done, or is closed. code: what it was filed under. callback: whoever gets it calls back.
    moved_to: the ticket as which it goes on in another pool. links: to other tickets, with the relation. merged:
    tickets that became part of it; merged_into: the one that it became part of.
    """

    pool: str
    conversation: str
    channel: str
    identity: str
    customer: str | None = None
    segment: str | None = None
    language: str | None = None
    queue: str
    state: TicketState
    skills: list[str]
    levels: dict[str, int] = {}
    priority: int
    kind: Kind = "request"
    agent: str | None
    opened: datetime
    queued: datetime
    offered: datetime | None = None
    expires: datetime | None = None
    accepted: datetime | None = None
    wrapup: datetime | None = None
    closed: datetime | None = None
    reason: str | None = None
    kept_for: str | None = None
    pending_on: str | None = None
    until: datetime | None = None
    code: str | None = None
    callback: Callback | None = None
    moved_to: str | None = None
    targets: Targets = []
    tags: list[str] = []
    links: list[LinkShown] = []
    merged: list[str] = []
    merged_into: str | None = None
    consultation: ConsultationShown | None = None


class Transferred(BaseModel):
    """What became of a ticket that was to be passed on: its state, or the problem."""

    id: str
    state: TicketState | None = None
    problem: str | None = None


class Happened(BaseModel):
    """One event of a ticket's life. sequence: the decision it was part of; cause: the event or command behind it."""

    sequence: int
    cause: str
    recordedtime: datetime
    event: dict[str, Any]


class Page(BaseModel, Generic[T]):
    """A page of a list. next: the cursor of the page behind it, or null."""

    items: list[T]
    next: str | None = None


def shown(kind: type[S], document: Document) -> S:
    """A view's document as the API shows it."""
    return kind.model_validate({"id": document["_id"], **document})


def settings_of(kind: type[D], wanted: D) -> D:
    """The part of a PUT body that is the settings of the dataclass `kind`."""
    return kind(**{field.name: getattr(wanted, field.name) for field in fields(kind)})  # type: ignore[arg-type]  # D is one
