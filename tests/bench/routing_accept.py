"""From an accept command to its event in hub.tickets.v1, at 50 commands a second, beside the least that it could take.

    python -m tests.bench.routing_accept        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

1,000 agents have some e-mails on offer each, and accept them one after the other. The time runs from handing the
command's record to the producer until a plain consumer of hub.tickets.v1 has ticket.accepted. The least is a produce,
an insert with majority and a produce, one after the other, until a plain consumer of the last topic has its record;
nobody consumes, decides or folds anything in between. A third way is the same as an agent does it: POST /accept, also
until the event. They take turns, so whatever slows one of them slows the others too.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter

import httpx
import uvloop
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo.asynchronous.collection import AsyncCollection

from deploy.local.services import service
from services.routing.domain.commands import AcceptTicket, OpenTicket, SetStatus
from shared.mongo import Document, connect
from shared.topics import ROUTING_COMMANDS
from tests.bench.reads import p50, p99
from tests.bench.routing_load import SEED, Size
from tests.bench.routing_pool import RunningPool, Watch
from tests.bench.rows import Row, machine_load
from tests.e2e.running_hub import RunningHub, running_hub
from tests.eventually import eventually

_SIZE = Size(agents=1_000, queues=100, waiting=0)
_RATE = 50
_WARM = 50
_PARTITIONS = ROUTING_COMMANDS.partitions
GOAL = 2.0

Send = Callable[[int], Awaitable[None]]
"""Has the thing of that number done."""


async def measure(hub: RunningHub, seconds: int = 10, rounds: int = 3) -> list[Row]:
    """The table's rows, in milliseconds. seconds: of each way in each round. The hub needs routing only."""
    times: dict[str, list[float]] = {"bare": [], "record": [], "http": []}
    each = seconds * _RATE + _WARM
    async with RunningPool.found(hub, _SIZE) as pool, _Bare.on(pool) as bare:
        offers = iter(await _offers(pool, 2 * rounds * each))
        async with httpx.AsyncClient(timeout=60, headers=hub.headers("supervisor")) as http:
            for _ in range(rounds):
                times["bare"] += await bare.run(each)
                times["record"] += await _by_record(pool, [next(offers) for _ in range(each)])
                times["http"] += await _by_http(pool, http, [next(offers) for _ in range(each)])
    taken = {way: sorted(seconds) for way, seconds in times.items()}
    return [
        _row("accept command → hub.tickets.v1", name, at(taken["record"]), at(taken["bare"]), GOAL)
        for name, at in (("p50", p50), ("p99", p99))
    ] + [
        _row("accept over HTTP → hub.tickets.v1", name, at(taken["http"]), at(taken["bare"]), None)
        for name, at in (("p50", p50), ("p99", p99))
    ]


def _row(what: str, name: str, own: float, base: float, goal: float | None) -> Row:
    return Row(
        name=f"{what}, {_RATE}/s, {name}",
        value=own,
        unit="ms",
        baseline=base,
        ratio=own / base,
        goal=goal,
        less_is_better=True,
        note=f"(produce, one majority insert, produce; {_SIZE}; {machine_load()})",
    )


async def _offers(pool: RunningPool, count: int) -> Sequence[AcceptTicket]:
    """So many e-mails on offer, and who was asked; the answers to them."""
    chance = Random(SEED)
    await pool.ask(*(SetStatus(agent=f"a{number}", status="available") for number in range(_SIZE.agents)))
    now = datetime.now(UTC)
    await pool.ask(
        *(
            OpenTicket(
                ticket=f"t{number}",
                conversation=str(uuid.uuid4()),
                channel="email",
                identity="0" * 32,
                queue=f"q{chance.randrange(_SIZE.queues)}",
                happened=now,
            )
            for number in range(count)
        )
    )
    offered = [seen.data for seen in await pool.tickets.until(count, "ticket.offered")]
    return [AcceptTicket(ticket=offer["ticket"], agent=offer["agent"]) for offer in offered]


