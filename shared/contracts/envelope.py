"""The CloudEvents 1.0 envelope that every record in Kafka wears (structured JSON mode)."""

from dataclasses import dataclass
from hashlib import sha1
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from annotated_types import Len

from shared.contracts.values import EventId, Time

STRICT: dict[str, Any] = {"extra": "forbid"}
"""pydantic's configuration of every contract: a field that nobody declared is an error, not silently lost."""

_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_HUB = UUID("6f2c7a52-0d5b-5c39-9a53-2b4f0a0e7c11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every event says of itself.

    time: when it happened. recordedtime: when the hub took it in. partitionkey: the Kafka key.
    correlationid: the conversation or ticket it belongs to. causationid: the id of the event or command behind it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    specversion: Literal["1.0"] = "1.0"
    id: EventId
    source: Annotated[str, Len(1, 300)]
    time: Time
    recordedtime: Time
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, Len(1, 200)]
    partitionkey: Annotated[str, Len(1, 200)]
    correlationid: Annotated[str, Len(1, 200)]
    causationid: Annotated[str, Len(1, 200)] | None = None
    traceparent: Annotated[str, Len(55, 55)] | None = None


def event_id(source: str, own_id: str) -> str:
    """The id of the event that `source` calls `own_id`: the same for every delivery, for ever (uuid5)."""
    return as_uuid(sha1(_HUB.bytes + f"{source}\n{own_id}".encode(), usedforsecurity=False).digest())


def as_uuid(digest: bytes) -> str:
    """The UUID of version 5 that stands for a digest (its first 16 bytes); `uuid.UUID` takes ten times as long."""
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


def schema_of(event_type: str) -> str:
    """The `dataschema` of an event type: `hub.message.received.v1` → `urn:hub:schema:hub.message.received.v1`."""
    return f"urn:hub:schema:{event_type}"
