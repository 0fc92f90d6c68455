"""Plain interactions that belong to earlier ones: edits, receipts and deletions of messages, and moments of calls."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.contracts.content import CallContent, Content, MessageContent
from shared.contracts.interactions import (
    Call,
    CallAnswered,
    CallbackRequested,
    CallEnded,
    CallHeld,
    CallResumed,
    CallTransferred,
    ConversationEnded,
    IvrChoiceMade,
    Message,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageFailed,
    MessageRead,
    MessageReceived,
    MessageSent,
    Stay,
    VoicemailLeft,
)
from tests.sealed_events import MOMENT, conversation_id, envelope

_MESSAGES: dict[str, Any] = {
    "received": MessageReceived,
    "sent": MessageSent,
    "delivered": MessageDelivered,
    "read": MessageRead,
    "failed": MessageFailed,
    "edited": MessageEdited,
    "deleted": MessageDeleted,
}
_CALLS: dict[str, Any] = {
    "call.answered": CallAnswered,
    "call.held": CallHeld,
    "call.resumed": CallResumed,
    "call.transferred": CallTransferred,
    "call.ended": CallEnded,
    "ivr.choice.made": IvrChoiceMade,
    "voicemail.left": VoicemailLeft,
    "callback.requested": CallbackRequested,
}


def said(
    kind: str,
    message: str,
    identity: str,
    text: str = "",
    *,
    own_id: str | None = None,
    at: datetime = MOMENT,
    recorded: datetime | None = None,
    conversation: str = "chat",
    direction: str = "inbound",
    channel: str = "chat",
) -> Any:  # noqa: ANN401 (any class of InteractionEvent)
    """What happens to the chat message called `message`: it is received, sent, delivered, read, edited, deleted, …"""
    conversation = conversation_id(conversation)
    return _MESSAGES[kind](
        **envelope(own_id or f"{message}/{kind}", f"hub.message.{kind}.v1", conversation, at, recorded),
        data=Message(
            channel=channel,
            direction=direction,  # type: ignore[arg-type]  # one of the three directions
            conversation=conversation,
            identity=identity,
            message=message,
            agent="ann" if direction == "outbound" else None,
            content=MessageContent(text=text),
        ),
    )


def called(
    kind: str,
    identity: str,
    *,
    conversation: str = "call",
    at: datetime = MOMENT,
    content: CallContent | None = None,
    **facts: Any,  # noqa: ANN401 (a call's own facts)
) -> Any:  # noqa: ANN401 (any class of InteractionEvent)
    """A later moment of a call: `call.answered`, `voicemail.left`, …"""
    conversation = conversation_id(conversation)
    return _CALLS[kind](
        **envelope(f"{conversation}/{kind}/{at.isoformat()}", f"hub.{kind}.v1", conversation, at, None),
        data=Call(
            channel="phone",
            direction="inbound",
            conversation=conversation,
            identity=identity,
            content=content or CallContent(),
            **facts,
        ),
    )


def left(identity: str, *, conversation: str = "chat", at: datetime = MOMENT) -> ConversationEnded[Content]:
    """The end of a chat."""
    conversation = conversation_id(conversation)
    return ConversationEnded(
        **envelope(f"{conversation}/ended", "hub.conversation.ended.v1", conversation, at, None),
        data=Stay(channel="chat", direction="inbound", conversation=conversation, identity=identity, content=Content()),
    )


def with_attachments(event: Any, attachments: tuple[Any, ...]) -> Any:  # noqa: ANN401 (any message event)
    """The message with descriptions of files."""
    return replace(event, data=replace(event.data, content=replace(event.data.content, attachments=attachments)))
