"""Supervisors see every queue and agent: now, and as it changes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import orjson
import pytest

from services.routing.domain.evolve import evolve
from services.routing.domain.state import Pool
from services.routing.live_pools import LivePools
from services.routing.store import Store
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.live_streams import opened
from tests.integration.routing.centre import Centre, Json
from tests.integration.routing.live import Stream
from tests.integration.routing.test_feed import Heard, append, decision, feeding
from tests.snapshots_kept import keep
from tests.unit.routing.scenario import agent, configured, offered, signed_in, status
from tests.unit.routing.scenario import opened as opened_ticket

pytestmark = pytest.mark.asyncio(loop_scope="package")

LOG = [
    decision(1, configured(), agent("ann"), signed_in("ann")),
    decision(2, status("ann", "available", 1)),
    decision(3, *opened_ticket("t1", 2), offered("t1", "ann", 2)),
    decision(4, status("ann", "break", 3)),
]


@asynccontextmanager
async def watching(centre: Centre, last_id: str | None = None) -> AsyncIterator[Stream]:
    async with opened(centre.client, f"/v1/pools/{centre.pool}/stream", last_id) as response:
        yield Stream(response)


@asynccontextmanager
async def viewing(servers: Servers, centre: Centre) -> AsyncIterator[tuple[Store, LivePools, Heard]]:
    """A decision log, the live view of it, and who tells of its decisions."""
    async with feeding(servers, centre) as (store, heard):
        live = LivePools(store, heard)
        yield store, live, heard
        await live.stop()


def row(told: Json, part: str, name: str) -> Json:
    [found] = [one for one in told[part] if one["id"] == name]
    return dict(found)


async def now(centre: Centre) -> Json:
    answer = await centre.client.get(f"/v1/pools/{centre.pool}/live")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_live_view_shows_what_was_decided_before_it_was_asked_for(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    await centre.customers.send(centre.customers.message("m1", channel="chat"))
    (ticket,) = await centre.wait_for(1, state="offered")
    await centre.act(ticket["id"], "accept", centre.ann)

    told = await now(centre)

    assert told["pool"] == centre.pool
    queue, ann = row(told, "queues", centre.rest), row(told, "agents", centre.ann)
    assert (queue["waiting"], queue["active"], queue["waits_since"]) == (0, 1, None)
    assert queue["agents"] == {"available": 1, "busy": 0, "away": 0}
    assert (ann["status"], [one["id"] for one in ann["tickets"]]) == ("available", [ticket["id"]])
    assert (ann["tickets"][0]["channel"], ann["tickets"][0]["state"]) == ("chat", "active")


async def test_a_stream_begins_with_everything_and_goes_on_with_what_changed(centre: Centre) -> None:
    async with watching(centre) as stream:
        _, snapshot = await stream.next("snapshot")
        assert row(snapshot, "agents", centre.ann)["status"] == "offline"
        await centre.sign_in(centre.ann)
        _, changes = await stream.next("changes")
    assert row(changes, "agents", centre.ann)["status"] == "available"
    assert [one["id"] for one in changes["agents"]] == [centre.ann], "nothing else has changed"
    assert {one["id"] for one in changes["queues"]} == {centre.calls, centre.rest}


async def test_who_comes_back_gets_only_what_changed_meanwhile(centre: Centre) -> None:
    async with watching(centre) as stream:
        last, _ = await stream.next("snapshot")
    await centre.sign_in(centre.ann)
    async with watching(centre, last) as stream:
        _, changes = await stream.next("changes")
    assert [one["id"] for one in changes["agents"]] == [centre.ann]


@pytest.mark.parametrize("last_id", ["0", "999999", "yesterday", "-1"])
async def test_an_id_that_is_not_known_brings_everything(centre: Centre, last_id: str) -> None:
    async with watching(centre, last_id) as stream:
        _, snapshot = await stream.next("snapshot")
    assert {one["id"] for one in snapshot["agents"]} == {centre.ann, centre.bob}


async def test_only_supervisors_see_the_whole_pool(centre: Centre) -> None:
    async with centre.as_("agent", centre.ann) as ann:
        for path in ("live", "stream"):
            answer = await ann.get(f"/v1/pools/{centre.pool}/{path}")
            assert answer.status_code == 403, answer.text


async def test_a_pool_that_nobody_made_is_not_found(centre: Centre) -> None:
    for path in ("live", "stream"):
        answer = await centre.client.get(f"/v1/pools/nowhere/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "nowhere" in answer.json()["detail"]


async def test_decisions_that_were_not_heard_are_read_from_the_log(servers: Servers, centre: Centre) -> None:
    async with viewing(servers, centre) as (store, live, heard):
        await append(store, LOG[:1])
        async with aclosing(live.follow("feed", None)) as stream:
            assert (await anext(stream)).event == "snapshot"
            await append(store, LOG[1:])
            stored = [document async for document in store.log.documents("routing/feed", 0)]
            heard.tell(stored[3])
            changes = await anext(stream)
            assert (changes.event, changes.id) == ("changes", "4")


async def test_what_is_decided_while_a_client_still_reads_comes_next(servers: Servers, centre: Centre) -> None:
    async with viewing(servers, centre) as (store, live, _):
        await append(store, LOG[:1])
        async with aclosing(live.follow("feed", None)) as stream:
            assert (await anext(stream)).id == "1"
            await append(store, LOG[1:])
            assert (await live.now("feed")).sequence == 4
            assert (await anext(stream)).id == "4"


async def test_a_decision_that_nobody_told_of_shows_all_the_same(
    servers: Servers, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.routing.live._LOOK_ANYWAY", 0.05)
    async with viewing(servers, centre) as (store, live, _):
        await append(store, LOG[:1])
        async with aclosing(live.follow("feed", None)) as stream:
            await anext(stream)
            await append(store, LOG[1:2])
            assert (await anext(stream)).id == "2"


async def test_it_begins_at_the_newest_snapshot_and_tells_only_what_came_after_it(
    servers: Servers, centre: Centre
) -> None:
    async with viewing(servers, centre) as (store, live, heard):
        pool = Pool(id="feed")
        for _, event in (pair for entry in LOG[:3] for pair in entry.events):
            evolve(pool, event)
        await keep(store.log.snapshots, "routing/feed", 3, 3, pool)
        async with aclosing(live.follow("feed", None)) as stream:
            first = await anext(stream)
            told = orjson.loads(orjson.dumps(first.data))
            assert (first.id, row(told, "queues", "sales")["offered"]) == ("3", 1)
            assert [one["id"] for one in row(told, "agents", "ann")["tickets"]] == ["t1"]
            await append(store, [decision(4, agent("bob", queues=["mail"]))])
            async for document in store.log.documents("routing/feed", 3):
                heard.tell(document)
            changes = orjson.loads(orjson.dumps((await anext(stream)).data))
            assert ([one["id"] for one in changes["agents"]], changes["queues"]) == (["bob"], [])


async def test_what_nobody_watches_is_let_go_and_begins_anew(
    servers: Servers, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.routing.live._KEPT", 0.0)
    monkeypatch.setattr("services.routing.live._LOOK_ANYWAY", 0.05)
    async with viewing(servers, centre) as (store, live, _):
        await append(store, LOG[:1])
        async with aclosing(live.follow("feed", None)) as stream:
            await anext(stream)
        await eventually(lambda: gone("live/feed"), what="nothing is followed")
        await append(store, LOG[1:])
        assert (await live.now("feed")).sequence == 4


async def gone(task: str) -> bool:
    return task not in {one.get_name() for one in asyncio.all_tasks()}


async def test_all_who_watch_get_the_same_bytes_and_changes_come_together(servers: Servers, centre: Centre) -> None:
    async with viewing(servers, centre) as (store, live, heard):
        await append(store, LOG[:1])
        streams = [live.follow("feed", None) for _ in range(200)]
        assert [(await anext(stream)).event for stream in streams] == ["snapshot"] * 200
        coming = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await append(store, LOG[1:])
        async for document in store.log.documents("routing/feed", 1):
            heard.tell(document)
        told = await asyncio.gather(*coming)
        assert {event.id for event in told} == {"4"}, "three decisions, one message"
        assert len({orjson.dumps(event.data) for event in told}) == 1
        assert (await live.now("feed")).sequence == 4
        for stream in streams:
            await stream.aclose()
