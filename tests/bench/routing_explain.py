"""Explaining an offer at size: GET /v1/tickets/{id}/explain for random tickets, among 200,000 decisions of one pool.

    python -m tests.bench.routing_explain [DECISIONS]     with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

1,000 agents, 100 queues, 1,000 tickets that wait throughout. The pool's life is made in the pure core (routing_load)
and written as its decision maker writes it: a document for each decision, snapshots when they are due, the views. At
its end everybody goes, so nothing else is decided while the questions are answered. The tickets are drawn from all that
were ever offered, so their offers are of any age; a ticket that was offered several times is explained as often.
"""

import asyncio
import os
import sys
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.parse import urlsplit

import orjson
import uvloop

from deploy.local.services import service
from services.routing.commands import stream_of
from services.routing.domain.events import Event
from services.routing.store import Store
from shared.contracts.tickets import TicketOffered
from shared.decisions import Entry, Outcome
from shared.mongo import connect, database
from shared.snapshot_keeping import Growth
from tests.bench.reads import p50, p99
from tests.bench.routing_load import SEED, PoolLoad, Size
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.snapshots_kept import keep

DECISIONS = 200_000
GOAL = 1_000.0
_SIZE = Size(agents=1_000, queues=100, waiting=1_000)
_ASKED = 200
_WARM = 5
_AT_ONCE = 200
_FOLLOWERS = ("views", "published")


class _Life:
    """The log of a pool, written as its decision maker would. offered: every ticket that was offered to anybody."""

    def __init__(self, store: Store) -> None:
        self.offered: set[str] = set()
        self._store = store
        self._stream = stream_of("bench")
        self._growth = Growth()
        self._entries: list[Entry[Event]] = []
        self._sequence = 0

    async def write(self, decisions: int) -> None:
        """Lives until so many decisions are in the log."""
        load = PoolLoad(_SIZE, self._take)
        while self._sequence < decisions:
            load.go_on()
            if len(self._entries) >= _AT_ONCE:
                await self._flush(load)
        load.close()
        await self._flush(load)
        for follower in _FOLLOWERS:  # else the service would carry the whole log on while it is asked
            await self._store.log.mark_followed(self._stream, follower, self._sequence)

    def _take(self, at: datetime, events: Sequence[Event]) -> None:
        self._sequence += 1
        self._growth.add(len(events))
        self.offered.update(event.ticket for event in events if isinstance(event, TicketOffered))
        command = str(uuid.uuid4())
        self._entries.append(
            Entry(
                stream=self._stream,
                sequence=self._sequence,
                position=self._sequence,
                at=at,
                outcomes=(Outcome(command=command, result={}),),
                events=tuple((command, event) for event in events),
            )
        )

    async def _flush(self, load: PoolLoad) -> None:
        log = self._store.log
        await log.decisions.insert_many([log._document(entry) for entry in self._entries])  # one by one takes long
        await self._store.views.follow(self._entries)
        self._entries.clear()
        if self._growth.is_due:
            at, growth = self._sequence, self._growth
            stored = await keep(log.snapshots, self._stream, at, at, load.pool, growth.events)
            self._growth = Growth(size=stored.size if stored else 0)


async def fill(mongo: str, namespace: str, decisions: int) -> list[str]:
    """Writes the pool's life, which no service may decide on meanwhile; the tickets that were offered to anybody."""
    async with connect(mongo) as client:
        store = Store(database(client, namespace, "routing"))
        await store.create_indexes()
        await store.views.create_indexes()
        life = _Life(store)
        await life.write(decisions)
        await client.admin.command("fsync")  # what the filling left to be written would slow the first answers
    return sorted(life.offered)


def measure(kafka: str, mongo: str, directory: Path, decisions: int = DECISIONS) -> Row:
    """The table's row, from a routing service of its own."""
    namespace = f"b{uuid.uuid4().hex[:8]}"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        offered = runner.run(fill(mongo, namespace, decisions))
    with running_hub(directory / "explaining", kafka, mongo, namespace, services=[service("routing")]) as hub:
        times, offers = _ask(hub, Random(SEED).sample(offered, _ASKED + _WARM))
    return Row(
        name=f"explain over HTTP, {decisions:,} decisions, {_SIZE.agents:,} agents, p99",
        value=p99(times),
        unit="ms",
        baseline=GOAL,
        ratio=p99(times) / GOAL,
        goal=1.0,
        less_is_better=True,
        note=(
            f"(what it may be; p50 {p50(times):,.1f} ms, longest {1_000 * times[-1]:,.1f} ms; "
            f"{offers / len(times):.2f} offers a ticket; {machine_load()})"
        ),
    )


def _ask(hub: RunningHub, tickets: Sequence[str]) -> tuple[list[float], int]:
    """Seconds of each answer, sorted, and how many offers were explained; the first answers do not count."""
    where, headers = urlsplit(hub.url("routing", "/v1/tickets")), hub.headers("supervisor")
    times: list[float] = []
    offers = 0
    with closing(HTTPConnection(where.hostname or "", where.port, timeout=300)) as connection:
        for turn, ticket in enumerate(tickets):
            began = perf_counter()
            connection.request("GET", f"{where.path}/{ticket}/explain", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            seconds = perf_counter() - began
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(f"The explanation answered {answer.status}: {body[:200]!r}")
            if turn >= _WARM:
                times.append(seconds)
                offers += len(orjson.loads(body)["items"])
    return sorted(times), offers


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hub-explain-") as directory:
        wanted = int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS
        print(measure(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], Path(directory), wanted))
