"""The timeline: one document for each event, bound to the identity it came through, never to a customer.

A document is made from its event alone, so they can be written in any order, at the same time, and again. What an event
adds to an earlier one (an edit to its message, an answer to its call) is known by the reference that both carry.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from shared.contracts.interactions import (
    Call,
    Custom,
    Identification,
    Interaction,
    Message,
    Occurrence,
    Post,
    SealedInteraction,
    Stay,
)

Content = dict[str, Any]
"""The unsealed content: the fields of the content's class that were given."""


class Decided(TypedDict):
    """Which decision of a stream told of it, and its place among the events of that decision."""

    stream: str
    sequence: int
    number: int


class Entry(TypedDict):
    """A timeline document. identity: its keyed hash, as in the log, so that tickets and notes find their place too.

    at: when it happened; recorded: when the hub took it in; facts: what is not personal.
    ref: what it begins, or with `part` belongs to: the reference of a message or post, or a call's conversation.
    decided: of what the hub itself decided. erased: the identity's key was destroyed; then the content is empty.
    """

    _id: str
    identity: str
    at: datetime
    recorded: datetime
    type: str
    channel: str
    direction: str
    conversation: str
    content: Content
    facts: dict[str, Any]
    ref: NotRequired[str]
    part: NotRequired[bool]
    decided: NotRequired[Decided]
    erased: NotRequired[bool]


PARTS = frozenset(
    f"hub.{what}.v1"
    for what in (
        *(f"message.{how}" for how in ("delivered", "read", "failed", "edited", "deleted")),
        *(f"call.{how}" for how in ("answered", "held", "resumed", "transferred", "ended")),
        *("ivr.choice.made", "voicemail.left", "callback.requested", "post.edited", "post.deleted"),
    )
)
"""The types of events that belong to an earlier one."""


def entry(event: SealedInteraction, content: Content | None) -> Entry:
    """The document of `event` with its unsealed `content` (without the plain identity); None: it was erased."""
    data = event.data
    made: Entry = {
        "_id": event.id,
        "identity": data.identity,
        "at": event.time.astimezone(UTC),  # one tzinfo for all makes comparing them thirty times as fast
        "recorded": event.recordedtime,
        "type": event.type,
        "channel": data.channel,
        "direction": data.direction,
        "conversation": data.conversation,
        "content": {} if content is None else content,
        "facts": _FACTS[type(data)](data),
    }
    if content is None:
        made["erased"] = True
    if (ref := _reference(event)) is not None:
        made["ref"] = ref
        if event.type in PARTS:
            made["part"] = True
    return made


def _reference(event: SealedInteraction) -> str | None:
    """What the event begins or belongs to. A mail that came in has none: nobody edits it or confirms it any more, and
    the index of references would cost most on mails.
    """
    data = event.data
    if isinstance(data, Message):
        return None if data.channel == "email" and event.type == "hub.message.received.v1" else data.message
    if isinstance(data, Post):
        return data.post
    return data.conversation if isinstance(data, Call) else None


def name_told(event: SealedInteraction, content: Content) -> str | None:
    """What the person behind the identity is called, if the event says so.

    What the hub's own side writes says nothing of it, and in a plugin's own event a name may be anybody's.
    """
    if event.data.direction == "outbound" or isinstance(event, Custom):
        return None
    return content.get("name")


def _facts(data: Interaction[Any]) -> dict[str, Any]:
    """The facts that any interaction may have. Spelled out: a loop over the fields takes five times as long."""
    facts: dict[str, Any] = {}
    if data.address is not None:
        facts["address"] = data.address
    if data.language is not None:
        facts["language"] = data.language
    if data.queue is not None:
        facts["queue"] = data.queue
    if data.skills:
        facts["skills"] = data.skills
    if data.priority is not None:
        facts["priority"] = data.priority
    return facts


def _of_message(data: Message[Any]) -> dict[str, Any]:
    facts = _facts(data)
    facts["message"] = data.message
    if data.in_reply_to is not None:
        facts["in_reply_to"] = data.in_reply_to
    if data.automatic:
        facts["automatic"] = True
    if data.agent is not None:
        facts["agent"] = data.agent
    return facts


def _of_stay(data: Stay[Any]) -> dict[str, Any]:
    facts = _facts(data)
    if data.reason is not None:
        facts["reason"] = data.reason
    return facts


def _of_call(data: Call[Any]) -> dict[str, Any]:
    facts = _facts(data)
    if data.reason is not None:
        facts["reason"] = data.reason
    if data.duration is not None:
        facts["duration"] = data.duration
    if data.agent is not None:
        facts["agent"] = data.agent
    return facts


def _of_post(data: Post[Any]) -> dict[str, Any]:
    return {**_facts(data), "post": data.post}


def _of_identification(data: Identification[Any]) -> dict[str, Any]:
    return {**_facts(data), "evidence": data.evidence}


def _of_occurrence(data: Occurrence[Any]) -> dict[str, Any]:
    facts = _facts(data)
    if data.rating is not None:
        facts["rating"] = {"score": data.rating.score, "best": data.rating.best}
    if data.agent is not None:
        facts["agent"] = data.agent
    if data.ticket is not None:
        facts["ticket"] = data.ticket
    return facts


_FACTS: dict[type[Interaction[Any]], Callable[[Any], dict[str, Any]]] = {
    Message: _of_message,
    Stay: _of_stay,
    Call: _of_call,
    Post: _of_post,
    Identification: _of_identification,
    Interaction: _facts,
    Occurrence: _of_occurrence,
}