async def _by_record(pool: RunningPool, answers: Sequence[AcceptTicket]) -> list[float]:
    async def send(turn: int) -> None:
        await pool.ask(answers[turn])

    return await _timed(send, [answer.ticket for answer in answers], pool.tickets)


async def _by_http(pool: RunningPool, http: httpx.AsyncClient, answers: Sequence[AcceptTicket]) -> list[float]:
    async def send(turn: int) -> None:
        answer = answers[turn]
        url = pool.hub.url("routing", f"/v1/tickets/{answer.ticket}/accept")
        (await http.post(url, json={"agent": answer.agent})).raise_for_status()

    return await _timed(send, [answer.ticket for answer in answers], pool.tickets)


async def _timed(send: Send, keys: Sequence[str], watch: Watch) -> list[float]:
    """Sends at the rate; how long each one took until its record was seen, without the first ones."""
    sent: dict[str, float] = {}
    before = len(watch.seen)
    under_way: set[asyncio.Task[None]] = set()
    began = perf_counter()
    for turn, key in enumerate(keys):
        await asyncio.sleep(max(0.0, began + turn / _RATE - perf_counter()))
        sent[key] = perf_counter()
        under_way.add(asyncio.ensure_future(send(turn)))
    await asyncio.gather(*under_way)

    async def all_seen() -> bool:
        return sum(1 for seen in watch.seen[before:] if seen.key in sent) >= len(sent)

    await eventually(all_seen, within=60, what="every record being seen")
    seen = {one.key: one.moment for one in watch.seen[before:]}
    return [seen[key] - sent[key] for key in keys[_WARM:]]


class _Bare:
    """Produce, majority insert, produce; records and documents as large as the hub's own."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, out: Watch, kept: AsyncCollection[Document]) -> None:
        self._producer = producer
        self._topic = topic
        self._out = out
        self._kept = kept

    @classmethod
    @asynccontextmanager
    async def on(cls, pool: RunningPool) -> AsyncIterator["_Bare"]:
        """Topics and a database for it, until the end of the block."""
        settings, topic = pool.hub.settings, f"bare-{uuid.uuid4().hex[:8]}"
        admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, _PARTITIONS, 1) for name in (topic, f"{topic}-out")])
            async with (
                connect(settings.mongo) as client,
                Watch.on(settings.bootstrap, f"{topic}-out", _PARTITIONS) as out,
            ):
                yield cls(pool.producer, topic, out, client[topic]["decisions"])
                await client.drop_database(topic)
            await admin.delete_topics([topic, f"{topic}-out"])
        finally:
            await admin.close()

    async def run(self, count: int) -> list[float]:
        """Seconds of each one."""
        keys = [str(uuid.uuid4()) for _ in range(count)]

        async def send(turn: int) -> None:
            key = keys[turn]
            await self._producer.send_and_wait(self._topic, _COMMAND, key=key.encode())
            await self._kept.insert_one({"_id": {"stream": "bare", "sequence": key}, **_DECISION})
            await self._producer.send_and_wait(f"{self._topic}-out", _EVENT, key=key.encode())

        return await _timed(send, keys, self._out)


_COMMAND = b"x" * 230
_EVENT = b"x" * 620
_DECISION = {"position": 1, "outcomes": [{"command": "x" * 36}], "events": [{"cause": "x" * 36, "event": "x" * 130}]}
"""As large as the hub's own are."""


def measure_all(kafka: str, mongo: str, directory: Path) -> list[Row]:
    """The table's rows, in a hub of their own."""
    place = directory / "accepting", kafka, mongo, f"b{uuid.uuid4().hex[:8]}"
    with (
        running_hub(*place, services=[service("routing")]) as hub,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(measure(hub))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hub-accept-") as directory:
        for row in measure_all(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"], Path(directory)):
            print(row)
