"""What was said, by its words: one document for each message or post, made from all that happened to it.

An edit replaces the words of its message, a deletion takes them away for good. Whatever the order in which they come,
and however often, the document is the same: the deletion counts, else the last edit, else what was written first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from services.profile.domain.spelling import folded_words
from shared.contracts.interactions import Message, Post, SealedInteraction

MOST_WORDS = 200
"""Different words of a message that it is found by: its first ones."""

_MOST_CHARACTERS = 20_000
_LONGEST = 40

_SAID = frozenset({"hub.message.received.v1", "hub.message.sent.v1", "hub.post.published.v1"})
_EDITED = frozenset({"hub.message.edited.v1", "hub.post.edited.v1"})
_DELETED = frozenset({"hub.message.deleted.v1", "hub.post.deleted.v1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What an event does to the words of a message. message: stands for it and whose it is; event: its id.

    at, recorded: when it happened and was taken in. words: None if they are taken away. edited: they replace earlier
    ones.
    """

    message: bytes
    identity: str
    channel: str
    event: str
    at: datetime
    recorded: datetime
    words: tuple[str, ...] | None
    edited: bool


def saying(event: SealedInteraction, content: Mapping[str, Any]) -> Saying | None:
    """What the event says, with its unsealed content; None for what has no words of its own."""
    if event.type not in _SAID and event.type not in _EDITED and event.type not in _DELETED:
        return None
    data = event.data
    match data:
        case Message():
            reference = data.message
        case Post():
            reference = data.post
        case _:
            return None
    return Saying(
        message=blake2b(f"{data.identity}\n{reference}".encode(), digest_size=12).digest(),
        identity=data.identity,
        channel=data.channel,
        event=event.id,
        at=event.time,
        recorded=event.recordedtime,
        words=None if event.type in _DELETED else words_of(content),
        edited=event.type in _EDITED,
    )


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """The texts that are searched: the subject or title first."""
    return [str(content[field]) for field in ("subject", "title", "text") if content.get(field)]


def words_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that a message is found by."""
    found: dict[str, None] = {}
    for text in texts_of(content):
        found |= dict.fromkeys(word for word in folded_words(text[:_MOST_CHARACTERS]) if 1 < len(word) <= _LONGEST)
    return tuple(found)[:MOST_WORDS]
