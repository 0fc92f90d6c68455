"""What a channel hands over: an event of its own, plain, before the hub has taken it in."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from annotated_types import Len

from shared.contracts.envelope import STRICT
from shared.contracts.interactions import Interaction
from shared.contracts.values import Name, Time

RESERVED = "/hub/"
"""Sources of the hub's own channels begin so; a plugin may not use them, or it could pass for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event with plain content.

    id: the source's own id of it (an idempotency key). time: None for the moment it is taken in.
    data: `identity` is an address such as `email:ann@x.org`, `content` a class of shared.contracts.content (for a
    plugin's own type any JSON object); `conversation` and message references are the source's own names for them.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    type: str
    source: Annotated[str, Len(1, 300)]
    id: Name
    time: Time | None = None
    causationid: Name | None = None
    traceparent: Annotated[str, Len(55, 55)] | None = None
    data: Interaction[Any]


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why the draft at `index` of a batch cannot be taken. field: a path such as `data.content.text`."""

    index: int
    field: str
    reason: str
