"""The reading side: what it reads, and when it must not trust what it remembers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from services.metrics.application import TicketFigures
from services.metrics.documents import changed_minutes
from services.metrics.domain.windows import minute_of, moment_of, second_of
from services.metrics.live import Live
from services.metrics.store import KpiStore
from services.metrics.targets import Targets
from shared.contracts.kpis import Kpis
from shared.mongo import connect, database
from tests.conftest import Servers
from tests.integration.metrics.owning import TicketRecord, as_records, history, owner
from tests.oracle.histories import START, decided
from tests.unit.metrics.given import NINE, queued


@asynccontextmanager
async def live(servers: Servers, namespace: str, clock: Callable[[], datetime]) -> AsyncIterator[Live]:
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        yield Live(client, own, Targets(own), clock)


async def store(servers: Servers, namespace: str, records: list[TicketRecord]) -> None:
    async with owner(servers, namespace) as store:
        await store.prepare()
        await TicketFigures(store).take(records)


async def everything(live: Live) -> Kpis:
    live.forget()
    return (await live.measure("15m", ("all",), "strict")).items[0].kpis


async def test_a_read_looks_at_the_windows_documents_only_however_long_the_history(
    servers: Servers, namespace: str
) -> None:
    records = history(4_000, seed=2)  # more than two hours
    await store(servers, namespace, records)
    last = max(record.event.time for record in records)
    floor = minute_of(second_of(moment_of(last)) - 899)
    async with connect(servers.mongo) as client:
        minutes = database(client, namespace, "metrics")["minutes"]
        wanted = changed_minutes(floor, {0: 0, 1: 0, 2: 0})
        explained = await minutes.find(wanted).explain()
        within = [document async for document in minutes.find(wanted)]
        stored = await minutes.count_documents({})
    assert explained["executionStats"]["totalDocsExamined"] == len(within)
    assert len(within) < stored / 4


async def test_a_view_that_was_built_anew_is_read_anew(servers: Servers, namespace: str) -> None:
    async with live(servers, namespace, lambda: NINE + timedelta(minutes=1)) as reading:
        await store(servers, namespace, arrivals("a", "b", "c"))
        assert (await everything(reading)).offered == 3
        async with connect(servers.mongo) as client:
            own = database(client, namespace, "metrics")
            for name in ("partitions", "contacts", "minutes"):
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
    figures = TicketFigures(store)
    for record in records:
        await figures.take([record])


def arrivals(*tickets: str) -> list[TicketRecord]:
    return as_records(decided(queued(ticket, 1), "main", number, 0) for number, ticket in enumerate(tickets, 1))
