"""Events of hub.tickets.v1 about tickets whose queue keeps them waiting."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Len

from shared.contracts.ticketed import Ticketed
from shared.contracts.values import Channel, Conversation, Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWaitTold(Ticketed):
    """The customer is told how long it will take. text: what they are sent, automatically, on the conversation; what
    callers hear.

    position: the ticket's place in its queue. wait_s: the wait that was estimated, which half of all do not exceed;
    wait_90_s: which nine of ten do not.
    """

    event: Literal["ticket.wait.told"] = "ticket.wait.told"
    queue: Name
    channel: Channel
    conversation: Conversation
    position: Annotated[int, Ge(1)]
    wait_s: Annotated[int, Ge(0)]
    wait_90_s: Annotated[int, Ge(0)]
    text: Annotated[str, Len(1, 2_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCallbackRequested(Ticketed):
    """The caller need not hold the line: the ticket keeps its place, and the agent who gets it calls back.

    From now on it is not abandoned when the caller hangs up. by: who said so: `caller`, the telephone system, or a
    person.
    """

    event: Literal["ticket.callback.requested"] = "ticket.callback.requested"
    queue: Name
    by: Name
