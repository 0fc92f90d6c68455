"""What happens to an agent, live: its offers, its tickets and its status, straight from the decision log.

An id is `<sequence>.<number>`: the decision and the event's place in it. Whoever comes back with the last id it saw
gets everything after it from the log, then what is new.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import get_args

from services.routing.bodies import AgentShown, TicketShown, shown
from services.routing.commands import stream_of
from services.routing.store import Store
from services.routing.view_store import ViewStore
from services.routing.views import OPEN_STATES
from shared.commanding import Outcomes
from shared.contracts.agents import AgentEvent
from shared.contracts.tickets import TicketEvent
from shared.mongo import Document
from shared.sse import ServerSentEvent

_PUBLIC = frozenset(event.__dataclass_fields__["event"].default for event in get_args(TicketEvent | AgentEvent))
_AFTER_ALL = 1_000_000
_BUFFER = 1_000


@dataclass(slots=True, kw_only=True, eq=False)
class _Listener:
    stream: str
    waiting: asyncio.Queue[Document | None] = field(default_factory=lambda: asyncio.Queue(_BUFFER))

    def close(self) -> None:
        """The client comes again with the last id it saw and misses nothing."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.waiting.put_nowait(None)


class AgentFeed:
    """Streams for agents' clients, fed by one watch of the decision log."""

    def __init__(self, store: Store, outcomes: Outcomes) -> None:
        self._store = store
        self._listeners: dict[str, set[_Listener]] = {}
        self._last: dict[str, int] = {}
        outcomes.listen(self._on_decision)

    async def follow(self, pool: str, agent: str, last_id: str | None) -> AsyncGenerator[ServerSentEvent]:
        """The agent's events after `last_id`; without one, first a `snapshot` of the agent and its open tickets."""
        stream = stream_of(pool)
        listener = _Listener(stream=stream)
        self._listeners.setdefault(stream, set()).add(listener)
        try:
            place = _place(last_id)
            if place is None:
                views = self._store.views  # the mark and the documents are one generation's
                place = (await self._store.log.followed(stream, views.follower), _AFTER_ALL)
                yield await _snapshot(views, agent, place)
            async for document in self._store.log.documents(stream, place[0] - 1):
                for event in await self._shown(document, agent, place):
                    yield event
                place = max(place, (document["_id"]["sequence"], _AFTER_ALL))
            while (news := await listener.waiting.get()) is not None:
                for event in await self._shown(news, agent, place):
                    yield event
        finally:
            self._listeners[stream].discard(listener)

    async def _shown(self, document: Document, agent: str, after: tuple[int, int]) -> list[ServerSentEvent]:
        """The agent's events in a decision, held until the views have it too: who reads after an event sees it."""
        events = list(_events(document, agent, after))
        if events:
            await self._store.shown(document["_id"]["stream"], document["_id"]["sequence"])
        return events

    def _on_decision(self, document: Document) -> None:
        stream, sequence = document["_id"]["stream"], document["_id"]["sequence"]
        listeners = self._listeners.get(stream, set())
        missed = sequence > self._last.get(stream, sequence) + 1
        self._last[stream] = max(sequence, self._last.get(stream, 0))
        for listener in tuple(listeners):
            if missed or listener.waiting.full():
                listener.close()
                listeners.discard(listener)
            else:
                listener.waiting.put_nowait(document)


async def _snapshot(views: ViewStore, agent: str, place: tuple[int, int]) -> ServerSentEvent:
    own = await views.find("agents", agent)
    mine = {"agent": agent, "state": {"$in": list(OPEN_STATES)}}
    tickets = await views.tickets(mine, None, _BUFFER)
    data = {
        "agent": shown(AgentShown, own).model_dump() if own else None,
        "tickets": [shown(TicketShown, ticket).model_dump() for ticket in tickets],
    }
    return ServerSentEvent(f"{place[0]}.{place[1]}", "snapshot", data)


def _events(document: Document, agent: str, after: tuple[int, int]) -> Iterator[ServerSentEvent]:
    sequence = document["_id"]["sequence"]
    for number, item in enumerate(document["events"]):
        event = item["event"]
        is_theirs = agent in (event.get("agent"), event.get("owner"))
        if is_theirs and event["event"] in _PUBLIC and (sequence, number) > after:
            yield ServerSentEvent(f"{sequence}.{number}", event["event"], event)


def _place(last_id: str | None) -> tuple[int, int] | None:
    with suppress(ValueError):
        sequence, number = (last_id or "").split(".")
        return int(sequence), int(number)
    return None
