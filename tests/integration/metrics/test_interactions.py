"""Volumes and satisfaction of a running service, from real events: told twice, late, killed, erased, built anew."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from bson import json_util
from pymongo import AsyncMongoClient

from shared.contracts.interactions import SealedInteraction
from shared.generations import Pointer, views_database
from shared.keyring import keyring_of
from shared.mongo import Document, connect, database
from shared.publishing import Publisher
from shared.topics import INTERACTIONS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.hub_rebuild import hub_rebuild
from tests.integration.metrics.log import publishing
from tests.integration.metrics.reading import item_once
from tests.integration.running_service import RunningService
from tests.oracle import interactions as oracle
from tests.oracle.comparing import assert_same_figures
from tests.spoken_events import interaction, outgoing, some

SPANS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1_800, "1h": 3_600, "24h": 86_400}
QUARTER = timedelta(minutes=15)
GROUPS = ("all", "channel", "queue", "agent")


class Said:
    """What hub.interactions.v1 says, and whether the service tells the same."""

    def __init__(self, everything: list[oracle.Said]) -> None:
        self._everything = everything

    @classmethod
    async def read(cls, servers: Servers, namespace: str) -> "Said":
        return cls(await oracle.read_said(servers.kafka, namespace))

    async def is_told_by(self, client: httpx.AsyncClient) -> bool:
        """Whether the service has caught up with the log."""
        try:
            await self.assert_told_by(client)
        except (AssertionError, httpx.TransportError):
            return False
        return True

    async def assert_told_by(self, client: httpx.AsyncClient) -> None:
        """Every window, grouping and definition equals what the log says at the answer's `as_of`."""
        for window, span in SPANS.items():
            for by in GROUPS:
                for definition in ("mean", "top-two"):
                    answer = await client.get("/v1/kpis", params={"window": window, "by": by, "definition": definition})
                    assert answer.status_code == 200, answer.text
                    told = answer.json()
                    as_of = datetime.fromisoformat(told["as_of"])
                    assert self._keys(by, as_of, span) == {tuple(item["key"].values()) for item in told["items"]}
                    for item in told["items"]:
                        self._compare(item, timedelta(seconds=span), as_of, definition)

    def _compare(self, item: dict[str, Any], span: timedelta, as_of: datetime, definition: str) -> None:
        everything = self._of_dimension(next(iter(item["key"]), "all"))
        expected = oracle.figures(everything, span=span, as_of=as_of, definition=definition, **item["key"])
        assert_same_figures({name: item["kpis"][name] for name in oracle.FIGURES}, expected)

    def _of_dimension(self, by: str) -> list[oracle.Said]:
        return [one for one in self._everything if by in ("all", "channel") or one.score is not None]

    def _keys(self, by: str, as_of: datetime, span: int) -> set[tuple[str, ...]]:
        if by == "all":
            return {()}
        within = [one for one in self._of_dimension(by) if as_of - timedelta(seconds=span) < one.at <= as_of]
        return {(value,) for one in within if (value := getattr(one, by)) is not None}


def moments(random: Random, *, back: timedelta, count: int = 200) -> list[datetime]:
    now = datetime.now(UTC)
    return [now - random.random() * back for _ in range(count)]


async def publish(publisher: Publisher, events: Sequence[SealedInteraction], piece: int = 200) -> None:
    for place in range(0, len(events), piece):
        await publisher.publish(INTERACTIONS, [outgoing(event) for event in events[place : place + piece]])


