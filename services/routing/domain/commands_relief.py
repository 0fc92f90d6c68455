"""What a pool's decision maker is asked about tickets whose queue keeps them waiting."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge

from shared.contracts.envelope import STRICT
from shared.contracts.values import Conversation, Moment, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CameFrom:
    """A command comes from another pool, which has handed the conversation's contact over.

    number: how many commands about the conversation it has sent, this one included. hops: how often the contact has
    gone from one pool to another.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    pool: Name
    number: Annotated[int, Ge(1)]
    hops: Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetContact:
    """The pool that has taken the conversation's contact over is done with it. number: of the last command it knows."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["forget_contact"] = "forget_contact"
    conversation: Conversation
    number: Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCallback:
    """The caller may hang up and is called back. by: the telephone system, or the person who says so."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["request_callback"] = "request_callback"
    ticket: Name
    by: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class HearCallbackWish:
    """The caller wants to be called back, and said so at that moment. Without a contact that waits it means nothing.

    came: it comes from another pool.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    do: Literal["hear_callback_wish"] = "hear_callback_wish"
    conversation: Conversation
    wished: Moment
    came: CameFrom | None = None
