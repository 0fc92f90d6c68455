"""A live stream never has a gap: where it cannot go on, it ends, and the client comes again with its last id."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from services.routing.domain.events import Event
from services.routing.feed import AgentFeed
from services.routing.store import Store
from shared.commanding import Outcomes
from shared.decisions import Entry
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.integration.routing.centre import Centre
from tests.unit.routing.scenario import EIGHT, agent, configured, flat, offered, opened, signed_in, status

pytestmark = pytest.mark.asyncio(loop_scope="package")


class Heard(Outcomes):
    """A watch of the decision log that hears only what a test tells it."""

    def tell(self, document: Document) -> None:
        self._tell(document)


def decision(sequence: int, *events: Event | list[Event]) -> Entry[Event]:
    return Entry(
        stream="routing/feed",
        sequence=sequence,
        position=sequence,
        at=EIGHT,
        outcomes=(),
        events=tuple((f"command {sequence}", event) for event in flat(events)),
    )


LOG = [
    decision(1, configured(), agent("ann"), signed_in("ann")),
    decision(2, status("ann", "available", 1)),
    decision(3, *opened("t1", 2), offered("t1", "ann", 2)),
    decision(4, status("ann", "break", 3)),
]


@asynccontextmanager
async def feeding(servers: Servers, centre: Centre) -> AsyncIterator[tuple[Store, Heard]]:
    """A decision log of its own, which nobody but the test writes."""
    async with connect(servers.mongo) as client:
        store = Store(database(client, f"{centre.routing.namespace}_feed", "routing"))
        yield store, Heard(store.log.decisions)
        await client.drop_database(store.log.decisions.database)


async def append(store: Store, entries: Sequence[Entry[Event]]) -> None:
    for entry in entries:
        await store.log.append(entry)


async def test_a_decision_that_was_not_heard_ends_the_stream_and_resuming_brings_it(
    servers: Servers, centre: Centre
) -> None:
    async with feeding(servers, centre) as (store, heard):
        feed = AgentFeed(store, heard)
        await append(store, LOG[:2])
        await store.log.mark_followed("routing/feed", "views", 4)
        live = feed.follow("feed", "ann", "0.0")
        names = [(await anext(live)).event for _ in range(2)]
        assert names == ["agent.signed_in", "agent.status.changed"]
        await append(store, LOG[2:])
        stored = [document async for document in store.log.documents("routing/feed", 0)]
        heard.tell(stored[1])
        waiting = anext(live, None)
        heard.tell(stored[3])
        assert await waiting is None, "decision 3 was not heard"
        again = feed.follow("feed", "ann", "2.0")
        assert [(await anext(again)).event for _ in range(2)] == ["ticket.offered", "agent.status.changed"]
        await again.aclose()


async def test_an_event_comes_only_when_the_views_show_it(servers: Servers, centre: Centre) -> None:
    async with feeding(servers, centre) as (store, heard):
        await append(store, LOG[:1])
        live = AgentFeed(store, heard).follow("feed", "ann", "0.0")
        coming = asyncio.ensure_future(anext(live))
        assert not (await asyncio.wait({coming}, timeout=0.2))[0], "the views do not show decision 1 yet"
        await store.log.mark_followed("routing/feed", "views", 1)
        assert (await coming).event == "agent.signed_in"
        await live.aclose()
