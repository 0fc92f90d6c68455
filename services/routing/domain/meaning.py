"""What an interaction means for routing: somebody asks for something or is answered, a contact is over, or nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from services.routing.domain.commands import Ended
from services.routing.domain.customers import UNKNOWN, Caller
from services.routing.domain.rules import Traits
from services.routing.domain.voicemail import VOICEMAIL
from shared.contracts.interactions import (
    CallbackRequested,
    CallEnded,
    CallStarted,
    ConversationEnded,
    ConversationStarted,
    InteractionEvent,
    IvrChoiceMade,
    MessageReceived,
    MessageSent,
    VoicemailLeft,
)

Begins = Literal["message", "conversation", "call", "choice", "voicemail"]
"""With what somebody asks: choice: a caller's, in a menu. voicemail: a message that a caller left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A customer asks for something. caller: what is known of who asks."""

    event: str
    at: datetime
    conversation: str
    identity: str
    traits: Traits
    skills: tuple[str, ...]
    priority: int | None
    begins: Begins
    caller: Caller = UNKNOWN

    @property
    def certain(self) -> bool:
        """Whether it can only be the beginning of its conversation."""
        return self.begins in ("call", "choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A contact is over."""

    event: str
    conversation: str
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An agent wrote to the customer."""

    event: str
    at: datetime
    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackWish:
    """A caller wants to be called back."""

    event: str
    at: datetime
    conversation: str


Meaning = Opening | Ending | Answer | CallbackWish


def is_automatic(event: InteractionEvent[Any]) -> bool:
    """Whether it is a message that no person wrote: answering it may start a loop."""
    return isinstance(event, MessageReceived) and event.data.automatic


def meaning(event: InteractionEvent[Any]) -> Meaning | None:
    """What the interaction means for routing; most mean nothing."""
    data = event.data
    if is_automatic(event):
        return None
    match event:
        case MessageReceived() | ConversationStarted() | CallStarted() | IvrChoiceMade() | VoicemailLeft() if (
            data.direction == "inbound"
        ):
            return Opening(
                event=event.id,
                at=event.time,
                conversation=data.conversation,
                identity=data.identity,
                traits=Traits(
                    channel=VOICEMAIL if isinstance(event, VoicemailLeft) else data.channel,
                    address=data.address,
                    language=data.language,
                    queue=data.queue,
                    at=event.time,
                ),
                skills=data.skills,
                priority=data.priority,
                begins=_begins(event),
            )
        case MessageSent() if data.direction == "outbound" and not event.data.automatic:
            return Answer(event=event.id, at=event.time, conversation=data.conversation)
        case CallbackRequested() if data.direction == "inbound":
            return CallbackWish(event=event.id, at=event.time, conversation=data.conversation)
        case CallEnded():
            return Ending(event=event.id, conversation=data.conversation, ended=Ended(at=event.time, reason="hung_up"))
        case ConversationEnded():
            reason = event.data.reason or "left"
            return Ending(event=event.id, conversation=data.conversation, ended=Ended(at=event.time, reason=reason))
        case _:
            return None


def asked_by(opening: Opening, caller: Caller) -> Opening:
    """The opening with what is known of who asks. The language is the interaction's own, else the customer's."""
    traits = replace(opening.traits, segment=caller.segment, language=opening.traits.language or caller.language)
    return replace(opening, traits=traits, caller=caller)


def _begins(event: InteractionEvent[Any]) -> Begins:
    match event:
        case CallStarted():
            return "call"
        case IvrChoiceMade():
            return "choice"
        case VoicemailLeft():
            return "voicemail"
        case ConversationStarted():
            return "conversation"
        case _:
            return "message"
