"""Searching for customers: a page of the finds, the best first, each customer once.

The ranking is that of `services.profile.domain.search`. A page goes through the ways to find, one after the other,
each in the order of an index; a find counts only if it is the best of all finds of its customer, so that pages need no
memory of each other. What a page looks at is bounded, so one may have fewer customers than asked for, or none, and
still name a next page.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.profile.candidates import MOST_MILLISECONDS, Batch, Candidate, Candidates
from services.profile.domain.matched import Matched, matched_identity, matched_message, matched_ticket
from services.profile.domain.pages import Mark, WrongCursor
from services.profile.domain.search import Find, Question, Way
from services.profile.domain.wording import texts_of
from services.profile.merged import Merged
from services.profile.reading import Found
from services.profile.store import Store
from shared.contracts.customers import customer_id
from shared.mongo import Document

_ROUNDS = 8
"""Times that a page asks for more candidates before it is given as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A customer and what was matched."""

    customer: Found
    matched: Matched


@dataclass(slots=True)
class _Page:
    """A page in the making. begun: the mark it follows; known: identities by hash; shown: hashes of those on it.

    tickets: the ticket found of each identity.
    """

    limit: int
    begun: Mark
    tickets: dict[str, str] = field(default_factory=dict)
    hits: list[tuple[tuple[str, ...], Candidate]] = field(default_factory=list)
    known: dict[str, Document] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


class Search:
    """Finds customers."""

    def __init__(self, store: Store) -> None:
        self._candidates = Candidates(store)
        self._merged = Merged(store, MOST_MILLISECONDS)

    async def page(self, asked: Question, after: Mark | None, limit: int) -> tuple[list[Hit], Mark | None]:
        """Up to `limit` customers beyond a mark, and the mark of the next page if there may be more.

        WrongCursor if the mark is none of a search's; ExecutionTimeout if the question takes too long.
        """
        mark = after or Mark(way=Way.EXACT)
        if mark.way not in tuple(Way):
            raise WrongCursor
        page = _Page(limit, mark)
        last: Mark | None = mark
        full = False
        for _ in range(_ROUNDS):
            if last is not None and not full:
                last, full = await self._more(asked, page, last)
        return await self._hits(asked, page), last

    async def _more(self, asked: Question, page: _Page, mark: Mark) -> tuple[Mark | None, bool]:
        """Adds the customers of the next candidates; up to where it has looked, and whether the page is full.

        Where a way is begun, the others are asked at the same time: mostly few are found in each.
        """
        begun = not mark.id
        marks = [mark, *(Mark(way=way) for way in Way if way > mark.way and begun)]
        batches = await self._read(asked, page, marks)
        found = [candidate for batch in batches for candidate in batch.found]
        groups = await self._merged.members(list(dict.fromkeys(one.identity for one in found)))
        await self._learn(page, groups.values())
        said_before = await self._said_before(asked, page, groups)
        for way_mark, batch in zip(marks, batches, strict=True):
            end, full = self._add(asked, page, way_mark, batch, (groups, said_before))
            if end is not None:
                return end, full
        following = marks[-1].way + 1
        return (Mark(way=following) if following <= Way.SAID else None), False

    async def _read(self, asked: Question, page: _Page, marks: Sequence[Mark]) -> Sequence[Batch]:
        """The candidates beyond each mark; of a page's first round the tickets too."""
        reading = asyncio.gather(*(self._candidates.beyond(asked, mark, page.limit + 1, page.shown) for mark in marks))
        page.tickets, batches = await asyncio.gather(self._candidates.tickets(asked), reading)
        return batches

    def _add(
        self,
        asked: Question,
        page: _Page,
        mark: Mark,
        batch: Batch,
        whose: tuple[Mapping[str, tuple[str, ...]], Collection[str]],
    ) -> tuple[Mark | None, bool]:
        """Adds those of the candidates who are new here; the mark where to go on, None if the way has no more."""
        groups, said_before = whose
        first = mark.first or (batch.found[0].place if batch.found else None)
        for candidate in batch.found:
            members = groups[candidate.identity]
            shown = not page.shown.isdisjoint(members)
            before = candidate.way is Way.SAID and any(member in said_before for member in members)
            nobody = not any(_is_somebody(page.known.get(member)) for member in members)
            if shown or before or nobody or not self._best(asked, page, candidate, members):
                continue
            if len(page.hits) == page.limit:
                return mark, True
            page.hits.append((members, candidate))
            page.shown.update(members)
            mark = candidate.mark(first)
        if batch.last is None:
            return None, False
        return Mark(way=mark.way, key=batch.last[0], id=batch.last[1], first=first), False

    def _best(self, asked: Question, page: _Page, candidate: Candidate, members: Sequence[str]) -> bool:
        """Whether the customer was not found before, in a better way or at a better place."""
        ways = [(Way.TICKET, "", page.tickets[member]) for member in members if member in page.tickets]
        for member in members:
            document = page.known.get(member)
            find = document and asked.find(document["kind"], document.get("found_by", ()))
            if find:
                ways.append((find.way, find.key, member))
        return not ways or min(ways) >= (candidate.way, *candidate.place)

    async def _learn(self, page: _Page, groups: Iterable[Sequence[str]]) -> None:
        unknown = {member for group in groups for member in group} - page.known.keys()
        if unknown:
            page.known |= await self._candidates.identities(unknown)

    async def _said_before(self, asked: Question, page: _Page, groups: Mapping[str, tuple[str, ...]]) -> set[str]:
        """Those who were on an earlier page for a newer message."""
        if page.begun.way != Way.SAID or page.begun.first is None or not groups:
            return set()
        members = {member for group in groups.values() for member in group}
        return await self._candidates.said_between(asked, members, page.begun)

    async def _hits(self, asked: Question, page: _Page) -> list[Hit]:
        names, entries = await asyncio.gather(
            self._merged.names([members for members, _ in page.hits], page.known),
            self._candidates.entries([one.event for _, one in page.hits if one.event]),
        )
        hits: list[Hit] = []
        for (members, candidate), name in zip(page.hits, names, strict=True):
            known = [page.known[member] for member in members if member in page.known]
            customer = Found(customer_id(members[0]), candidate.identity, tuple(members), known, name)
            hits.append(Hit(customer=customer, matched=_matched(asked, candidate, page.known, entries)))
        return hits


def _is_somebody(document: Document | None) -> bool:
    """Whether anything is known of the identity: of a person who was erased there may still be tickets."""
    return document is not None and document["identity"] is not None


def _matched(
    asked: Question, candidate: Candidate, known: Mapping[str, Document], entries: Mapping[str, Document]
) -> Matched:
    if candidate.way is Way.TICKET:
        return matched_ticket(asked, candidate.id)
    if candidate.event is not None:
        return matched_message(asked, texts_of(entries.get(candidate.event, {})), candidate.entry or candidate.event)
    document = known[candidate.identity]
    return matched_identity(asked, Find(way=candidate.way, key=candidate.key), document["identity"], document["names"])
