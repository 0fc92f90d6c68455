"""GET /v1/tickets/{id}/explain, read off the decision log on real servers."""

import orjson
import pytest

from services.routing.application import PoolDecider
from services.routing.commands import stream_of
from services.routing.domain.state import Pool
from services.routing.kept import KeptPool
from services.routing.store import Store
from shared.mongo import connect, database
from shared.snapshot_files import lines_of
from shared.snapshots import Snapshots
from tests.integration.routing.centre import Centre
from tests.snapshots_kept import keep

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_each_offer_says_who_was_asked_and_why_nobody_else(centre: Centre) -> None:
    await centre.sign_in(centre.ann, centre.bob)
    await centre.customers.send(centre.customers.message("m1", channel="chat"))
    (ticket,) = await centre.wait_for(1, state="offered", agent=centre.ann)
    await centre.act(ticket["id"], "decline", centre.ann)
    before = (await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")).json()
    await centre.act(ticket["id"], "accept", centre.bob)
    await centre.act(ticket["id"], "resolve", centre.bob)

    answer = await centre.client.get(f"/v1/tickets/{ticket['id']}/explain")

    assert answer.status_code == 200, answer.text
    assert answer.json() == before, "what comes later changes no explanation"
    first, second = (item["offer"] for item in answer.json()["items"])
    assert [(one["agent"], one["why"]) for one in first["candidates"]] == [
        (centre.ann, "chosen"),
        (centre.bob, "later"),
    ]
    assert [(one["agent"], one["why"]) for one in second["candidates"]] == [
        (centre.bob, "chosen"),
        (centre.ann, "asked"),
    ]
    assert (first["queue"], first["by"], first["passed"]) == (centre.rest, "named", [])
    assert first["configuration"] >= 5


async def test_a_ticket_that_nobody_was_offered_has_no_explanation_yet_and_an_unknown_one_is_not_found(
    centre: Centre,
) -> None:
    await centre.customers.send(centre.customers.call("c1"))
    (waiting,) = await centre.wait_for(1, state="waiting")
    assert (await centre.client.get(f"/v1/tickets/{waiting['id']}/explain")).json()["items"] == []
    assert (await centre.client.get("/v1/tickets/nothing/explain")).status_code == 404


async def test_how_things_stood_is_folded_from_the_snapshot_kept_before_it(centre: Centre) -> None:
    await centre.sign_in(centre.ann)
    for number in range(4):
        await centre.customers.send(centre.customers.message(f"m{number}", channel="chat"))
    await centre.wait_for(3, state="offered")
    routing, decider, stream = centre.routing, PoolDecider(), stream_of(centre.pool)
    keeper = KeptPool()
    async with connect(routing.servers.mongo) as client:
        own = database(client, routing.namespace, "explained")  # a copy, because some of it is deleted here
        log_of_centre = database(client, routing.namespace, "routing")["decisions"].find({"_id.stream": stream})
        await own["decisions"].insert_many(await log_of_centre.to_list())
        log = Store(own).log
        log.snapshots = Snapshots(own, keeper, kept_every=3)
        folded = decider.initial(stream)
        states: dict[int, Pool] = {}
        async for entry in log.read(stream, 0):
            for _, event in entry.events:
                folded = decider.evolve(folded, event)
            kept_rows = (row for line in lines_of(keeper.rows(folded)) for row in orjson.loads(line))
            states[entry.sequence] = keeper.state(kept_rows)
            await keep(log.snapshots, stream, entry.sequence, entry.position, folded, len(entry.events))
        newest = max(states)
        kept = await log.snapshots.load(stream, until=newest - 1)
        assert kept is not None
        assert newest - 6 <= kept.sequence < newest
        assert kept.state == states[kept.sequence]
        await own["decisions"].delete_many({"_id.stream": stream, "_id.sequence": {"$lte": kept.sequence}})
        for sequence in range(kept.sequence + 1, newest + 1):
            assert await log.before(stream, sequence, decider) == states[sequence - 1]
        nearer = await log.before(stream, newest, decider, known=(0, decider.initial(stream)))
        assert nearer == states[newest - 1], "a kept snapshot is taken where it is nearer than what is known"
        await own["snapshots.kept"].delete_many({})
        known = kept.sequence, kept.state
        for sequence in range(kept.sequence + 1, newest + 1):
            known = sequence - 1, await log.before(stream, sequence, decider, known)
            assert known[1] == states[sequence - 1], "folded on from what is known: the log before that is gone"
