"""hub.interactions.v1: what customers do on any channel, keyed by conversation.

`data` has the same shape on both sides of ingest, in C: an adapter writes plain content (a class of
`shared.contracts.content`), the log holds it sealed (a string). The other fields are facts that stay readable for
ever, so nothing personal may be in them.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from annotated_types import Ge, Gt, Le, Len

from shared.contracts.content import (
    CallContent,
    ContactContent,
    Content,
    Json,
    MessageContent,
    PageContent,
)
from shared.contracts.envelope import STRICT, Envelope
from shared.contracts.values import Channel, Conversation, CustomType, Direction, Identity, Name, Sealed, Seconds

C = TypeVar("C")

BEST_OF_ALL = 1_000_000
"""No scale has a better score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(Generic[C]):
    """Facts of every interaction. address: the hub's own side (mailbox, number, site) in a form that names no customer.

    language: BCP 47. queue, skills, priority (1 high … 9 low): hints for routing from the channel or plugin.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    channel: Channel
    direction: Direction
    conversation: Conversation
    identity: Identity
    address: Name | None = None
    language: Annotated[str, Len(2, 35)] | None = None
    queue: Name | None = None
    skills: Annotated[tuple[Name, ...], Len(0, 20)] = ()
    priority: Annotated[int, Ge(1)] | None = None
    content: C


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Interaction[C]):
    """A message, or a change to one. message: its stable reference within the hub; automatic: no person wrote it."""

    message: Name
    in_reply_to: Name | None = None
    automatic: bool = False
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Interaction[C]):
    """The beginning or end of a conversation. reason: `left`, `closed`, `timeout` or the channel's own word."""

    reason: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Interaction[C]):
    """A moment of a call. duration: seconds from answer to end, where the provider tells. agent: who has it."""

    reason: Name | None = None
    duration: Seconds | None = None
    agent: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Interaction[C]):
    """A public post. post: its stable reference within the hub."""

    post: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Generic[C]):
    """A further identity of the same person; its content is sealed with that identity's own key."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    identity: Identity
    content: C


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification(Interaction[C]):
    """Evidence that `identity` and `also` are one person, or what is known of `identity` alone.

    evidence: how it is known (`verified_login`, `agent`, …).
    """

    also: Annotated[tuple[Party[C], ...], Len(0, 10)] = ()
    evidence: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What somebody answered who was asked how content they are: a score, of `best` at most."""

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    score: Annotated[float, Ge(0), Le(BEST_OF_ALL)]
    best: Annotated[float, Gt(0), Le(BEST_OF_ALL)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(Interaction[C]):
    """What a plugin's own event tells in the clear. rating: the answer to a survey; agent, ticket: whom and what it is
    about, as is `queue`.
    """

    rating: Rating | None = None
    agent: Name | None = None
    ticket: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Envelope, Generic[C]):
    type: Literal["hub.message.received.v1"] = "hub.message.received.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSent(Envelope, Generic[C]):
    type: Literal["hub.message.sent.v1"] = "hub.message.sent.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(Envelope, Generic[C]):
    type: Literal["hub.message.delivered.v1"] = "hub.message.delivered.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRead(Envelope, Generic[C]):
    type: Literal["hub.message.read.v1"] = "hub.message.read.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(Envelope, Generic[C]):
    type: Literal["hub.message.failed.v1"] = "hub.message.failed.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(Envelope, Generic[C]):
    type: Literal["hub.message.edited.v1"] = "hub.message.edited.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(Envelope, Generic[C]):
    type: Literal["hub.message.deleted.v1"] = "hub.message.deleted.v1"
    data: Message[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted(Envelope, Generic[C]):
    type: Literal["hub.conversation.started.v1"] = "hub.conversation.started.v1"
    data: Stay[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnded(Envelope, Generic[C]):
    type: Literal["hub.conversation.ended.v1"] = "hub.conversation.ended.v1"
    data: Stay[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Envelope, Generic[C]):
    type: Literal["hub.call.started.v1"] = "hub.call.started.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(Envelope, Generic[C]):
    type: Literal["hub.call.answered.v1"] = "hub.call.answered.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(Envelope, Generic[C]):
    type: Literal["hub.call.held.v1"] = "hub.call.held.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(Envelope, Generic[C]):
    type: Literal["hub.call.resumed.v1"] = "hub.call.resumed.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTransferred(Envelope, Generic[C]):
    type: Literal["hub.call.transferred.v1"] = "hub.call.transferred.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Envelope, Generic[C]):
    type: Literal["hub.call.ended.v1"] = "hub.call.ended.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrChoiceMade(Envelope, Generic[C]):
    type: Literal["hub.ivr.choice.made.v1"] = "hub.ivr.choice.made.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailLeft(Envelope, Generic[C]):
    type: Literal["hub.voicemail.left.v1"] = "hub.voicemail.left.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(Envelope, Generic[C]):
    """The caller need not hold the line any more, and wants to be called back."""

    type: Literal["hub.callback.requested.v1"] = "hub.callback.requested.v1"
    data: Call[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(Envelope, Generic[C]):
    type: Literal["hub.post.published.v1"] = "hub.post.published.v1"
    data: Post[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEdited(Envelope, Generic[C]):
    type: Literal["hub.post.edited.v1"] = "hub.post.edited.v1"
    data: Post[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDeleted(Envelope, Generic[C]):
    type: Literal["hub.post.deleted.v1"] = "hub.post.deleted.v1"
    data: Post[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageViewed(Envelope, Generic[C]):
    type: Literal["hub.page.viewed.v1"] = "hub.page.viewed.v1"
    data: Interaction[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactIdentified(Envelope, Generic[C]):
    type: Literal["hub.contact.identified.v1"] = "hub.contact.identified.v1"
    data: Identification[C]


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom(Envelope, Generic[C]):
    """A plugin's own event, `x.…`: shown on the timeline as a generic entry, ignored by routing. Metrics counts its
    rating, if it has one.
    """

    type: CustomType
    data: Occurrence[C]


InteractionEvent = (
    MessageReceived[C]
    | MessageSent[C]
    | MessageDelivered[C]
    | MessageRead[C]
    | MessageFailed[C]
    | MessageEdited[C]
    | MessageDeleted[C]
    | ConversationStarted[C]
    | ConversationEnded[C]
    | CallStarted[C]
    | CallAnswered[C]
    | CallHeld[C]
    | CallResumed[C]
    | CallTransferred[C]
    | CallEnded[C]
    | IvrChoiceMade[C]
    | VoicemailLeft[C]
    | CallbackRequested[C]
    | PostPublished[C]
    | PostEdited[C]
    | PostDeleted[C]
    | PageViewed[C]
    | ContactIdentified[C]
    | Custom[C]
)
SealedInteraction = InteractionEvent[Sealed]

CONTENT: dict[type[Interaction[Any]], Any] = {
    Message: MessageContent,
    Stay: Content,
    Call: CallContent,
    Post: PageContent,
    Identification: ContactContent,
    Interaction: PageContent,
}
"""Which class the plain content of each data class has; a Custom event's content is any JSON object."""

CUSTOM_CONTENT = Json
