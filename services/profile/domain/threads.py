"""A conversation at a glance: its counts, its state, and one paragraph of what it is about, made without any model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from services.profile.domain.folding import Folded

ThreadState = Literal["open", "waiting_for_us", "waiting_for_customer", "ended"]

_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)")
_SHORTEST, _LONGEST = 15, 200
"""Characters of a quotation: a first sentence shorter than that says too little, a longer one is cut."""

_WAITING: dict[ThreadState, str] = {
    "open": "Open since",
    "waiting_for_us": "Waiting for an answer since",
    "waiting_for_customer": "Waiting for the customer since",
    "ended": "Ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A quotation: when, and a sentence or so of what was said."""

    time: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """entries: as on the timeline; inbound, outbound: messages, posts and calls among them, deleted ones too.

    state: `waiting_for_us` if the customer spoke last, `waiting_for_customer` if we did, `ended` if it was closed after
    that, `open` where nobody spoke yet or a call is on; since: since when. question: the first thing that the customer
    said; answer: the last thing that we said. What a program wrote by itself is neither.
    """

    channel: str
    began: datetime
    last: datetime
    entries: int
    inbound: int
    outbound: int
    state: ThreadState
    since: datetime
    question: Said | None
    answer: Said | None
    digest: str


def thread(entries: Sequence[Folded]) -> Thread:
    """The thread of these entries (at least one, the oldest first)."""
    spoken = [entry for entry in entries if _is_spoken(entry)]
    inbound = [entry for entry in spoken if entry.head["direction"] == "inbound"]
    outbound = [entry for entry in spoken if entry.head["direction"] == "outbound"]
    question = next((said for entry in inbound if (said := _said(entry))), None)
    answer = next((said for entry in reversed(outbound) if (said := _said(entry))), None)
    state, since = _state(entries, inbound, outbound)
    return Thread(
        channel=next(entry.head["channel"] for entry in (*spoken, *entries)),
        began=entries[0].head["at"],
        last=max(event["at"] for entry in entries for event in entry.events),
        entries=len(entries),
        inbound=len(inbound),
        outbound=len(outbound),
        state=state,
        since=since,
        question=question,
        answer=answer,
        digest=_digest(question, answer, state, since),
    )


def opening(text: str) -> str:
    """The first sentence or so of a text, on one line, cut at a word with … where it would be too long."""
    line = " ".join(text.split())
    for end in _SENTENCE_END.finditer(line):
        if _SHORTEST <= end.end() <= _LONGEST:
            return line[: end.end()]
    if len(line) <= _LONGEST:
        return line
    cut = line.rfind(" ", _LONGEST // 2, _LONGEST)
    return line[: cut if cut > 0 else _LONGEST - 1].rstrip(" ,;:–-") + "…"


def _is_spoken(entry: Folded) -> bool:
    kind = entry.head["type"]
    if entry.head["facts"].get("automatic"):
        return False
    return entry.call is not None or kind in (
        "hub.message.received.v1",
        "hub.message.sent.v1",
        "hub.post.published.v1",
    )


def _said(entry: Folded) -> Said | None:
    texts = [text for text in (entry.content.get("text"), *entry.texts()) if isinstance(text, str) and text.strip()]
    return Said(time=entry.head["at"], text=opening(texts[0])) if texts else None


def _state(
    entries: Sequence[Folded], inbound: Sequence[Folded], outbound: Sequence[Folded]
) -> tuple[ThreadState, datetime]:
    asked = max((entry.head["at"] for entry in inbound), default=None)
    answered = max((entry.head["at"] for entry in outbound), default=None)
    ended = _ended(entries)
    spoken = max((moment for moment in (asked, answered) if moment), default=None)
    if ended and (asked is None or ended >= asked) and not _on_the_line(entries):
        return "ended", ended
    if spoken is None or _on_the_line(entries):
        return "open", entries[0].head["at"]
    if asked == spoken:
        return "waiting_for_us", spoken
    return "waiting_for_customer", spoken


def _on_the_line(entries: Sequence[Folded]) -> bool:
    return any(entry.call is not None and entry.call.state != "ended" for entry in entries)


def _ended(entries: Sequence[Folded]) -> datetime | None:
    """When the conversation was ended last: it said so itself, its call was over, or its last ticket was closed."""
    ends = [entry.head["at"] for entry in entries if entry.head["type"] == "hub.conversation.ended.v1"]
    ends += [entry.call.ended for entry in entries if entry.call is not None and entry.call.ended]
    tickets = [entry.ticket for entry in entries if entry.ticket is not None]
    closed = [ticket.closed for ticket in tickets if ticket.closed]
    if tickets and len(closed) == len(tickets):
        ends += closed
    return max(ends, default=None)


def _digest(question: Said | None, answer: Said | None, state: ThreadState, since: datetime) -> str:
    sentences = []
    if question is not None:
        sentences.append(f"The customer asked on {_day(question.time)}: “{question.text}”")
    if answer is not None:
        sentences.append(f"We last answered on {_day(answer.time)}: “{answer.text}”")
    elif question is not None:
        sentences.append("Nobody has answered yet." if state != "ended" else "Nobody answered in writing.")
    return " ".join((*sentences, f"{_WAITING[state]} {_day(since)}."))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
