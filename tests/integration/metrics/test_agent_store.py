"""Agents' events, presences and next offset move together: whoever writes, and wherever it is interrupted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure
from pymongo.monitoring import CommandListener

from services.metrics.agent_store import AgentStep, AgentStore
from services.metrics.agents import AgentFigures
from services.metrics.partitions import Superseded
from shared.auth import now_utc
from shared.consuming import Record
from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.mongo import Document, connect, database
from shared.publishing import partition_of
from tests.conftest import Servers
from tests.integration.metrics.owning import PARTITIONS, Interruption
from tests.integration.metrics.test_store import Rows, same
from tests.oracle.histories import agent_log
from tests.unit.metrics.stored_agents import StoredAgents

AgentRecord = Record[Decided[AgentEvent]]


def records(log: Sequence[Decided[AgentEvent]]) -> list[AgentRecord]:
    """The events with their places in Kafka."""
    ends = [0] * PARTITIONS
    found: list[AgentRecord] = []
    for event in log:
        partition = partition_of(event.partitionkey, PARTITIONS)
        found.append(Record(event, "agents", partition, ends[partition]))
        ends[partition] += 1
    return found


def history(count: int, seed: int) -> list[AgentRecord]:
    """Some events of agents, with repetitions and with records out of place."""
    log = agent_log(Random(seed), count, agents=6, pace=30_000)
    random = Random(seed)
    return records([event for _, event in sorted(enumerate(log), key=lambda pair: pair[0] + random.random() * 4)])


def pure_fold(log: Sequence[AgentRecord]) -> Rows:
    """Every presence after the log, as documents."""
    rows: Rows = {}
    for partition in range(PARTITIONS):
        folded = StoredAgents()
        folded.take([record.event for record in log if record.partition == partition])
        rows |= {f"presence_rows {name}": document for name, document in folded.presences.items()}
    return rows


async def stored(servers: Servers, namespace: str) -> Rows:
    """What the database holds, in the same form."""
    async with connect(servers.mongo) as client:
        found = database(client, namespace, "metrics")["presence_rows"].find()
        return {f"presence_rows {document['_id']}": document async for document in found}


@asynccontextmanager
async def owner(servers: Servers, namespace: str, listener: CommandListener | None = None) -> AsyncIterator[AgentStore]:
    """A process's store, with a client and a session of its own."""
    listeners = [listener] if listener else []
    async with (
        AsyncMongoClient[Document](servers.mongo, tz_aware=True, w="majority", event_listeners=listeners) as client,
        client.start_session() as session,
    ):
        yield AgentStore(client, database(client, namespace, "metrics"), session)


async def prepared(servers: Servers, namespace: str) -> None:
    async with owner(servers, namespace) as store:
        await store.prepare()


async def take(store: AgentStore, batch: list[AgentRecord]) -> None:
    await AgentFigures(store, now_utc).take(batch)


async def test_interrupted_after_any_command_and_begun_anew_it_stores_the_pure_fold(
    servers: Servers, namespace: str
) -> None:
    log = history(200, seed=3)
    await prepared(servers, namespace)
    for number, place in enumerate(range(0, len(log), 15)):
        batch, interruption = log[place : place + 15], Interruption()
        async with owner(servers, namespace, interruption) as store:
            taking = asyncio.create_task(take(store, batch))
            interruption.after(number % 14, taking)
            await asyncio.wait([taking])
        async with owner(servers, namespace) as store:
            await take(store, batch)  # Kafka delivers again what was not committed
    assert same(await stored(servers, namespace), pure_fold(log))


async def test_an_older_owner_cannot_overwrite_a_newer_one(servers: Servers, namespace: str) -> None:
    log = history(60, seed=5)
    await prepared(servers, namespace)
    async with owner(servers, namespace) as older, owner(servers, namespace) as newer:
        was, state = await older.claim(0)
        await take(newer, log)
        changes = state.fold([record.event for record in log if record.partition == 0], {})
        step = AgentStep(partition=0, was=was, next=9, recorded=now_utc(), state=state, changes=changes)
        with pytest.raises((Superseded, OperationFailure)):
            await older.store([step], now_utc())
    assert same(await stored(servers, namespace), pure_fold(log))


async def test_two_owners_who_take_turns_store_the_pure_fold(servers: Servers, namespace: str) -> None:
    log = history(200, seed=9)
    await prepared(servers, namespace)
    async with owner(servers, namespace) as one, owner(servers, namespace) as other:
        figures = (AgentFigures(one, now_utc), AgentFigures(other, now_utc))
        for place in range(0, len(log), 20):
            await figures[place // 20 % 2].take(log[: place + 20])
    assert same(await stored(servers, namespace), pure_fold(log))


async def test_a_partition_of_before_presences_were_kept_is_taken_from_its_beginning(
    servers: Servers, namespace: str
) -> None:
    log = history(40, seed=2)
    await prepared(servers, namespace)
    async with connect(servers.mongo) as client:
        progress = database(client, namespace, "metrics")["progress"]
        for partition in range(PARTITIONS):
            before = {"_id": f"agents.{partition}", "next": 1_000, "seen": [], "agents": [], "statuses": {}}
            await progress.insert_one(before)
    async with owner(servers, namespace) as store:
        await take(store, log)
    assert same(await stored(servers, namespace), pure_fold(log))
