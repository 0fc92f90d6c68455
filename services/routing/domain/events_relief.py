"""Events that only a pool's own stream needs, about tickets whose queue keeps them waiting."""

from dataclasses import dataclass
from typing import Literal

from shared.contracts.ticketed import Ticketed


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWaitUnknown(Ticketed):
    """The customer was to be told how long it will take, and nobody could know. It is tried again later."""

    event: Literal["ticket.wait.unknown"] = "ticket.wait.unknown"
