"""What every event of hub.tickets.v1 has."""

from dataclasses import dataclass
from typing import Any, ClassVar

from shared.contracts.envelope import STRICT
from shared.contracts.values import Name, Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticketed:
    """ticket: its id. at: when it happened (event time, from the command)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    ticket: Name
    at: Time
