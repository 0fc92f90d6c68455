"""What of a customer a question matched, as it is shown: the value, and which of its characters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.profile.domain.search import Find, Question, Way, lead_prefixes
from services.profile.domain.spelling import composed, span_of
from shared.spelling import Word, tokens

Span = tuple[int, int]
"""Characters of a value: from the first until before the second."""

SCORES = {
    Way.EXACT: 1.0,
    Way.TICKET: 0.9,
    Way.BEGINNING: 0.8,
    Way.NAME: 0.7,
    Way.NAME_BEGINNING: 0.6,
    Way.PART: 0.5,
    Way.SAID: 0.4,
}
"""What a find of each way is worth: a page's scores never rise."""

_BEFORE, _SNIPPET = 40, 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """kind: what was matched; value: it, or of a message a part; highlights: where; entry: the message's event."""

    kind: Literal["identity", "name", "ticket", "message"]
    value: str
    highlights: tuple[Span, ...]
    score: float
    entry: str | None = None


def matched_identity(asked: Question, find: Find, identity: str, names: Sequence[Mapping[str, Any]]) -> Matched:
    """What a find matched of an identity (`email:ann@x.org`) and its names."""
    if find.way in (Way.NAME, Way.NAME_BEGINNING):
        whole = find.way is Way.NAME
        told = [composed(one["name"]) for one in names]
        best = max(told, key=lambda name: len(set(_spans(name, asked.words, whole=whole))), default="")
        spans = tuple(_spans(best, asked.words, whole=whole))
        return Matched(kind="name", value=best, highlights=spans, score=SCORES[find.way])
    value = composed(identity)
    prefixes = lead_prefixes(asked, find.way) if find.way is not Way.EXACT else asked.exact
    return Matched(kind="identity", value=value, highlights=_in_identity(value, prefixes), score=SCORES[find.way])


def matched_ticket(asked: Question, ticket: str) -> Matched:
    """What was matched of a ticket's id."""
    typed = len(asked.ticket or ticket)
    return Matched(kind="ticket", value=ticket, highlights=((0, typed),), score=SCORES[Way.TICKET])


def matched_message(asked: Question, texts: Iterable[str | None], entry: str) -> Matched:
    """The part of a message (its subject and texts) in which the words begin to stand; empty if it is not known."""
    for text in texts:
        written = composed(text or "")
        found = next(_spans(written, asked.words, whole=True), None)
        if found:
            snippet = _around(written, found[0])
            spans = tuple(_spans(snippet, asked.words, whole=True))
            return Matched(kind="message", value=snippet, highlights=spans, score=SCORES[Way.SAID], entry=entry)
    return Matched(kind="message", value="", highlights=(), score=SCORES[Way.SAID], entry=entry)


def _around(text: str, place: int) -> str:
    """Some hundred characters with the one at `place`, beginning with a word."""
    start = max(0, place - _BEFORE)
    if start:
        space = text.find(" ", start, place)
        start = place if space < 0 else space + 1
    return text[start : start + _SNIPPET].strip()


def _spans(text: str, words: Sequence[Word], *, whole: bool) -> Iterator[Span]:
    """Where the words stand in the text, or words that begin with them."""
    for token in tokens(text):
        for word in words:
            if set(word) & set(token.spellings):
                yield token.start, token.end
                break
            if not whole and (begun := next((one for one in word if _begins(token.spellings, one)), None)):
                span = span_of(text[token.start : token.end], begun)
                if span:
                    yield token.start, token.start + span[1]
                break


def _begins(written: Sequence[str], part: str) -> bool:
    return any(spelling.startswith(part) for spelling in written)


def _in_identity(identity: str, prefixes: Sequence[str]) -> tuple[Span, ...]:
    after_kind = identity.index(":") + 1
    for prefix in sorted(prefixes, key=len, reverse=True):
        span = span_of(identity, prefix[1:], after_kind)
        if span:
            return (span,)
    return ()
