"""The reading side: what it reads, and when it must not trust what it remembers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from services.metrics.application import TicketFigures
from services.metrics.domain.kpis import Choice
from services.metrics.live import Live
from services.metrics.store import VIEWS, KpiStore
from services.metrics.targets import Targets
from shared.auth import now_utc
from shared.contracts.kpis import Kpis
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import TicketRecord, as_records, history, owner
from tests.oracle.histories import START, decided
from tests.unit.metrics.given import NINE, queued


@asynccontextmanager
async def live(servers: Servers, namespace: str, clock: Callable[[], datetime]) -> AsyncIterator[Live]:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        yield Live(client, own, Targets(own), clock, tuple)


async def store(servers: Servers, namespace: str, records: list[TicketRecord]) -> None:
    async with owner(servers, namespace) as store:
        await store.prepare()
        await TicketFigures(store, now_utc).take(records)


async def everything(live: Live) -> Kpis:
    live.forget()
    return (await live.measure("15m", ("all",), Choice.of())).items[0].kpis


class _Read(CommandListener):
    """Counts the documents that a client reads."""

    def __init__(self) -> None:
        self.documents = 0

    def started(self, event: CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        self.documents += len(cursor.get("firstBatch", cursor.get("nextBatch", [])))

    def failed(self, event: CommandFailedEvent) -> None:
        pass


async def test_a_read_looks_at_what_is_new_only_however_long_the_history(servers: Servers, namespace: str) -> None:
    records = history(4_000, seed=2)  # more than two hours
    last = max(record.event.time for record in records)
    await store(servers, namespace, records[:-20])
    read = _Read()
    async with AsyncMongoClient[Document](servers.mongo, tz_aware=True, event_listeners=[read]) as client:
        own = database(client, namespace, "metrics")
        reading = Live(client, own, Targets(own), lambda: last, tuple)
        await everything(reading)
        at_first, read.documents = read.documents, 0
        await store(servers, namespace, records)
        await everything(reading)
        then, read.documents = read.documents, 0
        rows = await own["contact_rows"].count_documents({}) + await own["ticket_rows"].count_documents({})
        await everything(reading)
    assert at_first < rows * 3 / 4
    assert 0 < then < 50
    assert read.documents < 10


async def test_a_view_that_was_built_anew_is_read_anew(servers: Servers, namespace: str) -> None:
    async with live(servers, namespace, lambda: NINE + timedelta(minutes=1)) as reading:
        await store(servers, namespace, arrivals("a", "b", "c"))
        assert (await everything(reading)).offered == 3
        async with connect(servers.mongo) as client:
            own = database(client, namespace, "metrics")
            for name in VIEWS:
                await own[name].delete_many({})
        await store(servers, namespace, arrivals("a"))
        assert (await everything(reading)).offered == 1


async def test_a_clock_that_is_set_back_brings_back_what_its_windows_need(servers: Servers, namespace: str) -> None:
    now = NINE + timedelta(minutes=1)
    await store(servers, namespace, arrivals("a"))
    async with live(servers, namespace, lambda: now) as reading:
        assert (await everything(reading)).offered == 1
        now = NINE + timedelta(hours=1)
        assert (await everything(reading)).offered == 0
        now = NINE + timedelta(minutes=2)
        assert (await everything(reading)).offered == 1


async def test_figures_and_waiting_contacts_agree_while_they_change(servers: Servers, namespace: str) -> None:
    records = history(80, seed=4)
    async with (
        owner(servers, namespace) as store,
        live(servers, namespace, lambda: START + timedelta(minutes=9)) as reading,
    ):
        await store.prepare()
        storing = asyncio.create_task(_store_one_by_one(store, records))
        looks = 0
        while not storing.done() or looks == 0:
            figures = await everything(reading)
            assert figures.waiting + figures.answered + figures.abandoned <= figures.offered
            looks += 1
        await storing


async def _store_one_by_one(store: KpiStore, records: list[TicketRecord]) -> None:
    figures = TicketFigures(store, now_utc)
    for record in records:
        await figures.take([record])


def arrivals(*tickets: str) -> list[TicketRecord]:
    return as_records(decided(queued(ticket, 1), "main", number, 0) for number, ticket in enumerate(tickets, 1))
