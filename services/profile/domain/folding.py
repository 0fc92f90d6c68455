"""Folding: a message with its edits and receipts, a call with its moments, a ticket with its course, as one entry.

Nothing is folded when it is written. Whoever reads folds what was recorded by then, so the order in which events
arrived never matters, and the past can be folded as it was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.profile.domain.calls import Call, call
from services.profile.domain.messages import Changes, changes, deletion
from services.profile.domain.moments import in_order
from services.profile.domain.pages import Place
from services.profile.domain.tickets import Ticket, ticket
from services.profile.domain.timeline import Content, Entry

_MESSAGES = frozenset({"hub.message.received.v1", "hub.message.sent.v1", "hub.post.published.v1"})
_CALL = "hub.call.started.v1"
_TICKET = "hub.ticket.opened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """An entry of the timeline as it is shown. head: the event that it begins with. events: all in it, by time.

    content: what is shown of the head now. changes, call, ticket: what the parts add, by the kind of entry.
    """

    head: Entry
    events: tuple[Entry, ...]
    content: Content
    changes: Changes | None = None
    call: Call | None = None
    ticket: Ticket | None = None

    @property
    def place(self) -> Place:
        """Where it stands on the timeline: parts never move it."""
        return Place(at=self.head["at"], id=self.head["_id"])

    def texts(self) -> Iterable[str]:
        """What it says, for looking for words."""
        for name in ("subject", "text", "title"):
            if isinstance(text := self.content.get(name), str):
                yield text
        if self.call is not None:
            yield from (text for text in (self.call.transcript, *(one.text for one in self.call.voicemails)) if text)
        if self.ticket is not None:
            yield from (step.text for step in self.ticket.course if step.text)


def folded(head: Entry, parts: Sequence[Entry]) -> Folded:
    """The entry that begins with `head`, with all its parts (in any order, repeated or not)."""
    events = tuple(in_order((head, *parts))) if parts else (head,)
    if head["type"] == _CALL:
        return Folded(head=head, events=events, content=head["content"], call=call(head, parts))
    if head["type"] == _TICKET:
        return Folded(head=head, events=events, content=head["content"], ticket=ticket((head, *parts)))
    if head["type"] in _MESSAGES:
        made = changes(head, parts)
        return Folded(head=head, events=events, content=made.content, changes=made)
    return Folded(head=head, events=events, content=head["content"])


def alone(part: Entry, siblings: Sequence[Entry]) -> Folded:
    """A part that is shown by itself: its head has not come yet, or it was asked for by its type.

    siblings: what else carries its reference. An edit of what was deleted shows nothing either.
    """
    deleted = deletion((part, *siblings))
    if deleted is None:
        return Folded(head=part, events=(part,), content=part["content"])
    return Folded(head=part, events=(part,), content={}, changes=Changes(content={}, deleted=deleted))


def entries(documents: Sequence[Entry], related: Iterable[Entry], *, parts_too: bool = False) -> list[Folded]:
    """What is shown of `documents`, in their order: heads with their parts, and parts that have no head.

    related: everything else of one customer that carries a reference of theirs. parts_too: each part by itself as well.
    Where two heads carry one reference, the parts belong to the older one.
    """
    groups: dict[str, dict[str, Entry]] = {}
    for entry in (*documents, *related):
        if (ref := entry.get("ref")) is not None:
            groups.setdefault(ref, {})[entry["_id"]] = entry
    shown: list[Folded] = []
    for entry in documents:
        group = groups[entry["ref"]].values() if "ref" in entry else (entry,)
        if len(group) == 1 and not entry.get("part"):
            shown.append(folded(entry, ()))
            continue
        head = min((one for one in group if not one.get("part")), key=_place, default=None)
        if entry.get("part"):
            if head is None or parts_too:
                shown.append(alone(entry, tuple(group)))
        elif head is None or head["_id"] == entry["_id"]:
            shown.append(folded(entry, [one for one in group if one.get("part")]))
        else:
            shown.append(folded(entry, ()))
    return shown


def _place(entry: Entry) -> tuple[object, str]:
    return entry["at"], entry["_id"]
