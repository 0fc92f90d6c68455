"""hub.routing-commands.v1: requests to a pool's one decision maker, keyed by pool."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.routing.domain.commands import Command
from shared.contracts.codec import Codec
from shared.contracts.envelope import STRICT
from shared.contracts.values import Moment, Name

SKILLS = "_skills"
"""The decision stream that skills belong to, which are the same in every pool; no pool can have this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingCommand:
    """id: decided once, however often it comes. at: when it was asked."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    id: Name
    pool: Name
    at: Moment
    command: Annotated[Command, Field(discriminator="do")]


codec: Codec[RoutingCommand] = Codec(RoutingCommand)


def stream_of(pool: str) -> str:
    """The decision stream of a pool."""
    return f"routing/{pool}"


def pool_of(stream: str) -> str:
    """The pool of a decision stream."""
    return stream.removeprefix("routing/")