@pytest.mark.parametrize("seed", [5])
async def test_figures_equal_the_log_after_kills_at_random_moments(
    servers: Servers, namespace: str, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    log = some(random, 6_000, moments(random, back=timedelta(minutes=50)))
    running = RunningService("metrics", servers, namespace, tmp_path)
    await running.begin()
    async with publishing(servers, namespace) as publisher, connect(servers.mongo) as mongo:
        publication = asyncio.create_task(publish(publisher, log, piece=20))
        progress = database(mongo, namespace, "metrics")["progress"]

        async def reached(goal: int) -> bool:
            found = progress.find({"_id": {"$regex": "^interactions"}})
            return sum([int(document["next"]) async for document in found]) >= goal

        for goal in sorted(random.sample(range(len(log) * 9 // 10), 4)):
            await eventually(partial(reached, goal), within=60, what=f"{goal} records counted")
            await running.kill()
            await running.begin()
        await publication
    await running.ready()
    truth = await Said.read(servers, namespace)
    async with running.client("ops") as client:
        await eventually(lambda: truth.is_told_by(client), within=60, what="figures that equal the log")
        await truth.assert_told_by(client)
        complete = (await client.get("/v1/kpis/completeness")).json()
        assert {"interactions.v1", "tickets.v1", "agents.v1"} == {one["topic"] for one in complete["partitions"]}
        counted = [one for one in complete["partitions"] if one["topic"] == INTERACTIONS.name]
        assert (len(counted), sum(one["next"] for one in counted)) == (INTERACTIONS.partitions, len(log))
    await running.stop()


async def test_counts_made_anew_are_the_same_when_events_came_twice_by_two_partitions(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    random = Random(9)
    log = some(random, 1_500, moments(random, back=timedelta(minutes=40)))
    now = datetime.now(UTC)
    twice = [
        interaction(f"twice {number}", now - timedelta(minutes=number * way + 1), conversation=f"{number} {way}")
        for way in (2, 1, 3)
        for number in range(10)
    ]
    metrics = RunningService("metrics", servers, namespace, tmp_path)
    await metrics.start()
    async with publishing(servers, namespace) as publisher, metrics.client("ops") as client:
        for part in (log, twice[:10], twice[10:20], twice[20:]):
            await publish(publisher, part)
            truth = await Said.read(servers, namespace)
            await eventually(partial(truth.is_told_by, client), within=60, what="figures that equal the log")
        code, said = await hub_rebuild(metrics, tmp_path / "data", "metrics")
        assert code == 0, said
        await truth.assert_told_by(client)
    async with connect(servers.mongo) as mongo:
        assert (await Pointer(database(mongo, namespace, "metrics")).read()).current == 2
        views = [views_database(mongo, namespace, "metrics", generation) for generation in (1, 2)]
        for name in ("counted_interactions", "answer_rows"):
            one, other = [{document["_id"] async for document in view[name].find()} for view in views]
            assert one == other
            assert one
        await mongo.drop_database(views[1].name)
    assert await metrics.stop() == 0


async def test_who_is_erased_leaves_figures_as_they_were_and_nothing_else(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    """The events are ingest's own: sealed, with the score in the clear."""
    ingest, metrics = (RunningService(name, servers, namespace, tmp_path) for name in ("ingest", "metrics"))
    await ingest.start()
    await metrics.start()
    async with ingest.client("channel") as channel, metrics.client("ops") as client, connect(servers.mongo) as mongo:
        survey = {"score": 2, "best": 5, "comment": "I am Ann, and Bob was rude"}
        answer = await channel.post("/v1/events", json=[_event("m-1", "hub.message.received.v1", {"text": "I am Ann"})])
        assert answer.status_code == 202, answer.text
        for _ in range(2):
            answer = await channel.post("/v1/events", json=[_event("s-1", "x.survey.answered", survey, queue="sales")])
            assert answer.status_code == 202, answer.text
        await item_once(client, {}, interactions=1, satisfaction=0.4, satisfaction_answers=1)
        await item_once(client, {"queue": "sales"}, interactions=0, satisfaction=0.4)
        kept = await _everything_in(mongo, namespace)
        keyring = keyring_of(mongo, namespace, tmp_path)
        ann = (await keyring.hasher()).identity("email:ann@x.example")
        assert '"score": 2.0' in kept
        for word in ("Ann", "ann@", "rude", ann):
            assert word not in kept
        await keyring.erase([ann], datetime.now(UTC))
        code, said = await hub_rebuild(metrics, tmp_path / "data", "metrics")
        assert code == 0, said
        await item_once(client, {}, interactions=1, satisfaction=0.4, satisfaction_answers=1)
        await mongo.drop_database(views_database(mongo, namespace, "metrics", 2).name)
    assert [await ingest.stop(), await metrics.stop()] == [0, 0]


async def _everything_in(mongo: AsyncMongoClient[Document], namespace: str) -> str:
    own = database(mongo, namespace, "metrics")
    names = await own.list_collection_names()
    return "".join([json_util.dumps(document) for name in names async for document in own[name].find()])


def _event(own_id: str, kind: str, content: dict[str, Any], **about: str) -> dict[str, Any]:
    facts = {"channel": "email", "direction": "inbound", "conversation": "c-1", "identity": "email:ann@x.example"}
    message = {"message": own_id} if "message" in kind else {}
    data = {**facts, **message, **about, "content": content}
    return {"specversion": "1.0", "id": own_id, "source": "/plugins/test", "type": kind, "data": data}


async def test_what_is_behind_satisfaction_is_listed_and_interactions_are_counted_only(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    log = some(Random(2), 300, [now - timedelta(minutes=5), now - timedelta(minutes=1)])
    metrics = RunningService("metrics", servers, namespace, tmp_path)
    await metrics.start()
    async with publishing(servers, namespace) as publisher, metrics.client("ops") as client:
        await publish(publisher, log)
        truth = await Said.read(servers, namespace)
        await eventually(lambda: truth.is_told_by(client), within=60, what="figures that equal the log")
        times = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
        for by, of in (("all", None), ("agent", "bob"), ("queue", "sales"), ("channel", "web")):
            key = {"by": by, **({"of": of} if of else {})}
            query = {**times, **key, "kpi": "satisfaction"}
            page = (await client.get("/v1/kpis/contacts", params=query)).json()
            items = (await client.get("/v1/kpis", params={"window": "1h", "by": by})).json()["items"]
            (told,) = [item["kpis"] for item in items if item["key"] == ({by: of} if of else {})]
            answers = page["items"]
            assert {one["row"] for one in answers} == {"answer"}
            assert sum(one["parts"]["satisfaction_answers"] for one in answers) == told["satisfaction_answers"]
            mean = sum(one["parts"]["rated"] for one in answers) / len(answers)
            assert mean == pytest.approx(told["satisfaction"], abs=1e-5)
        refused = await client.get("/v1/kpis/contacts", params={**times, "kpi": "interactions_inbound"})
        assert refused.status_code == 422
        assert "timeline" in refused.json()["detail"]
    assert await metrics.stop() == 0


async def test_what_comes_late_restates_the_quarter_of_an_hour_it_belongs_to(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    begin = datetime(2026, 5, 5, 9, tzinfo=UTC)
    log = some(Random(3), 400, [begin + timedelta(seconds=37 * number) for number in range(100)])
    late = interaction("late", begin + timedelta(minutes=3))
    again = interaction("late", begin + timedelta(minutes=18))
    metrics = RunningService("metrics", servers, namespace, tmp_path)
    await metrics.start()
    hours = {"from": begin.isoformat(), "to": (begin + timedelta(hours=2)).isoformat()}
    async with publishing(servers, namespace) as publisher, metrics.client("ops") as client:

        async def told() -> bool:
            truth = await oracle.read_said(servers.kafka, namespace)
            answer = (await client.get("/v1/kpis/history", params={**hours, "interval": "15m"})).json()
            for item in answer["items"]:
                expected = oracle.figures(truth, span=QUARTER, as_of=datetime.fromisoformat(item["to"]))
                try:
                    assert_same_figures({name: item["kpis"][name] for name in oracle.FIGURES}, expected)
                except AssertionError:
                    return False
            return len(answer["items"]) == 8

        await publish(publisher, log)
        await eventually(told, within=60, what="the past being summed")
        for event in (again, late):
            await publish(publisher, [event])
            await eventually(told, within=60, what="what came late being told")
        restated = (await client.get("/v1/kpis/history/restatements", params=hours)).json()["items"]
        changes = [
            (one["from"], one["after"]["interactions_inbound"] - one["before"]["interactions_inbound"])
            for one in restated
            if one["causes"] == [late.id]
        ]
        assert sorted(changes) == [
            ("2026-05-05T09:00:00Z", 1),
            ("2026-05-05T09:15:00Z", -1),
            ("2026-05-05T09:15:00Z", 1),
        ]
    assert await metrics.stop() == 0
