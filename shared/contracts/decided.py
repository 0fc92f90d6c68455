"""The envelope of what a decision maker decided: tickets, agents and customers.

The data of such an event names itself (`event`), so a decision stored in the decision log and the record in Kafka
hold the same thing. The envelope's type follows from it: `ticket.offered` → `hub.ticket.offered.v1`.
"""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from annotated_types import Ge, Len

from shared.contracts.envelope import Envelope

D = TypeVar("D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided(Envelope, Generic[D]):
    """stream and sequence: the decision it was part of; number: its place among the decision's events, from 0.

    Within one partition the triple only grows per stream, except when a restart publishes again: whoever folds these
    events skips what is not beyond the last one of its stream.
    """

    type: Annotated[str, Len(1, 120)]
    stream: Annotated[str, Len(1, 200)]
    sequence: Annotated[int, Ge(1)]
    number: Annotated[int, Ge(0)]
    data: D


def type_of(event: str) -> str:
    """`ticket.offered` → `hub.ticket.offered.v1`."""
    return f"hub.{event}.v1"
