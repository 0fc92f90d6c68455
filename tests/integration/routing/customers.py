"""Customers: interactions as ingest would put them into Kafka, but what is sealed opens with no key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.contracts.codec import interactions
from shared.contracts.envelope import event_id, schema_of
from shared.contracts.interactions import (
    Call,
    CallbackRequested,
    CallEnded,
    CallStarted,
    ConversationEnded,
    Message,
    MessageReceived,
    MessageSent,
    SealedInteraction,
    Stay,
    VoicemailLeft,
)
from shared.contracts.values import to_milliseconds
from shared.publishing import Outgoing, Publisher
from shared.topics import INTERACTIONS

SEALED = "c2VhbGVk"


class Customers:
    """Make interactions with a hint to their queue, and put them into Kafka. A conversation is called by a name."""

    def __init__(self, publisher: Publisher, calls: str = "calls", rest: str = "rest") -> None:
        self._publisher = publisher
        self._calls = calls
        self._rest = rest

    def of(self, calls: str, rest: str) -> "Customers":
        """Customers of these queues."""
        return Customers(self._publisher, calls, rest)

    async def send(self, *events: SealedInteraction) -> Sequence[SealedInteraction]:
        """Publishes the events durably, in order."""
        await self._publisher.publish(
            INTERACTIONS, [Outgoing(event.partitionkey, interactions.encode(event)) for event in events]
        )
        return events

    def call(self, name: str) -> CallStarted[str]:
        """A call begins."""
        return CallStarted(**self._envelope("hub.call.started.v1", name, "started"), data=self._call(name))

    def hang_up(self, name: str) -> CallEnded[str]:
        """The caller hangs up."""
        return CallEnded(**self._envelope("hub.call.ended.v1", name, "ended"), data=self._call(name))

    def voicemail(self, name: str) -> VoicemailLeft[str]:
        """The caller leaves a message."""
        return VoicemailLeft(**self._envelope("hub.voicemail.left.v1", name, "voicemail"), data=self._call(name))

    def wish(self, name: str) -> CallbackRequested[str]:
        """The caller wants to be called back."""
        return CallbackRequested(**self._envelope("hub.callback.requested.v1", name, "wish"), data=self._call(name))

    def message(self, name: str, number: int = 1, channel: str = "email") -> MessageReceived[str]:
        """A message comes in."""
        return MessageReceived(
            **self._envelope("hub.message.received.v1", name, f"message {number}"),
            data=Message(
                channel=channel,
                direction="inbound",
                conversation=self._conversation(name),
                identity=self._identity(name),
                queue=self._rest,
                message=f"{name}-{number}",
                content=SEALED,
            ),
        )

    def reply(self, name: str, number: int = 1, channel: str = "email", *, automatic: bool = False) -> MessageSent[str]:
        """A message goes out, as ingest tells it."""
        received = self.message(name, channel=channel)
        return MessageSent(
            **self._envelope("hub.message.sent.v1", name, f"reply {number}"),
            data=replace(
                received.data, direction="outbound", queue=None, message=f"{name}-reply-{number}", automatic=automatic
            ),
        )

    def leave(self, name: str) -> ConversationEnded[str]:
        """The visitor closes the chat."""
        return ConversationEnded(
            **self._envelope("hub.conversation.ended.v1", name, "ended"),
            data=Stay(
                channel="chat",
                direction="inbound",
                conversation=self._conversation(name),
                identity=self._identity(name),
                reason="left",
                content=SEALED,
            ),
        )

    def _call(self, name: str) -> Call[str]:
        return Call(
            channel="phone",
            direction="inbound",
            conversation=self._conversation(name),
            identity=self._identity(name),
            queue=self._calls,
            content=SEALED,
        )

    def _identity(self, name: str) -> str:
        return self._conversation(name).replace("-", "")

    def _conversation(self, name: str) -> str:
        return event_id(f"/conversations/{self._calls}", name)

    def _envelope(self, kind: str, name: str, own_id: str) -> dict[str, Any]:
        now = to_milliseconds(datetime.now(UTC))
        return {
            "id": event_id(f"/channels/{self._calls}", f"{name} {own_id}"),
            "source": "/channels/test",
            "type": kind,
            "time": now,
            "recordedtime": now,
            "dataschema": schema_of(kind),
            "partitionkey": self._conversation(name),
            "correlationid": self._conversation(name),
        }
