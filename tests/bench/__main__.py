"""`make bench`: the speed table, side by side; prints it and writes docs/benchmarks.md, .json and README's table.

`--only routing figures` measures these sections and leaves the others as they were. What a section measured is written
as soon as it is through. HUB_TEST_KAFKA and HUB_TEST_MONGO name servers that run already; otherwise fresh embedded ones
are started.
"""

import argparse
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local.kafka import EmbeddedKafka
from deploy.local.mongo import EmbeddedMongo
from tests.bench import quality, reads, search
from tests.bench.report import Measured, cells, load, save
from tests.bench.rows import Row
from tests.bench.sections import SECTIONS, Bench


def main() -> None:
    """Measures what was asked for and writes it."""
    given = _arguments()
    console = Console()
    measured = load()
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-") as directory,
        _servers(Path(directory), given.cache_gb) as (kafka, mongo),
    ):
        console.print(f"Measuring on {kafka} and {mongo}; this takes some minutes. Leave the machine alone meanwhile.")
        for name in dict.fromkeys(given.only):
            console.print(f"{datetime.now():%H:%M} {SECTIONS[name].title} ({name})")  # noqa: DTZ005 (a wall clock's time)
            own = Path(directory) / name
            own.mkdir()
            rows = SECTIONS[name].measure(
                Bench(
                    kafka=kafka,
                    mongo=mongo,
                    directory=own,
                    events=given.events,
                    rounds=given.rounds,
                    identities=given.identities,
                    entries=given.entries,
                )
            )
            _show(console, name, rows)
            measured[name] = Measured(datetime.now(UTC), _machine(given.cache_gb), rows)
            save(measured)


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections; all of them")
    arguments.add_argument("--events", type=int, default=150_000, help="events of the throughput rows")
    arguments.add_argument("--rounds", type=int, default=3, help="runs of each figure; the median counts")
    arguments.add_argument("--identities", type=int, default=search.IDENTITIES, help="identities that are searched")
    arguments.add_argument("--cache-gb", type=float, default=1.0, help="MongoDB's cache; 1 is what the hub gives it")
    arguments.add_argument(
        "--entries",
        type=int,
        nargs="+",
        default=[reads.MILLION],
        help="sizes of the timelines that are read; each further one also beside the first (10000000 takes long)",
    )
    return arguments.parse_args()


@contextmanager
def _servers(directory: Path, cache_gb: float) -> Iterator[tuple[str, str]]:
    if os.environ.get("HUB_TEST_KAFKA") and os.environ.get("HUB_TEST_MONGO"):
        yield os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"]
        return
    kafka, mongo = EmbeddedKafka(directory / "kafka"), EmbeddedMongo(directory / "mongo", cache_gb=cache_gb)
    kafka.start()
    try:
        mongo.start()
        try:
            yield kafka.bootstrap, mongo.url
        finally:
            mongo.stop()
    finally:
        kafka.stop()


def _machine(cache_gb: float) -> str:
    cache = "" if os.environ.get("HUB_TEST_MONGO") else f", {cache_gb:g} GB of cache for MongoDB"
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}{cache}"


def _show(console: Console, name: str, rows: Sequence[Row]) -> None:
    if name == "quality":
        for row in rows:
            console.print(f"{quality.figure(row)} {row.name} {row.note}")
        return
    table = Table("what", "measured", "against", "ratio", "goal", "met")
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)


if __name__ == "__main__":
    main()
