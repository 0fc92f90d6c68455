"""From the decision log to Kafka: a record for each event of a decision, with an id that publishing again repeats."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from shared.contracts.codec import Codec
from shared.contracts.decided import Decided, type_of
from shared.contracts.envelope import event_id, schema_of
from shared.decisions import Entry
from shared.publishing import Outgoing

E = TypeVar("E", bound="NamedEvent")


class NamedEvent(Protocol):
    """A decided event: it names itself (`ticket.offered`) and says when it happened."""

    @property
    def event(self) -> str: ...
    @property
    def at(self) -> Any: ...  # noqa: ANN401 (an annotated datetime; protocols compare it with each contract's own)


def decided_records(
    entry: Entry[E],
    codec: Codec[Decided[E]],
    key_of: Callable[[E], str],
    source: str,
    correlation_of: Callable[[E], str] | None = None,
) -> list[Outgoing]:
    """The records of one decision, in its order; the same bytes whenever they are made from the same entry.

    key_of: an event's Kafka key, also its correlation unless `correlation_of` gives one. source: the CloudEvents
    source, such as `/decisions/identities`; ids follow from it, the sequence and the event's place in the decision.
    """
    return [
        Outgoing(key_of(event), codec.encode(_envelope(entry, number, cause, event, key_of, source, correlation_of)))
        for number, (cause, event) in enumerate(entry.events)
    ]


def _envelope(
    entry: Entry[E],
    number: int,
    cause: str,
    event: E,
    key_of: Callable[[E], str],
    source: str,
    correlation_of: Callable[[E], str] | None,
) -> Decided[E]:
    kind = type_of(event.event)
    key = key_of(event)
    return Decided(
        id=event_id(source, f"{entry.sequence}.{number}"),
        source=source,
        type=kind,
        time=event.at,
        recordedtime=entry.at,
        dataschema=schema_of(kind),
        partitionkey=key,
        correlationid=correlation_of(event) if correlation_of else key,
        causationid=cause,
        stream=entry.stream,
        sequence=entry.sequence,
        number=number,
        data=event,
    )
