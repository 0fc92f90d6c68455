"""What was said on the conversation of an open ticket, as far as its clocks depend on it. Stays in the decision log."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAsked:
    """The customer wrote something that no answer is known for yet. asked: when."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    event: Literal["ticket.asked"] = "ticket.asked"
    ticket: Name
    at: Time
    asked: Time


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketAnswered:
    """An agent wrote to the customer. answered: when."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    event: Literal["ticket.answered"] = "ticket.answered"
    ticket: Name
    at: Time
    answered: Time
