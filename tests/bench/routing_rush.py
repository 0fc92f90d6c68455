"""How soon offers are made when much comes at once: p99 from when an offer was possible to its event in hub.tickets.v1.

    python -m tests.bench.routing_rush [SCENARIO …]       with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

    shift    10,000 contacts wait, and 500 agents become available, spread evenly over one second
    burst    500 agents are available with nothing in hand, and 10,000 contacts arrive at once
    both     10,000 contacts arrive at once, and 500 agents become available in the second that begins then

An offer was possible from the later of two moments on: the contact's arrival, when its interaction was handed to the
producer of hub.interactions.v1, and the agent's readiness, when the command that says so was handed to the producer of
hub.routing-commands.v1. It is there when a plain consumer of hub.tickets.v1 has ticket.offered. Nobody answers
meanwhile, so every offer is one that an agent had room for when it became available. Contacts of all channels and 100
queues come as sealed interactions; *at once* is as fast as one producer hands them over, which is part of the note.
"""

import asyncio
import os
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from random import Random
from time import perf_counter

import uvloop

from deploy.local.services import service
from services.routing.domain.commands import SetStatus
from shared.contracts.codec import interactions
from shared.contracts.interactions import SealedInteraction
from shared.publishing import Outgoing, Publisher
from shared.topics import INTERACTIONS
from tests.bench.reads import p50, p99
from tests.bench.routing_load import CHANNELS, SEED, Size
from tests.bench.routing_pool import RunningPool
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.integration.routing.customers import Customers

SIZE = Size(agents=500, queues=100, waiting=10_000)
GOAL = 250.0
SCENARIOS = {
    "shift": "offers at a shift start of 500 agents, 10,000 contacts wait, p99",
    "burst": "offers in a burst of 10,000 contacts, 500 agents free, p99",
    "both": "offers at a shift start of 500 agents in a burst of 10,000 contacts, p99",
}
_A_SECOND = 1.0
_AT_ONCE = 500


async def measure(hub: RunningHub, scenario: str) -> Row:
    """The row of one scenario. The hub needs routing only, and is used up then."""
    async with RunningPool.found(hub, SIZE) as pool:
        contacts = await _contacts(pool)
        match scenario:
            case "shift":
                arrived, took = await _arrive(pool, contacts)
                await pool.tickets.until(len(contacts), "ticket.queued")
                ready = await _shift_starts(pool)
            case "burst":
                ready = await _shift_starts(pool)
                await pool.settled()
                arrived, took = await _arrive(pool, contacts)
            case _:
                (arrived, took), ready = await asyncio.gather(_arrive(pool, contacts), _shift_starts(pool))
        times = await _times(pool, arrived, ready)
        rate = await _opening_rate(pool, min(arrived.values()))
    return Row(
        name=SCENARIOS[scenario],
        value=p99(times),
        unit="ms",
        baseline=GOAL,
        ratio=p99(times) / GOAL,
        goal=1.0,
        less_is_better=True,
        note=(
            f"(what it may be; p50 {p50(times):,.1f} ms, {len(times):,} offers; contacts handed over within "
            f"{took:.1f} s, tickets opened at {rate:,.0f}/s; {machine_load()})"
        ),
    )


async def _contacts(pool: RunningPool) -> list[SealedInteraction]:
    chance, publisher = Random(SEED), Publisher(pool.hub.settings.bootstrap, pool.hub.settings.namespace)
    made: list[SealedInteraction] = []
    for number in range(SIZE.waiting):
        queue = f"q{chance.randrange(SIZE.queues)}"
        customers = Customers(publisher).of(queue, queue)
        channel, name = chance.choice(CHANNELS), f"contact {number}"
        made.append(customers.call(name) if channel == "phone" else customers.message(name, channel=channel))
    await publisher.stop()
    return made


async def _arrive(pool: RunningPool, contacts: Sequence[SealedInteraction]) -> tuple[dict[str, float], float]:
    """When each conversation's contact was handed over, and how long that took for all of them together."""
    records = [Outgoing(event.partitionkey, interactions.encode(event)) for event in contacts]
    arrived: dict[str, float] = {}
    began = perf_counter()
    for start in range(0, len(records), _AT_ONCE):
        moment = perf_counter()
        await pool.publish(INTERACTIONS, records[start : start + _AT_ONCE])
        arrived.update((event.partitionkey, moment) for event in contacts[start : start + _AT_ONCE])
    return arrived, perf_counter() - began


async def _shift_starts(pool: RunningPool) -> dict[str, float]:
    """When each agent's readiness was handed over: all of them within a second."""
    ready: dict[str, float] = {}

    async def sign_in(agent: str) -> None:
        ready[agent] = await pool.ask(SetStatus(agent=agent, status="available"))

    under_way: set[asyncio.Task[None]] = set()
    began = perf_counter()
    for number in range(SIZE.agents):
        await asyncio.sleep(max(0.0, began + number * _A_SECOND / SIZE.agents - perf_counter()))
        under_way.add(asyncio.ensure_future(sign_in(f"a{number}")))
    await asyncio.gather(*under_way)
    return ready


async def _times(pool: RunningPool, arrived: dict[str, float], ready: dict[str, float]) -> list[float]:
    await pool.tickets.until(len(arrived), "ticket.queued")
    await pool.settled()
    offers = await pool.all_offers()
    conversations = {seen.key: seen.data["conversation"] for seen in pool.tickets.of("ticket.opened")}
    times: list[float] = []
    for seen in offers:
        possible = max(arrived[conversations[seen.key]], ready[seen.data["agent"]])
        times.append(seen.moment - possible)
    return sorted(times)


async def _opening_rate(pool: RunningPool, began: float) -> float:
    opened = [seen.moment for seen in pool.tickets.of("ticket.opened")]
    return len(opened) / (max(opened) - began)


def measure_all(kafka: str, mongo: str, directory: Path, scenarios: Sequence[str] = tuple(SCENARIOS)) -> list[Row]:
    """The table's rows, each in a hub of its own."""
    rows: list[Row] = []
    for scenario in scenarios:
        place = directory / f"rush-{scenario}", kafka, mongo, f"b{uuid.uuid4().hex[:8]}"
        with (
            running_hub(*place, services=[service("routing")]) as hub,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            rows.append(runner.run(measure(hub, scenario)))
    return rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hub-rush-") as place:
        wanted = sys.argv[1:] or tuple(SCENARIOS)
        for row in measure_all(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], Path(place), wanted):
            print(row)
