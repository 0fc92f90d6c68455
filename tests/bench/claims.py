"""Claims decided a second: in the pure core, and end to end beside a bare loop over the same topic.

    python -m tests.bench.claims        with HUB_TEST_KAFKA and HUB_TEST_MONGO naming running servers

The claims are those of generated people (tests/people), with sides, clashes, shared numbers and wrong ones. End to end
is from Kafka until every decision is in the log, in the view of customers, and published; the bare loop is getmany →
orjson → one majority insert a poll, which is the least that making them durable could cost.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from statistics import median
from time import perf_counter
from typing import cast

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream.kafka import KafkaBroker

from services.profile.asking import Asking, commands
from services.profile.decisions import IdentityDecisions, decision_log, maker_of, view_followers
from services.profile.domain.commands import LinkIdentities
from services.profile.domain.linking import STREAM, Linking
from services.profile.domain.rules import Classifier, Rules
from services.profile.matching import Matching
from services.profile.store import Store
from services.profile.stream import on_commands
from shared.auth import now_utc
from shared.consuming import Consumption
from shared.contracts.customers import Side, Standing
from shared.contracts.envelope import event_id
from shared.dead_letters import DeadLetters
from shared.following import Follower
from shared.keyring import Keyring
from shared.mongo import connect, database
from shared.publishing import Outgoing, Publisher
from shared.sealing import Hasher
from shared.topics import CUSTOMER_COMMANDS, CUSTOMERS, DEAD_LETTERS
from tests.bench.rows import Row, machine_load
from tests.eventually import eventually
from tests.oracle import people as oracle
from tests.people.contacts import heard

CLAIMS = 10_000
_WAITING = 100
"""So many claims wait at a time in the pure core."""
_MASTER = bytes(32)
_RULES = Rules()


def generated(count: int) -> list[LinkIdentities]:
    """The claims of generated people as the projection asks for them, in the order of their times."""
    hasher = Hasher(_MASTER)
    return [_command(hasher, claim) for claim in heard(3, count).claims[:count]]


def _command(hasher: Hasher, claim: oracle.Claim) -> LinkIdentities:
    return LinkIdentities(
        id=event_id("/bench", claim.id),
        at=claim.at,
        first=hasher.identity(claim.first.identity),
        second=hasher.identity(claim.second.identity),
        evidence=claim.evidence,
        cause=event_id("/bench/causes", claim.id),
        of=_side(claim.first),
        of_second=_side(claim.second),
        sure=claim.evidence in _RULES.sure,
    )


def _side(side: oracle.Side) -> Side:
    return Side(kind=side.kind, standing=cast("Standing", side.standing))


def core_rate(claims: Sequence[LinkIdentities]) -> float:
    """Claims a second, decided as they would wait in a hub that is busy, and folded."""
    linking = Linking(_RULES.limits)
    state = linking.initial(STREAM)
    began = perf_counter()
    done = 0
    while done < len(claims):
        decisions = linking.decide_some(state, claims[done : done + _WAITING])
        done += len(decisions)
        for decision in decisions:
            for event in decision.events:
                state = linking.evolve(state, event)
    return len(claims) / (perf_counter() - began)


async def hub_rate(kafka: str, mongo: str, namespace: str, claims: int) -> float:
    """From the first claim that is taken until all are decided, in the views and published."""
    async with connect(mongo) as client:
        store = Store(database(client, namespace, "profile"))
        await store.create_indexes()
        log = decision_log(store.database)
        await log.create_indexes()
        keyring = Keyring(database(client, namespace, "keys")["keys"], lambda: [_MASTER])
        async with _publisher(kafka, namespace) as publisher:
            maker = maker_of(log, publisher, _RULES.limits, now_utc)
            views = view_followers(store, keyring, Asking(publisher), Matching(store, Classifier(_RULES)))
            for name, follow in views.items():
                maker.add(Follower(name=name, follow=follow))
            decisions = IdentityDecisions(maker, now_utc)
            consumption = Consumption(on_commands(namespace, decisions), DeadLetters(publisher, keyring))
            broker = KafkaBroker(kafka, allow_auto_create_topics=False, apply_types=False, logger=None)
            consumption.subscribe(broker)

            async def begun() -> bool:
                return maker.sequence > 0

            async def followed() -> bool:
                marks = [mark["sequence"] async for mark in store.database["followed"].find()]
                return await _shown(store) == claims and set(marks) == {maker.sequence}

            await broker.start()
            await eventually(begun, within=60, what="the first decision")
            began, before = perf_counter(), len(maker.state.claims)
            await eventually(followed, within=300, what="every decision being followed")
            seconds = perf_counter() - began
            await consumption.stop()
            await broker.stop()
            await decisions.stop()
        await client.drop_database(store.database.name)
    return (claims - before) / seconds


async def _shown(store: Store) -> int:
    return await store.claims.count_documents({})


async def bare_rate(kafka: str, mongo: str, namespace: str, claims: int) -> float:
    """getmany → orjson → one majority insert a poll, from the end of the first poll on."""
    topic = CUSTOMER_COMMANDS.within(namespace)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka, group_id=f"bare-{uuid.uuid4().hex}", auto_offset_reset="earliest"
    )
    taken = before = 0
    began = perf_counter()
    async with connect(mongo) as client, consumer:
        store = database(client, namespace, "bare")
        while taken < claims:
            polled = await consumer.getmany(timeout_ms=100, max_records=1_000)
            said = [orjson.loads(record.value) for records in polled.values() for record in records]
            if said:
                await store["decisions"].insert_one({"claims": said})
                taken += len(said)
            if said and not before:
                began, before = perf_counter(), taken
        seconds = perf_counter() - began
        await client.drop_database(store.name)
    return (claims - before) / seconds


@asynccontextmanager
async def _publisher(kafka: str, namespace: str) -> AsyncIterator[Publisher]:
    publisher = Publisher(kafka, namespace)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()


@asynccontextmanager
async def _topics(kafka: str, namespace: str, claims: Sequence[LinkIdentities]) -> AsyncIterator[None]:
    """The topics of these decisions, with the claims in theirs."""
    topics = (CUSTOMER_COMMANDS, CUSTOMERS, DEAD_LETTERS)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.within(namespace), topic.partitions, 1) for topic in topics])
        async with _publisher(kafka, namespace) as publisher:
            records = [Outgoing(STREAM, commands.encode(claim)) for claim in claims]
            await publisher.publish(CUSTOMER_COMMANDS, records)
        yield
        await admin.delete_topics([topic.within(namespace) for topic in topics])
    finally:
        await admin.close()


async def measure(kafka: str, mongo: str, count: int = CLAIMS, rounds: int = 3) -> list[Row]:
    """The table's rows."""
    claims = generated(count)
    shuffled = list(claims)
    Random(4).shuffle(shuffled)
    rates: dict[str, list[float]] = {"in order": [], "shuffled": [], "hub": [], "bare": []}
    for _ in range(rounds):
        rates["in order"].append(core_rate(claims))
        rates["shuffled"].append(core_rate(shuffled))
        namespace = f"b{uuid.uuid4().hex[:8]}"
        async with _topics(kafka, namespace, shuffled):
            rates["hub"].append(await hub_rate(kafka, mongo, namespace, len(claims)))
            rates["bare"].append(await bare_rate(kafka, mongo, namespace, len(claims)))
    taken = f"{len(claims):,} claims, median of {rounds}; {machine_load()}"
    order = f"(the same claims in the order of their times; {taken})"
    loop = f"(a bare loop of getmany → one majority insert a poll, deciding nothing; {taken})"
    return [
        _row("claims decided in the pure core, shuffled", rates["shuffled"], rates["in order"], order),
        _row("claims → customers, end to end, shuffled", rates["hub"], rates["bare"], loop),
    ]


def _row(name: str, own: list[float], base: list[float], note: str) -> Row:
    value, baseline = median(own), median(base)
    return Row(name=name, value=value, unit="claims/s", baseline=baseline, ratio=value / baseline, goal=None, note=note)


async def _main() -> None:
    for row in await measure(os.environ["HUB_TEST_KAFKA"], os.environ["HUB_TEST_MONGO"]):
        print(row)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())
