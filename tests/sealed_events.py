"""Interactions as ingest would publish them: plain events are built here, sealed, and encoded for hub.interactions.v1.

A test that needs no ingest puts these into Kafka itself; `Sealer` makes the keys that other services read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json, to_json

from shared.contracts.codec import interactions
from shared.contracts.content import CallContent, ContactContent, Content, MessageContent
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.interactions import (
    Call,
    CallStarted,
    ContactIdentified,
    Identification,
    Message,
    MessageReceived,
    Party,
)
from shared.contracts.values import to_milliseconds
from shared.keyring import Keyring
from shared.publishing import Outgoing
from shared.sealing import Hasher, seal

SOURCE = "/channels/test"
MOMENT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals plain interactions the way ingest does; it makes the keys it needs."""

    keyring: Keyring
    hasher: Hasher

    async def outgoing(self, plain: Iterable[Any]) -> list[Outgoing]:
        """One record for each plain event, ready to be published to hub.interactions.v1."""
        events = list(plain)
        await self.keyring.ensure(self.hasher.identity(party.identity) for event in events for party in _parties(event))
        return [Outgoing(event.partitionkey, await seal_event(self.keyring, self.hasher, event)) for event in events]


async def seal_event(keyring: Keyring, hasher: Hasher, plain: Any) -> bytes:  # noqa: ANN401 (any class of InteractionEvent)
    """The plain event as it stands in Kafka. Keys that are missing are made."""
    keys = await keyring.ensure(hasher.identity(party.identity) for party in _parties(plain))

    def sealed(identity: str, content: Any) -> dict[str, str]:  # noqa: ANN401 (a content class or a JSON object)
        known = hasher.identity(identity)
        fields = {name: value for name, value in from_json(to_json(content)).items() if value is not None}
        body = to_json({"identity": identity, **fields})
        return {"identity": known, "content": seal(keys[known].cipher, plain.id, body)}

    data = replace(plain.data, **sealed(plain.data.identity, plain.data.content))
    if isinstance(data, Identification):
        also = tuple(Party(**sealed(party.identity, party.content)) for party in plain.data.also)
        data = replace(data, also=also)
    return interactions.encode(replace(plain, data=data))


def _parties(plain: Any) -> list[Any]:  # noqa: ANN401 (any class of InteractionEvent)
    return [plain.data, *getattr(plain.data, "also", ())]


def conversation_id(name: str) -> str:
    """A conversation's id (a UUID) that a test calls `name`."""
    return event_id("/conversations", name)


def envelope(
    own_id: str, event_type: str, conversation: str, at: datetime, recorded: datetime | None
) -> dict[str, Any]:
    """The envelope's fields of an event that its source calls `own_id`."""
    return {
        "id": event_id(SOURCE, own_id),
        "source": SOURCE,
        "type": event_type,
        "time": to_milliseconds(at),
        "recordedtime": to_milliseconds(recorded or at),
        "dataschema": schema_of(event_type),
        "partitionkey": conversation,
        "correlationid": conversation,
    }


def message(
    own_id: str,
    identity: str,
    text: str = "Hello",
    *,
    name: str | None = None,
    channel: str = "email",
    conversation: str = "first",
    at: datetime = MOMENT,
    recorded: datetime | None = None,
) -> MessageReceived[MessageContent]:
    """A plain message from a customer."""
    conversation = conversation_id(conversation)
    return MessageReceived(
        **envelope(own_id, "hub.message.received.v1", conversation, at, recorded),
        data=Message(
            channel=channel,
            direction="inbound",
            conversation=conversation,
            identity=identity,
            address="support@shop.example",
            message=own_id,
            content=MessageContent(name=name, subject="A question", text=text),
        ),
    )


def call(
    own_id: str, identity: str, *, conversation: str = "call", at: datetime = MOMENT, recorded: datetime | None = None
) -> CallStarted[CallContent]:
    """A plain beginning of a call."""
    conversation = conversation_id(conversation)
    return CallStarted(
        **envelope(own_id, "hub.call.started.v1", conversation, at, recorded),
        data=Call(
            channel="phone",
            direction="inbound",
            conversation=conversation,
            identity=identity,
            content=CallContent(city="Berlin", country="DE"),
        ),
    )


def identified(
    own_id: str,
    identity: str,
    also: Sequence[str],
    *,
    evidence: str = "verified_login",
    at: datetime = MOMENT,
    conversation: str = "identification",
    attributes: dict[str, str] | None = None,
) -> ContactIdentified[Content]:
    """Plain evidence that `identity` and each of `also` are one person. attributes: what is told of `identity`."""
    conversation = conversation_id(conversation)
    return ContactIdentified(
        **envelope(own_id, "hub.contact.identified.v1", conversation, at, None),
        data=Identification(
            channel="web",
            direction="internal",
            conversation=conversation,
            identity=identity,
            content=ContactContent(attributes=attributes or {}),
            also=tuple(Party(identity=other, content=ContactContent()) for other in also),
            evidence=evidence,
        ),
    )
