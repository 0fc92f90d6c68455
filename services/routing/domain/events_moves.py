"""Events that only a pool's own stream needs, about contacts that go from one pool to another."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from services.routing.domain.commands import EndContact, OpenTicket
from services.routing.domain.commands_relief import ForgetContact, HearCallbackWish
from shared.contracts.envelope import STRICT
from shared.contracts.values import Conversation, Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class OfContact:
    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    conversation: Conversation
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAsked(OfContact):
    """Another pool is asked for something. The command is sent by whoever follows this stream; its id follows from the
    event's place here, so it is decided once however often it is sent.
    """

    event: Literal["pool.asked"] = "pool.asked"
    pool: Name
    command: OpenTicket | EndContact | HearCallbackWish | ForgetContact


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTaken(OfContact):
    """Another pool has handed the contact over, or sends more of it."""

    event: Literal["contact.taken"] = "contact.taken"
    pool: Name
    number: Annotated[int, Ge(1)]
    hops: Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactForgotten(OfContact):
    """The pool that had taken the contact over is done with it."""

    event: Literal["contact.forgotten"] = "contact.forgotten"


MoveEvent = PoolAsked | ContactTaken | ContactForgotten
