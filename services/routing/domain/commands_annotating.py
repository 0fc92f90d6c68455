"""What people write on tickets: agents on their own, supervisors on any."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.tickets_annotations import Tag
from shared.contracts.tickets_links import Relation
from shared.contracts.values import EventId, Name, Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotating:
    """by: the person. agent: set where an agent does it with a ticket of its own."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    by: Name
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagTicket(Annotating):
    """Tags as tag_of() writes them."""

    do: Literal["tag_ticket"] = "tag_ticket"
    add: tuple[Tag, ...] = ()
    remove: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTicket(Annotating):
    """note: the id that it gets. content: sealed with it, under the key of the ticket's identity."""

    do: Literal["note_ticket"] = "note_ticket"
    note: EventId
    content: Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTicket(Annotating):
    do: Literal["link_ticket"] = "link_ticket"
    to: Name
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkTicket(Annotating):
    do: Literal["unlink_ticket"] = "unlink_ticket"
    to: Name


AnnotatingCommand = TagTicket | NoteTicket | LinkTicket | UnlinkTicket
