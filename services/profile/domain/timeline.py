"""The timeline: one entry for each interaction, bound to the identity it came through, never to a customer.

An entry is made from its event alone, so entries can be written in any order, at the same time, and again.
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
    Post,
    SealedInteraction,
    Stay,
)

Content = dict[str, Any]
"""The unsealed content: the fields of the content's class that were given, and the plain `identity`."""


class Entry(TypedDict):
    """A timeline document. at: when it happened; recorded: when the hub took it in; facts: what is not personal.

    erased: the identity's key was destroyed; then the content is empty and the identity is `erased:<hash>`.
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
    erased: NotRequired[bool]


def entry(event: SealedInteraction, content: Content | None) -> Entry:
    """The entry of `event` with its unsealed `content`, whose `identity` moves into the entry; None: it was erased."""
    data = event.data
    made: Entry = {
        "_id": event.id,
        "identity": erased_identity(data.identity) if content is None else content.pop("identity"),
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
    return made


def name_told(event: SealedInteraction, content: Content) -> str | None:
    """What the person behind the identity is called, if the event says so.

    What the hub's own side writes says nothing of it, and in a plugin's own event a name may be anybody's.
    """
    if event.data.direction == "outbound" or isinstance(event, Custom):
        return None
    return content.get("name")


def erased_identity(hashed: str) -> str:
    """What stands for an address that nobody can know any more."""
    return f"erased:{hashed}"


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


_FACTS: dict[type[Interaction[Any]], Callable[[Any], dict[str, Any]]] = {
    Message: _of_message,
    Stay: _of_stay,
    Call: _of_call,
    Post: _of_post,
    Identification: _of_identification,
    Interaction: _facts,
}
