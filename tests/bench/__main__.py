"""`make bench`: the speed table, side by side in one run; prints it and writes docs/benchmarks.md and .json.

HUB_TEST_KAFKA and HUB_TEST_MONGO name servers that run already; otherwise fresh embedded ones are started.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import uuid
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
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
_DOCS, _README = Path("docs"), Path("README.md")


@contextmanager
def _servers(directory: Path) -> Iterator[tuple[str, str]]:
    if os.environ.get("HUB_TEST_KAFKA") and os.environ.get("HUB_TEST_MONGO"):
        yield os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"]
        return
    kafka, mongo = EmbeddedKafka(directory / "kafka"), EmbeddedMongo(directory / "mongo")
    kafka.start()
    try:
        mongo.start()
        try:
            yield kafka.bootstrap, mongo.url
        finally:
            mongo.stop()
    finally:
        kafka.stop()


def main() -> None:
    """Measures every row and writes the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=150_000, help="events of the throughput rows")
    arguments.add_argument("--rounds", type=int, default=3, help="runs of each figure; the median counts")
    arguments.add_argument("--identities", type=int, default=search.IDENTITIES, help="identities that are searched")
    arguments.add_argument(
        "--entries",
        type=int,
        nargs="+",
        default=[reads.MILLION],
        help="sizes of the timelines that are read; each further one also beside the first (10000000 takes long)",
    )
    given = arguments.parse_args()
    console = Console()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as directory, _servers(Path(directory)) as (kafka, mongo):
        console.print(f"Measuring on {kafka} and {mongo}; this takes some minutes. Leave the machine alone meanwhile.")
        peers = (
            timeline.Peer(
                name="beside a peer with the same promise",
                note="Kafka Connect with the MongoDB sink, one task, replacing by id",
                goal=2.0,
                sink=_connect_in(Path(directory), connect.REPEATABLE),
            ),
            timeline.Peer(
                name="beside that peer at its fastest",
                note="two tasks, plain inserts that a repeat would stop",
                sink=_connect_in(Path(directory), connect.FASTEST),
            ),
        )
        _begin(console, "interactions → timeline, and the peers")
        rows += _run(timeline.measure(kafka, mongo, given.events, given.rounds, peers))
        _begin(console, "building the views anew")
        rows += _run(rebuild.measure(kafka, mongo, given.events, given.rounds))
        _show(console, rows)
        _begin(console, "accepting, and until it is visible")
        door = Path(directory) / "door", kafka, mongo, f"b{uuid.uuid4().hex[:8]}"
        with running_hub(*door, services=[service("ingest")]) as hub:
            rows.append(_run(accept.measure(hub, rounds=given.rounds)))
        with running_hub(Path(directory) / "hub", kafka, mongo, f"b{uuid.uuid4().hex[:8]}") as hub:
            rows.append(_run(latency.measure(hub)))
        _begin(console, "searching")
        rows += _run(search.measure(mongo, given.identities, given.identities // 5))
        _show(console, rows)
        _begin(console, "one mailbox with a fifth of all traffic")
        rows.append(_run(hot.measure(kafka, mongo, given.events, given.rounds)))
        _begin(console, "claims")
        rows += _run(claims.measure(kafka, mongo, rounds=given.rounds))
        _begin(console, "routing")
        rows += routing_core.measure()
        rows += routing_accept.measure_all(kafka, mongo, Path(directory))
        rows += routing_rush.measure_all(kafka, mongo, Path(directory))
        rows.append(routing_explain.measure(kafka, mongo, Path(directory)))
        _show(console, rows)
        _begin(console, "figures")
        rows.append(kpi_core.row())
        rows += kpi_reads.measure_all(kafka, mongo, Path(directory))
        rows += kpi_streams.measure_all(kafka, mongo, Path(directory))
        _begin(console, "starting to decide")
        rows += _run(starting.measure(mongo, rounds=given.rounds))
        _begin(console, f"reading among {', '.join(f'{size:,}' for size in given.entries)} entries")
        rows += reads.measure_sizes(kafka, mongo, given.entries, Path(directory))
    _show(console, rows)
    _begin(console, "the quality of links and suggestions")
    links = quality.measure()
    for row in links:
        console.print(f"{quality.figure(row)} {row.name} {row.note}")
    _write(rows, links)


def _begin(console: Console, what: str) -> None:
    console.print(f"{datetime.now():%H:%M} {what}")  # noqa: DTZ005 (the clock on the wall of whoever waits)


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def _connect_in(directory: Path, way: connect.Way) -> timeline.Sink:
    async def sink(kafka: str, mongo: str, topic: str, events: int) -> float:
        return await connect.sink_rate(kafka, mongo, topic, events, directory / f"connect-{uuid.uuid4().hex[:8]}", way)

    return sink


def _show(console: Console, rows: list[Row]) -> None:
    table = Table("what", "measured", "against", "ratio", "goal", "met")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)


def _cells(row: Row) -> tuple[str, ...]:
    number = ",.1f" if row.unit == "ms" else ",.0f"
    sign = "≤" if row.less_is_better else "≥"
    return (
        row.name,
        f"{row.value:{number}} {row.unit}",
        "" if row.baseline is None else f"{row.baseline:{number}} {row.unit} {row.note}",
        "" if row.ratio is None else f"{row.ratio:.2f}×",
        "" if row.goal is None else f"{sign} {row.goal}×",
        {True: "yes", False: "no", None: ""}[row.met],
    )


def _write(rows: list[Row], links: list[Row]) -> None:
    """Writes docs/benchmarks.md and .json, and the table of `rows` in README.md between its markers."""
    when = datetime.now(UTC)
    table = [
        "| what | measured | against | ratio | goal | met |",
        "|---|---|---|---|---|---|",
        *("| " + " | ".join(_cells(row)) + " |" for row in rows),
    ]
    introduction = (
        f"Measured by `make bench` on {when:%Y-%m-%d}: {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Both sides of a row ran in the same run on the same machine; absolute figures "
        "drift, ratios are what counts. Validation and sealing are on, acks=all, majority writes on both sides."
    )
    page = ["# Benchmarks", "", introduction, "", *table, "", *quality.section(links)]
    (_DOCS / "benchmarks.md").write_text("\n".join(page) + "\n")
    report = {"measured": when.isoformat(), "rows": [{**asdict(row), "met": row.met} for row in [*rows, *links]]}
    (_DOCS / "benchmarks.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    before, begin, rest = _README.read_text().partition("<!-- benchmarks -->\n")
    _, end, after = rest.partition("<!-- /benchmarks -->")
    _README.write_text(before + begin + "\n".join(table) + "\n" + end + after)


if __name__ == "__main__":
    main()
