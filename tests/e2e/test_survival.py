"""kill -9, again and again, under load: nothing accepted is lost, nothing is doubled, no figure is wrong.

The seed is printed; HUB_TEST_SEED repeats a run. The tests have a hub with servers of its own, because they kill them;
each test goes on with what the one before it left.
"""

import asyncio
import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import pytest

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from deploy.local.services import SERVICES
from tests.e2e import promises
from tests.e2e.running_hub import RunningHub, running_hub
from tests.e2e.traffic import Agents, Customers
from tests.eventually import eventually
from tests.oracle.kpis import read_tickets

KILLS = 8


class Mortal(Protocol):
    """Anything that can be killed and started again."""

    @property
    def running(self) -> bool: ...
    def start(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Patient:
    """A hub with servers of its own, all of which can be killed, and whoever uses it."""

    hub: RunningHub
    mortals: dict[str, Mortal]
    chance: random.Random
    customers: Customers
    agents: Agents


@pytest.fixture(scope="module")
def seed() -> int:
    chosen = int(os.environ.get("HUB_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"HUB_TEST_SEED={chosen}")  # noqa: T201 (shown with a failure, so that it can be repeated)
    return chosen


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Iterator[Patient]:
    tmp_path = tmp_path_factory.mktemp("patient")
    kafka, mongo = EmbeddedKafka(tmp_path / "kafka"), EmbeddedMongo(tmp_path / "mongo")
    try:
        kafka.start()
        mongo.start()
        with running_hub(tmp_path / "hub", kafka.bootstrap, mongo.url, f"s{uuid.uuid4().hex[:8]}") as hub:
            services: dict[str, Mortal] = {one.name: hub.process(one.name) for one in SERVICES}
            mortals = {**services, "kafka": kafka, "mongo": mongo}
            yield Patient(hub, mortals, random.Random(seed + 2), Customers(hub, seed), Agents(hub, seed + 1))
    finally:
        mongo.stop()
        kafka.stop()


@pytest.mark.timeout(420)
@pytest.mark.parametrize("victims", [("profile", "routing", "metrics"), ("kafka",), ("mongo",)], ids="-".join)
async def test_whatever_is_killed_under_load_every_promise_holds(victims: tuple[str, ...], patient: Patient) -> None:
    await _through_kills(patient, victims)
    await eventually(lambda: _settled(patient.hub), within=120, what="every consumer having caught up")

    log = await read_tickets(patient.hub.settings.bootstrap, patient.hub.settings.namespace)
    promises.every_accepted_event_is_on_the_timeline_once(patient.hub, patient.customers.accepted)
    promises.every_ticket_is_with_one_agent_at_most(log)
    promises.one_ticket_per_conversation_is_open(log)
    promises.kpis_equal_the_log(patient.hub, log)


async def _through_kills(one: Patient, victims: tuple[str, ...]) -> None:
    """Load and kills at the same time; then the load ends while everything runs."""
    stopping = asyncio.Event()
    before = one.customers.accepted.count, len(one.agents.accepted)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.customers.run(stopping))
        tasks.create_task(one.agents.run(stopping))
        supervisor = tasks.create_task(_supervise(one, victims))
        await _kill(one, victims)
        await eventually(lambda: _ready(one.hub), within=120, what="every service being ready again")
        await eventually(lambda: _enough(one, *before), within=180, what="enough being accepted to show something")
        stopping.set()
        supervisor.cancel()


async def _kill(one: Patient, victims: tuple[str, ...]) -> None:
    chance = one.chance
    for _ in range(KILLS if len(victims) > 1 else KILLS // 4):
        await asyncio.sleep(chance.uniform(1.0, 4.0))
        victim = one.mortals[chance.choice(victims)]
        await asyncio.to_thread(victim.kill)
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        if victim in (one.mortals["kafka"], one.mortals["mongo"]):
            await asyncio.to_thread(victim.start)
            await eventually(lambda: _ready(one.hub), within=120, what="every service being ready again")


async def _supervise(one: Patient, victims: tuple[str, ...]) -> None:
    """Starts services again that ended, as `hub up` and any container platform do."""
    chance = random.Random(len(victims))
    services = [one.mortals[service.name] for service in SERVICES]
    while True:
        for service in services:
            if not service.running:
                await asyncio.sleep(chance.uniform(0.0, 0.5))
                await asyncio.to_thread(service.start)
        await asyncio.sleep(0.1)


async def _enough(one: Patient, customers_before: int, agents_before: int) -> bool:
    return one.customers.accepted.count > customers_before + 150 and len(one.agents.accepted) > agents_before + 5


async def _ready(hub: RunningHub) -> bool:
    reports = [await asyncio.to_thread(_report, hub, service.name) for service in SERVICES]
    return all(report.get("ready") for report in reports)


async def _settled(hub: RunningHub) -> bool:
    """Every consumer is at the end of its topic, and stays there while routing and metrics finish what they hold."""
    for _ in range(3):
        reports = {service.name: await asyncio.to_thread(_report, hub, service.name) for service in SERVICES}
        lags = [group["lag"] for report in reports.values() for group in report.get("consumers", {}).values()]
        if not all(report.get("ready") for report in reports.values()) or any(lag != 0 for lag in lags):
            print(reports)  # noqa: T201 (shown with a failure: which consumer did not catch up)
            await asyncio.sleep(1)
            return False
        await asyncio.sleep(2.5)  # a little more than readiness takes between two looks at the lag
    return True


def _report(hub: RunningHub, name: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = hub.http.get(hub.url(name, "/readyz"), timeout=5).json()
    except httpx.HTTPError:
        return {}
    return answer
