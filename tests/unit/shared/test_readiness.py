"""What is told of lag: of what this process consumes now, and of nothing that it has given up."""

import asyncio
from collections.abc import Sequence
from typing import Any

from prometheus_client import REGISTRY

from shared.consuming import Consumption, Intake, Record, Rejected
from shared.ending import end
from shared.readiness import Readiness
from tests.eventually import eventually

_NOWHERE: Any = None


def consumption(group: str) -> Consumption[str]:
    """A consumption that has no partitions yet."""

    async def take(records: list[Record[str]]) -> Sequence[Rejected[str]]:
        raise AssertionError(f"nothing comes: {records}")

    return Consumption(Intake(topic="hub.readiness", group=group, decode=lambda _: [], take=take), _NOWHERE)


async def lag(group: str) -> float | None:
    return REGISTRY.get_sample_value("hub_consumer_lag", {"topic": "hub.readiness", "group": group})


async def test_the_lag_of_a_group_is_told_as_long_as_it_is_consumed() -> None:
    readiness = Readiness()
    readiness.consumptions = [consumption("stays")]
    readiness.further = lambda: ((consumption("goes@2"), False),)
    watching = asyncio.create_task(readiness.watch())

    async def both() -> bool:
        return (await lag("stays"), await lag("goes@2")) == (0, 0)

    async def one() -> bool:
        return (await lag("stays"), await lag("goes@2")) == (0, None)

    try:
        await eventually(both, what="both being told")
        readiness.further = tuple
        await eventually(one, what="the one that went being told no more")
    finally:
        await end(watching)


def test_what_counts_faults_is_there_before_the_first_one() -> None:
    consumption("careful")
    labels = {"topic": "hub.readiness", "group": "careful"}
    assert REGISTRY.get_sample_value("hub_records_dead_total", labels) == 0
    for server in ("kafka", "mongodb"):
        assert REGISTRY.get_sample_value("hub_batch_retries_total", {**labels, "server": server}) == 0
