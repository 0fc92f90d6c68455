"""What rules look at beyond an interaction's own facts, found out only where a rule asks for it.

Content is opened to look for words, or for what a caller chose from a menu, and forgotten at once: what is kept and
logged is which rule decided. What cannot be opened has no words and no choice, as has what was erased; it holds nothing
up, because whoever shows it dead-letters it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from services.routing.customers import Customers
from services.routing.domain.meaning import Opening, asked_by
from services.routing.domain.rules import IsOpen, KnownQueue, Traits, hangs_on
from services.routing.domain.words import said
from services.routing.store import Store
from shared.contracts.interactions import SealedInteraction
from shared.keyring import Key
from shared.sealing import SealBroken
from shared.unsealing import Keys, open_content

Content = Mapping[str, Any]
Asking = tuple[SealedInteraction | None, Opening]
"""Somebody asks for something, and the event that says so; None: it was heard before and is not at hand."""


class KeyReader(Protocol):
    """What routing may do with the keyring: read keys."""

    async def find(self, names: Iterable[str], *, anew: bool = False) -> dict[str, Key]: ...


class Facts:
    """Finds out what the rules ask."""

    def __init__(self, store: Store, customers: Customers, keys: KeyReader) -> None:
        self._store = store
        self._customers = customers
        self._keys = keys

    async def tell(self, asking: Sequence[Asking], queues: Sequence[KnownQueue], is_open: IsOpen) -> list[Opening]:
        """The same openings with what is known of who asks, and what the rules ask besides."""
        callers = await self._customers.callers(opening.identity for _, opening in asking)
        known = [asked_by(opening, callers[opening.identity]) for _, opening in asking]
        openings = await self._with_tickets(known, queues)
        sealed = [
            event
            for (event, _), opening in zip(asking, openings, strict=True)
            if event is not None and _is_content_asked(opening, queues, is_open)
        ]
        contents = await self._contents(sealed) if sealed else {}
        return [_with_content(opening, contents.get(opening.event, {})) for opening in openings]

    async def _with_tickets(self, openings: Sequence[Opening], queues: Sequence[KnownQueue]) -> list[Opening]:
        if not any(rule.open_ticket for queue in queues for rule in queue.settings.rules):
            return list(openings)
        siblings = await self._customers.siblings(opening.identity for opening in openings)
        found = await self._store.views.open_tickets({one for group in siblings.values() for one in group})

        def of(opening: Opening) -> frozenset[tuple[str, str]]:
            tickets = (ticket for one in siblings[opening.identity] for ticket in found.get(one, ()))
            others = (ticket for ticket in tickets if ticket["conversation"] != opening.conversation)
            return frozenset((ticket["pool"], ticket["queue"]) for ticket in others)

        return [_with(opening, open_tickets=of(opening)) for opening in openings]

    async def _contents(self, events: Sequence[SealedInteraction]) -> dict[str, Content]:
        """What opens of these events, by the event's id. Where a key does not fit, the keys are read anew."""
        hashes = {event.data.identity for event in events}
        contents, broken = _opened(events, await self._keys.find(hashes), certain=False)
        if broken:
            again, _ = _opened(broken, await self._keys.find(hashes, anew=True), certain=True)
            contents |= again
        return contents


def _is_content_asked(opening: Opening, queues: Sequence[KnownQueue], is_open: IsOpen) -> bool:
    match opening.begins:
        case "choice":
            return any(rule.ivr is not None for queue in queues for rule in queue.settings.rules)
        case "message":
            return hangs_on("words", queues, opening.traits, is_open)
        case _:
            return False


def _opened(
    events: Sequence[SealedInteraction], keys: Keys, *, certain: bool
) -> tuple[dict[str, Content], list[SealedInteraction]]:
    contents: dict[str, Content] = {}
    broken: list[SealedInteraction] = []
    for event in events:
        try:
            content = open_content(keys, event, event.data, certain=certain)
        except SealBroken:
            broken.append(event)
        except ValueError:
            continue  # it opens, and is no JSON
        else:
            if isinstance(content, dict):
                contents[event.id] = content
    return contents, broken


def _with_content(opening: Opening, content: Content) -> Opening:
    text = _text(content, "text")
    if opening.begins == "choice":
        return _with(opening, ivr=text or None)
    texts = [written for written in (_text(content, "subject"), text) if written]
    return _with(opening, said=said(texts)) if texts else opening


def _text(content: Content, field: str) -> str:
    value = content.get(field)
    return value if isinstance(value, str) else ""


def _with(opening: Opening, **told: Any) -> Opening:  # noqa: ANN401 (values of Traits' fields)
    traits: Traits = replace(opening.traits, **told)
    return replace(opening, traits=traits)
