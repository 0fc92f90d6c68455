"""The parts of the speed table, in its order. Each measures both sides of its rows in the same run."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from deploy.local.services import service
from tests.bench import (
    accept,
    claims,
    connect,
    hot,
    kpi_core,
    kpi_reads,
    kpi_streams,
    latency,
    quality,
    reads,
    rebuild,
    routing_accept,
    routing_core,
    routing_explain,
    routing_rush,
    search,
    starting,
    timeline,
)
from tests.bench.rows import Row
from tests.e2e.running_hub import running_hub

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The servers it runs on, a directory for what it writes, and how much of everything is measured.

    events: of the throughput rows. rounds: runs of each figure, whose median counts. identities: that are searched.
    entries: sizes of the timelines that are read, each further one also beside the first.
    """

    kafka: str
    mongo: str
    directory: Path
    events: int
    rounds: int
    identities: int
    entries: Sequence[int]


@dataclass(frozen=True, slots=True)
class Section:
    """title: above its rows. measure: takes from seconds to half an hour."""

    title: str
    measure: Callable[[Bench], list[Row]]


def _timeline(bench: Bench) -> list[Row]:
    peers = (
        timeline.Peer(
            name="beside a peer with the same promise",
            note="Kafka Connect with the MongoDB sink, one task, replacing by id",
            goal=2.0,
            sink=_connect_in(bench.directory, connect.REPEATABLE),
        ),
        timeline.Peer(
            name="beside that peer at its fastest",
            note="two tasks, plain inserts that a repeat would stop",
            sink=_connect_in(bench.directory, connect.FASTEST),
        ),
    )
    rows = _run(timeline.measure(bench.kafka, bench.mongo, bench.events, bench.rounds, peers))
    return [*rows, _run(hot.measure(bench.kafka, bench.mongo, bench.events, bench.rounds))]


def _rebuild(bench: Bench) -> list[Row]:
    return _run(rebuild.measure(bench.kafka, bench.mongo, bench.events, bench.rounds))


def _accept(bench: Bench) -> list[Row]:
    servers = bench.kafka, bench.mongo
    with running_hub(bench.directory / "door", *servers, _namespace(), services=[service("ingest")]) as hub:
        accepting = _run(accept.measure(hub, rounds=bench.rounds))
    with running_hub(bench.directory / "hub", *servers, _namespace()) as hub:
        return [accepting, _run(latency.measure(hub))]


def _search(bench: Bench) -> list[Row]:
    return _run(search.measure(bench.mongo, bench.identities, bench.identities // 5))


def _claims(bench: Bench) -> list[Row]:
    return [
        *_run(claims.measure(bench.kafka, bench.mongo, rounds=bench.rounds)),
        *_run(starting.measure(bench.mongo, rounds=bench.rounds)),
    ]


def _reads(bench: Bench) -> list[Row]:
    return reads.measure_sizes(bench.kafka, bench.mongo, bench.entries, bench.directory)


def _routing(bench: Bench) -> list[Row]:
    servers = bench.kafka, bench.mongo, bench.directory
    return [
        *routing_core.measure(),
        *routing_accept.measure_all(*servers),
        *routing_rush.measure_all(*servers),
        routing_explain.measure(*servers),
    ]


def _figures(bench: Bench) -> list[Row]:
    servers = bench.kafka, bench.mongo, bench.directory
    return [kpi_core.row(), *kpi_reads.measure_all(*servers), *kpi_streams.measure_all(*servers)]


SECTIONS: Mapping[str, Section] = {
    "accept": Section("Accepting, and until it is visible", _accept),
    "timeline": Section("Interactions → timeline, and the peers", _timeline),
    "rebuild": Section("Building the views anew", _rebuild),
    "reads": Section("Reading timelines", _reads),
    "search": Section("Searching", _search),
    "claims": Section("Claims, and starting to decide", _claims),
    "routing": Section("Routing", _routing),
    "figures": Section("Figures", _figures),
    "quality": Section("Quality of links and suggestions", lambda _: quality.measure()),
}


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _namespace() -> str:
    return f"b{uuid.uuid4().hex[:8]}"


def _connect_in(directory: Path, way: connect.Way) -> timeline.Sink:
    async def sink(kafka: str, mongo: str, topic: str, events: int) -> float:
        return await connect.sink_rate(kafka, mongo, topic, events, directory / f"connect-{uuid.uuid4().hex[:8]}", way)

    return sink
