"""Every event of a pool's decision stream: those that are published, and those that only the stream itself needs."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from services.routing.domain.configuration import ConfigurationEvent, Skills
from services.routing.domain.events_moves import MoveEvent
from services.routing.domain.events_relief import TicketWaitUnknown
from services.routing.domain.hearing import TicketAnswered, TicketAsked
from shared.contracts.agents import AgentEvent
from shared.contracts.envelope import STRICT
from shared.contracts.tickets import TicketEvent
from shared.contracts.values import Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRoundBegan:
    """Everybody who was free was asked; those who declined or did not answer may be asked again."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    event: Literal["ticket.round.began"] = "ticket.round.began"
    ticket: Name
    at: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWidened:
    """More agents may be asked from now on: whoever meets `needs`, and no longer one in particular.

    ring: how often its circle was widened, so how many of the queue's rings are used up.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    event: Literal["ticket.widened"] = "ticket.widened"
    ticket: Name
    at: Time
    ring: int
    needs: Skills


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettled:
    """After a change of the configuration, everything that waits has been looked at again."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    event: Literal["pool.settled"] = "pool.settled"
    pool: Name
    at: Time


OwnTicketEvent = TicketRoundBegan | TicketWidened | TicketWaitUnknown | TicketAsked | TicketAnswered
Event = TicketEvent | AgentEvent | ConfigurationEvent | OwnTicketEvent | MoveEvent | PoolSettled
