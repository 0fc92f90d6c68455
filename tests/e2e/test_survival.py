"""kill -9, again and again, under load: nothing accepted is lost, nothing is doubled, no figure is wrong.

The seed is printed; HUB_TEST_SEED repeats a run. Each test has servers of its own, because it kills them.
"""

import asyncio
import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from deploy.local.services import SERVICES
from tests.e2e import promises
from tests.e2e.running_hub import RunningHub, running_hub
from tests.e2e.traffic import Accepted, Agents, Customers
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
    """A hub with servers of its own, all of which can be killed."""

    hub: RunningHub
    mortals: dict[str, Mortal]


@pytest.fixture
def seed() -> int:
    chosen = int(os.environ.get("HUB_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"HUB_TEST_SEED={chosen}")  # noqa: T201 (shown with a failure, so that it can be repeated)
    return chosen


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[Patient]:
    kafka, mongo = EmbeddedKafka(tmp_path / "kafka"), EmbeddedMongo(tmp_path / "mongo")
    try:
        kafka.start()
        mongo.start()
        with running_hub(tmp_path / "hub", kafka.bootstrap, mongo.url, f"s{uuid.uuid4().hex[:8]}") as hub:
            services: dict[str, Mortal] = {one.name: hub.process(one.name) for one in SERVICES}
            yield Patient(hub, {**services, "kafka": kafka, "mongo": mongo})
    finally:
        mongo.stop()
        kafka.stop()


@pytest.mark.timeout(420)
@pytest.mark.parametrize("victims", [("profile", "routing", "metrics"), ("kafka",), ("mongo",)], ids="-".join)
async def test_whatever_is_killed_under_load_every_promise_holds(
    victims: tuple[str, ...], seed: int, patient: Patient
) -> None:
    accepted = await _through_kills(patient, victims, seed)
    await eventually(lambda: _settled(patient.hub), within=120, what="every consumer having caught up")

    log = await read_tickets(patient.hub.settings.bootstrap, patient.hub.settings.namespace)
    promises.every_accepted_event_is_on_the_timeline_once(patient.hub, accepted)
    promises.every_ticket_is_with_one_agent_at_most(log)
    promises.one_ticket_per_conversation_is_open(log)
    promises.kpis_equal_the_log(patient.hub, log)


async def _through_kills(one: Patient, victims: tuple[str, ...], seed: int) -> Accepted:
    """Load and kills at the same time; then the load ends while everything runs."""
    customers, agents, stopping = Customers(one.hub, seed), Agents(one.hub, seed + 1), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(customers.run(stopping))
        tasks.create_task(agents.run(stopping))
        supervisor = tasks.create_task(_supervise(one, victims))
        await _kill(one, victims, random.Random(seed + 2))
        await eventually(lambda: _ready(one.hub), within=120, what="every service being ready again")
        await eventually(lambda: _enough(customers, agents), within=180, what="enough being accepted to show something")
        stopping.set()
        supervisor.cancel()
    return customers.accepted


async def _kill(one: Patient, victims: tuple[str, ...], chance: random.Random) -> None:
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


async def _enough(customers: Customers, agents: Agents) -> bool:
    return customers.accepted.count > 150 and len(agents.accepted) > 5


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
