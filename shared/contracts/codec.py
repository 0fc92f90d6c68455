"""Between bytes and events: the one place where pydantic validates what is in Kafka.

DecodeError
└── (a record that no model accepts; it is never retried, always dead-lettered)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar, get_args

from pydantic import Field, TypeAdapter, ValidationError

from shared.contracts.agents import AgentEvent
from shared.contracts.customers import CustomerEvent
from shared.contracts.decided import Decided
from shared.contracts.interactions import Custom, InteractionEvent, SealedInteraction
from shared.contracts.kpi_deviations import KpisDeviated
from shared.contracts.kpis import KpisMeasured
from shared.contracts.tickets import TicketEvent
from shared.contracts.values import Sealed

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class DecodeError(Exception):
    """No model accepts the record. reason: which field and why, without the record's content."""

    reason: str

    def __str__(self) -> str:
        return f"No event model accepts the record: {self.reason}."


class Codec(Generic[E]):
    """Decodes and encodes one topic's events."""

    def __init__(self, event: Any) -> None:  # noqa: ANN401 (a union of classes is a value mypy has no type for)
        self._event = event

    @cached_property  # built when first used: a tenth of a second for the larger topics, and a process uses few
    def _one(self) -> TypeAdapter[E]:
        return TypeAdapter(self._event)

    def decode(self, value: bytes) -> E:
        """The event in `value`; DecodeError if no model accepts it."""
        try:
            return self._one.validate_json(value)
        except ValidationError as error:
            raise DecodeError(explain(error)) from error

    def decode_all(self, values: Sequence[bytes]) -> list[E | DecodeError]:
        """One result a value, in order."""
        decode = self._one.validate_json
        decoded: list[E | DecodeError] = []
        for value in values:
            try:
                decoded.append(decode(value))
            except ValidationError as error:
                decoded.append(DecodeError(explain(error)))
        return decoded

    def encode(self, event: E) -> bytes:
        """The event as structured-mode CloudEvents JSON; attributes that are None are left out."""
        return self._one.dump_json(event, exclude_none=True)

    def schema(self) -> dict[str, Any]:
        """JSON schema of the topic's events, for the generated references."""
        return self._one.json_schema()


def explain(error: ValidationError) -> str:
    """The first complaint as `field: reason`, without the value, which may be personal."""
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "union_tag_invalid":
        return f"type: no event type {first['ctx']['tag']!r} is known; a plugin's own types begin with x."
    where = ".".join(str(part) for part in first["loc"] if not _names_a_model(part)) or "record"
    reason = "is not a field of this event" if first["type"] == "unexpected_keyword_argument" else first["msg"]
    return f"{where}: {reason}"


def _names_a_model(part: int | str) -> bool:
    return isinstance(part, str) and ("[" in part or part.startswith(("hub.", "function-")))


def _interaction_union() -> Any:  # noqa: ANN401 (the union is built from the list of classes, so it has no static type)
    known = tuple(event[Sealed] for event in INTERACTION_TYPES)
    tagged = known[0]
    for event in known[1:]:
        tagged |= event
    by_type = Annotated[tagged, Field(discriminator="type")]  # type: ignore[valid-type]  # built at run time
    return Annotated[by_type | Custom[Sealed], Field(union_mode="left_to_right")]


INTERACTION_TYPES: tuple[Any, ...] = tuple(
    event.__origin__ for event in get_args(InteractionEvent) if event.__origin__ is not Custom
)
"""The classes of the hub's own interaction types; a plugin's own are Custom."""

interactions: Codec[SealedInteraction] = Codec(_interaction_union())
tickets: Codec[Decided[TicketEvent]] = Codec(Decided[Annotated[TicketEvent, Field(discriminator="event")]])
agents: Codec[Decided[AgentEvent]] = Codec(Decided[Annotated[AgentEvent, Field(discriminator="event")]])
customers: Codec[Decided[CustomerEvent]] = Codec(Decided[Annotated[CustomerEvent, Field(discriminator="event")]])
kpis: Codec[KpisMeasured | KpisDeviated] = Codec(Annotated[KpisMeasured | KpisDeviated, Field(discriminator="type")])
