"""Killed at any moment, the service tells what the log says: no event is counted twice, none is left out."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import pytest
from pymongo.asynchronous.collection import AsyncCollection

from shared.contracts.agents import AgentEvent
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.metrics.log import Log, publish_agents, publish_tickets, publishing
from tests.integration.running_service import RunningService
from tests.oracle.histories import agent_log, steps_of, ticket_log

KILLS = 4
STEPS = 6_000
PIECE = 25
AGENTS_PIECE = 3


@pytest.mark.parametrize("seed", [7])
async def test_figures_equal_the_log_after_kills_at_random_moments(
    servers: Servers, namespace: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    start = datetime.now(UTC) - timedelta(minutes=10)
    log = ticket_log(steps_of(random, STEPS, tickets=60, pace=100), start)
    running = RunningService("metrics", servers, namespace, tmp_path)
    await running.begin()
    agents = agent_log(random, 800, start, pace=700)
    publication = asyncio.create_task(_publish(servers, namespace, log, agents))
    async with connect(servers.mongo) as mongo:
        stored = database(mongo, namespace, "metrics")["progress"]
        for goal in sorted(random.sample(range(len(log) * 9 // 10), KILLS)):
            await eventually(partial(_reached, stored, goal), within=60, what=f"{goal} records stored")
            await running.kill()
            await running.begin()
    await publication
    await running.ready()
    truth = await Log.read(servers, namespace)
    async with running.client("ops") as client:
        await eventually(partial(truth.is_told_by, client), within=60, what="figures that equal the log")
        await truth.assert_told_by(client)
    await running.stop()


async def test_two_replicas_tell_the_same_and_go_on_when_one_is_killed(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    random = Random(11)
    start = datetime.now(UTC) - timedelta(minutes=5)
    log = ticket_log(steps_of(random, 2_000, tickets=40, pace=150), start)
    first, second = (RunningService("metrics", servers, namespace, tmp_path) for _ in range(2))
    await first.start()
    await second.begin()
    async with publishing(servers, namespace) as publisher:
        await publish_tickets(publisher, log[:1_000])
        await second.ready()
        await publish_tickets(publisher, log[1_000:1_500])
        await first.kill()
        await publish_tickets(publisher, log[1_500:])
    await first.start()
    truth = await Log.read(servers, namespace)
    for running in (first, second):
        async with running.client("ops") as client:
            await eventually(partial(truth.is_told_by, client), within=60, what="the log's figures")
        await running.stop()


async def _publish(
    servers: Servers,
    namespace: str,
    tickets: Sequence[Decided[TicketEvent]],
    agents: Sequence[Decided[AgentEvent]],
) -> None:
    async with publishing(servers, namespace) as publisher:
        for number, place in enumerate(range(0, len(tickets), PIECE)):
            await publish_tickets(publisher, tickets[place : place + PIECE])
            await publish_agents(publisher, agents[number * AGENTS_PIECE : (number + 1) * AGENTS_PIECE])
        await publish_agents(publisher, agents[(number + 1) * AGENTS_PIECE :])


async def _reached(partitions: AsyncCollection[Document], goal: int) -> bool:
    tickets = partitions.find({"_id": {"$regex": "^tickets"}})
    return sum([int(document["next"]) async for document in tickets]) >= goal
