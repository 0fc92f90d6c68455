"""Routing decisions in the pure core: decide and evolve, without log, Kafka or JSON.

    python -m tests.bench.routing_core

1,000 agents, 100 queues and 10,000 tickets that wait throughout (see routing_load for what happens in it); then ten
times the agents, the queues, the waiting, one at a time and all at once, which shows how the cost of a decision grows.
Where it grows by log n, ten times everything makes it log(100,000) ÷ log(10,000) = 1.25 times as much; the goal leaves
some room for the processor's caches. Time is the process's own, and the best round counts, as neighbours can only slow
it down.
"""

from dataclasses import replace

from tests.bench.routing_load import PoolLoad, Size
from tests.bench.rows import Row, machine_load

SIZE = Size(agents=1_000, queues=100, waiting=10_000)
DECISIONS = 10_000
ROUNDS = 5
GOAL, GROWTH = 20_000.0, 1.5


def decisions_per_second(size: Size, decisions: int = DECISIONS, rounds: int = ROUNDS) -> float:
    """How many decisions a second the core takes in a pool of that size."""
    load = PoolLoad(size)
    while not load.full:
        load.go_on()
    return max(
        _rate(load, decisions) for _ in range(rounds + 1)
    )  # the first one makes what is made when it is asked for


def _rate(load: PoolLoad, decisions: int) -> float:
    before, spent = load.decisions, load.seconds
    while load.decisions - before < decisions:
        load.go_on()
    return (load.decisions - before) / (load.seconds - spent)


def larger() -> dict[str, Size]:
    """Ten times as much, in one way each, and in all."""
    return {
        "agents": replace(SIZE, agents=10 * SIZE.agents),
        "queues": replace(SIZE, queues=10 * SIZE.queues),
        "waiting": replace(SIZE, waiting=10 * SIZE.waiting),
        "everything": Size(agents=10 * SIZE.agents, queues=10 * SIZE.queues, waiting=10 * SIZE.waiting),
    }


def measure() -> list[Row]:
    """The rows of the speed table."""
    rate = decisions_per_second(SIZE)
    rows = [
        Row(
            name="routing decision in the pure core",
            value=rate,
            unit="decisions/s",
            baseline=GOAL,
            ratio=rate / GOAL,
            goal=1.0,
            note=f"(what it should be; {SIZE}; {machine_load()})",
        )
    ]
    for what, size in larger().items():
        cost, base = 1_000_000 / decisions_per_second(size), 1_000_000 / rate
        rows.append(
            Row(
                name=f"routing decision in the pure core, ten times {what}",
                value=cost,
                unit="µs",
                baseline=base,
                ratio=cost / base,
                goal=GROWTH,
                less_is_better=True,
                note=f"({SIZE}; {machine_load()})",
            )
        )
    return rows


if __name__ == "__main__":
    for row in measure():
        print(row)
