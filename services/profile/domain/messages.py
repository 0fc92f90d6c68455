"""What became of a message or a post: its edits, its deletion, and who got it.

A version is never lost. What is shown is the last one by the time of its edit; of a deleted message nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.profile.domain.moments import in_order
from services.profile.domain.timeline import Content, Entry

EDITS = frozenset({"hub.message.edited.v1", "hub.post.edited.v1"})
DELETIONS = frozenset({"hub.message.deleted.v1", "hub.post.deleted.v1"})

State = Literal["delivered", "read", "failed"]
_RECEIPTS: dict[str, State] = {
    "hub.message.delivered.v1": "delivered",
    "hub.message.read.v1": "read",
    "hub.message.failed.v1": "failed",
}
_TEXTS = ("text", "html", "quoted", "title", "url")
"""What an edit tells anew as a whole: what it leaves out of these is gone."""

_OF_THE_PERSON = ("name", "original", "sent_at")
"""What an edit says of itself and not of the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a message said from `time` on. event: the one that told so. content: None where it may not be shown."""

    time: datetime
    recordedtime: datetime
    event: str
    content: Content | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is known of one recipient. state: a message that was read stays read; else what was told last counts.

    recipient: the address where the event told one, else the hash of the identity that it came through.
    reason: why it failed, where that was told.
    """

    recipient: str
    state: State
    delivered: datetime | None = None
    read: datetime | None = None
    failed: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """content: what is shown now. history: every version, the first one first; none if there was only one.

    edited: when the last edit was made. deleted: when it was taken back.
    state: of a message that was sent: `failed` if it failed for somebody, else `read`, `delivered` or `sent`.
    """

    content: Content
    state: str | None = None
    edited: datetime | None = None
    deleted: datetime | None = None
    history: tuple[Version, ...] = ()
    receipts: tuple[Receipt, ...] = field(default=())


def changes(head: Entry, parts: Sequence[Entry]) -> Changes:
    """What the parts make of the message or post."""
    if not parts:
        return Changes(content=head["content"], state=_state(head, ()))
    parts = in_order(parts)
    edits = [part for part in parts if part["type"] in EDITS]
    deleted = deletion(parts)
    content = head["content"]
    for edit in edits:
        content = _edited(content, edit["content"])
    told = receipts(parts)
    return Changes(
        content=content if deleted is None else {},
        state=_state(head, told),
        edited=edits[-1]["at"] if edits else None,
        deleted=deleted,
        history=tuple(_version(one) for one in (head, *edits)) if edits or deleted is not None else (),
        receipts=told,
    )


def deletion(parts: Sequence[Entry]) -> datetime | None:
    """When it was first taken back, if it was."""
    return min((part["at"] for part in parts if part["type"] in DELETIONS), default=None)


def receipts(parts: Sequence[Entry]) -> tuple[Receipt, ...]:
    """One for each recipient, by the alphabet. parts: in order."""
    told: dict[str, dict[str, Any]] = {}
    for part in parts:
        state = _RECEIPTS.get(part["type"])
        if state is None:
            continue
        for recipient in part["content"].get("recipients") or (part["identity"],):
            one = told.setdefault(recipient, {"state": state})
            one[state] = part["at"] if state == "failed" else one.get(state, part["at"])
            one["state"] = "read" if "read" in one else state
            if state == "failed" and part["content"].get("text"):
                one["reason"] = part["content"]["text"]
    return tuple(Receipt(recipient=recipient, **told[recipient]) for recipient in sorted(told))


def _edited(before: Content, edit: Content) -> Content:
    kept = {name: value for name, value in before.items() if name not in _TEXTS}
    return kept | {
        name: value
        for name, value in edit.items()
        if name in _TEXTS or (name not in _OF_THE_PERSON and value not in ("", [], (), None))
    }


def _version(entry: Entry) -> Version:
    return Version(time=entry["at"], recordedtime=entry["recorded"], event=entry["_id"], content=entry["content"])


def _state(head: Entry, told: Sequence[Receipt]) -> str | None:
    if head["type"] == "hub.message.received.v1":
        return "received"
    if head["type"] != "hub.message.sent.v1":
        return None
    states = {receipt.state for receipt in told}
    return next((state for state in ("failed", "read", "delivered") if state in states), "sent")
