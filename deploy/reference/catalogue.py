"""Every event type of the hub with the classes that declare it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from services.profile.asking import commands as customer_commands
from services.routing.commands import codec as routing_commands
from shared import dead_letters
from shared.contracts.agents import AgentEvent
from shared.contracts.codec import INTERACTION_TYPES, Codec
from shared.contracts.customers import CustomerEvent
from shared.contracts.decided import Decided, type_of
from shared.contracts.interactions import CONTENT, Custom
from shared.contracts.kpi_deviations import KpisDeviated
from shared.contracts.kpis import KpisMeasured
from shared.contracts.tickets import TicketEvent
from shared.contracts.values import Sealed
from shared.topics import (
    AGENTS,
    CUSTOMER_COMMANDS,
    CUSTOMERS,
    DEAD_LETTERS,
    INTERACTIONS,
    KPIS,
    ROUTING_COMMANDS,
    TICKETS,
    Topic,
)

OWN_TYPES = "x.*"
"""Stands for the event types that plugins choose themselves."""

OTHER_RECORDS: dict[str, tuple[str, Codec[Any]]] = {
    CUSTOMER_COMMANDS.name: ("customer-command", customer_commands),
    ROUTING_COMMANDS.name: ("routing-command", routing_commands),
    DEAD_LETTERS.name: ("dead-letter", dead_letters.codec),
}
"""What the topics hold that hold no events: a name for their records, and how these are read and written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """name: such as `hub.message.received.v1`. record: the class of the whole record. data: that of its `data`.

    content: the class of what is sealed in it, None where nothing is or where it is any JSON object.
    """

    name: str
    topic: Topic
    record: Any
    data: Any
    content: Any = None

    @property
    def meaning(self) -> str:
        """What its class says of it, or nothing where the name says all."""
        return docstring(self.data if self.topic is not INTERACTIONS else get_origin(self.record))


def event_types() -> Iterator[EventType]:
    """All of them, by topic."""
    for event in (*INTERACTION_TYPES, Custom):
        data = get_origin(get_type_hints(event)["data"])
        name = OWN_TYPES if event is Custom else event.__dataclass_fields__["type"].default
        content = None if event is Custom else CONTENT[data]
        yield EventType(name=name, topic=INTERACTIONS, record=event[Sealed], data=data, content=content)
    decided: Any = Decided
    for topic, union in ((CUSTOMERS, CustomerEvent), (TICKETS, TicketEvent), (AGENTS, AgentEvent)):
        for data in get_args(union):
            name = type_of(data.__dataclass_fields__["event"].default)
            yield EventType(name=name, topic=topic, record=decided[data], data=data)
    for event in (KpisMeasured, KpisDeviated):
        (name,) = get_args(get_type_hints(event)["type"])
        yield EventType(name=name, topic=KPIS, record=event, data=get_type_hints(event)["data"])


def docstring(declared: Any) -> str:  # noqa: ANN401 (a class as value)
    """What a class says of itself; nothing if all it has is the signature that dataclasses write."""
    doc = str(declared.__doc__ or "")
    return (
        "" if doc.startswith(f"{declared.__name__}(") else "\n".join(line.strip() for line in doc.strip().splitlines())
    )
