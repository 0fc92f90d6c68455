"""One mailbox with a fifth of all traffic: interactions → timeline, beside the same consumer on uniform traffic.

    python -m tests.bench.hot        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

Every tenth mail comes through a role mailbox, every tenth through an address that turns out to be many people's, each
time with the name of whoever wrote, so both are told thousands of names; and every hundredth event says that the latter
and somebody's customer number are one person. The others are as in uniform traffic.
"""

import asyncio
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from typing import Any

import uvloop

from tests.bench.rows import Row, machine_load
from tests.bench.timeline import EVENTS, ROUNDS, Run, clear, fill, in_process, uniform
from tests.sealed_events import identified

_ROLE, _EVERYBODYS = "email:info@shop.example", "email:the.family@shop.example"


def hot(start: int, end: int) -> Iterator[Any]:
    """The events with these numbers."""
    for number, event in enumerate(uniform(start, end), start):
        if number % 100 == 7:
            yield identified(f"i-{number}", _EVERYBODYS, [f"crm:C-{number}"], at=event.time, conversation=f"i-{number}")
        elif number % 5 == 0:
            mailbox = _ROLE if number % 10 == 0 else _EVERYBODYS
            yield replace(event, data=replace(event.data, identity=mailbox))
        else:
            yield event


async def measure(kafka: str, mongo: str, events: int = EVENTS, rounds: int = ROUNDS) -> Row:
    """The table's row."""
    runs = {name: Run(kafka, mongo, f"bench{uuid.uuid4().hex[:8]}", events) for name in ("uniform", "hot")}
    rates: dict[str, list[float]] = {name: [] for name in runs}
    try:
        await fill(runs["uniform"])
        await fill(runs["hot"], hot)
        for _ in range(rounds):
            for name, run in runs.items():
                rates[name].append(await in_process("hub", run))
    finally:
        for run in runs.values():
            await clear(run)
    own, base = median(rates["hot"]), median(rates["uniform"])
    return Row(
        name="interactions → timeline, one mailbox with a fifth of all traffic",
        value=own,
        unit="events/s",
        baseline=base,
        ratio=own / base,
        goal=0.67,
        note=f"(the same consumer on uniform traffic; median of {rounds}; {machine_load()})",
    )


async def _main() -> None:
    print(await measure(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"]))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())
