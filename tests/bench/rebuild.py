"""A view built anew by the profile service, beside the rate at which the same service first wrote it.

    python -m tests.bench.rebuild        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

The topic holds the events before the service starts: what it does then is the live rate, at its highest. Afterwards a
second generation of the views is added, and the service builds it from the same topic while the first one stays
current. Building gives way to what is live, so it begins when the first generation is done, its search index too. Both
rates count the timeline's entries from the first that are seen to the last; and once more until all can be searched.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import uvloop
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from deploy.local.secret_files import make_secrets
from deploy.local.topics import make_topics
from shared.generations import Pointer, views_database
from shared.keyring import keyring_of
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from shared.topics import INTERACTIONS
from tests.bench.rows import Row, machine_load
from tests.bench.timeline import uniform
from tests.conftest import Servers
from tests.integration.running_service import RunningService
from tests.sealed_events import Sealer

EVENTS = 100_000
ROUNDS = 3
_LOOK_SECONDS = 0.02
_LONGEST_SECONDS = 600.0


Rates = tuple[float, float]
"""Events a second: until they are on the timeline, and until their words are in the search index too."""


async def measure(kafka: str, mongo: str, events: int = EVENTS, rounds: int = ROUNDS) -> list[Row]:
    """The table's rows; each figure is the median of `rounds` hubs."""
    taken = [await _round(Servers(kafka, mongo, "a measurement"), events) for _ in range(rounds)]
    return [
        _row("a timeline built anew, beside its own live rate", 0, taken, rounds),
        _row("timeline and search index built anew, beside their live rate", 1, taken, rounds),
    ]


def _row(name: str, which: int, taken: Sequence[tuple[Rates, Rates]], rounds: int) -> Row:
    live, anew = (median(one[side][which] for one in taken) for side in (0, 1))
    return Row(
        name=name,
        value=anew,
        unit="events/s",
        baseline=live,
        ratio=anew / live,
        goal=0.9,
        note=f"(the same service writing it first; median of {rounds}; {machine_load()})",
    )


async def _round(servers: Servers, events: int) -> tuple[Rates, Rates]:
    """Live, and built anew."""
    namespace = f"bench{uuid.uuid4().hex[:8]}"
    await asyncio.to_thread(make_topics, servers.kafka, namespace)
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as directory:
        async with connect(servers.mongo) as client:
            await _fill(servers, namespace, Path(directory), events)
            profile = RunningService("profile", servers, namespace, Path(directory))
            await profile.begin()
            try:
                live = await _rates(views_database(client, namespace, "profile", 1), events)
                await client.admin.command("fsync")  # what the first has left to be written would slow the second
                number = await Pointer(database(client, namespace, "profile")).add()
                anew = await _rates(views_database(client, namespace, "profile", number), events)
            finally:
                await profile.stop()
                for name in await client.list_database_names():
                    if name.startswith(f"{namespace}_"):
                        await client.drop_database(name)
    return live, anew


async def _fill(servers: Servers, namespace: str, directory: Path, events: int) -> None:
    make_secrets(directory)
    publisher = Publisher(servers.kafka, namespace)
    await publisher.start()
    async with connect(servers.mongo) as client:
        keyring = keyring_of(client, namespace, directory)
        sealer = Sealer(keyring, await keyring.hasher())
        for start in range(0, events, 5_000):
            told = uniform(start, min(start + 5_000, events))
            await publisher.publish(INTERACTIONS, await sealer.outgoing(told))
    await publisher.stop()


async def _rates(views: AsyncDatabase[Document], events: int) -> Rates:
    async with asyncio.timeout(_LONGEST_SECONDS):
        first = await _at_least(views["timeline"], 1)
        began = perf_counter()
        await _at_least(views["timeline"], events)
        seen = perf_counter()
        await _at_least(views["words"], events)
        return (events - first) / (seen - began), (events - first) / (perf_counter() - began)


async def _at_least(timeline: AsyncCollection[Document], events: int) -> int:
    while (count := await timeline.estimated_document_count()) < events:  # noqa: ASYNC110 (another process writes)
        await asyncio.sleep(_LOOK_SECONDS)
    return count


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(measure(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], 40_000, 2)))
