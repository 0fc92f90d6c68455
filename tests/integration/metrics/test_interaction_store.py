"""Counts, answers and next offset move together: whoever writes, wherever it is interrupted, whatever comes twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.monitoring import CommandListener

from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.interaction import Heard
from services.metrics.interaction_documents import answer_in, minute_in
from services.metrics.interaction_store import Batch, InteractionStore
from services.metrics.interactions import InteractionFigures
from services.metrics.partitions import Superseded
from services.metrics.store import KpiStore
from shared.auth import now_utc
from shared.consuming import Record
from shared.contracts.interactions import SealedInteraction
from shared.mongo import Document, connect, database
from shared.publishing import partition_of
from tests.conftest import Servers
from tests.integration.metrics.owning import PARTITIONS, Interruption
from tests.sealed_events import MOMENT
from tests.spoken_events import interaction, some
from tests.unit.metrics.kept_interactions import Kept

Told = Record[SealedInteraction]
MOMENTS = [MOMENT + timedelta(seconds=7 * number) for number in range(300)]


@asynccontextmanager
async def owner(servers: Servers, namespace: str, *listeners: CommandListener) -> AsyncIterator[InteractionStore]:
    """A process's store, with a client and a session of its own."""
    async with (
        AsyncMongoClient[Document](servers.mongo, tz_aware=True, w="majority", event_listeners=listeners) as client,
        client.start_session() as session,
    ):
        own = database(client, namespace, "metrics")
        store = InteractionStore(client, own, session)
        await KpiStore(client, own, session).prepare()
        await store.prepare()
        yield store


def as_records(log: Sequence[SealedInteraction]) -> list[Told]:
    """The events with their places in Kafka."""
    ends = [0] * PARTITIONS
    found: list[Told] = []
    for event in log:
        partition = partition_of(event.partitionkey, PARTITIONS)
        found.append(Record(event, "interactions", partition, ends[partition]))
        ends[partition] += 1
    return found


async def figures_kept(servers: Servers, namespace: str) -> dict[tuple[int, Key], Figures]:
    """What is stored comes to, by quarter."""
    async with connect(servers.mongo) as client:
        own = database(client, namespace, "metrics")
        rows: list[Row] = [minute_in(one) async for one in own["interaction_minutes"].find()]
        rows += [answer_in(one) async for one in own["answer_rows"].find()]
        quarters = {one["_id"]["quarter"] async for one in own["changed_quarters"].find()}
    return {(quarter, key): told for quarter in quarters for key, told in figures_of(quarter, rows).items()}


def expected(log: Sequence[SealedInteraction]) -> dict[tuple[int, Key], Figures]:
    """What the log comes to."""
    kept = Kept(1)
    kept.take(log)
    return kept.figures()


async def test_interrupted_after_any_command_and_begun_anew_it_counts_each_event_once(
    servers: Servers, namespace: str
) -> None:
    log = some(Random(4), 400, MOMENTS)
    records = as_records(log)
    async with owner(servers, namespace):
        pass
    for number, place in enumerate(range(0, len(records), 25)):
        batch = records[place : place + 25]
        interruption = Interruption()
        async with owner(servers, namespace, interruption) as store:
            taking = asyncio.create_task(_take(store, batch))
            interruption.after(number % 12, taking)
            await asyncio.wait([taking])
        async with owner(servers, namespace) as store:
            await _take(store, batch)  # Kafka delivers again what was not committed
    assert await figures_kept(servers, namespace) == expected(log)


async def test_an_older_owner_cannot_count_behind_a_newer_one(servers: Servers, namespace: str) -> None:
    log = some(Random(5), 60, MOMENTS)
    records = as_records(log)
    async with owner(servers, namespace) as older, owner(servers, namespace) as newer:
        was = await older.claim(0)
        await _take(newer, records)
        mine = [record.event for record in records if record.partition == 0]
        late = Batch(partition=0, was=was, next=9, recorded=now_utc(), heard=Heard.of(mine))
        with pytest.raises((Superseded, OperationFailure)):
            await older.store([late], now_utc())
    assert await figures_kept(servers, namespace) == expected(log)


async def test_the_same_event_at_the_same_time_by_two_partitions_counts_once_at_the_earliest(
    servers: Servers, namespace: str
) -> None:
    def told(partition: int) -> list[SealedInteraction]:
        later = timedelta(seconds=partition)
        return [interaction(str(number), moment + later) for number, moment in enumerate(MOMENTS)]

    async with owner(servers, namespace) as one, owner(servers, namespace) as other:
        figures = [InteractionFigures(store, now_utc) for store in (one, other)]
        batches = [
            [Record(event, "interactions", partition, offset) for offset, event in enumerate(told(partition))]
            for partition in (0, 1)
        ]
        for place in range(0, len(MOMENTS), 20):
            parts = [batch[place : place + 20] for batch in batches]
            order = (0, 1) if place % 40 else (1, 0)
            await asyncio.gather(*(_patiently(figures[number], parts[number]) for number in order))
    assert await figures_kept(servers, namespace) == expected(told(0))


async def _patiently(figures: InteractionFigures, batch: list[Told]) -> None:
    """As a consumption does: what conflicts is taken again."""
    async with asyncio.timeout(20):
        while True:
            try:
                await figures.take(batch)
            except PyMongoError:
                await asyncio.sleep(0)
            else:
                return


async def _take(store: InteractionStore, batch: list[Told]) -> Any:  # noqa: ANN401 (what nobody reads)
    return await InteractionFigures(store, now_utc).take(batch)
