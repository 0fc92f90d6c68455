"""Two routing processes at work on the same pools while one or the other is killed: nothing is lost, nothing doubled.

The seed is printed; HUB_TEST_SEED repeats a run. HUB_TEST_KILLS=100 lets it rage for longer.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random, SystemRandom

import pytest

from shared.keyring import keyring_of
from shared.mongo import connect
from shared.publishing import Publisher
from tests.conftest import Servers, fresh_namespace
from tests.eventually import eventually
from tests.integration.routing.centre import Centre, Json
from tests.integration.routing.customers import Customers
from tests.integration.routing.log import is_published
from tests.integration.routing.storm import Storm
from tests.integration.routing.storm_aftermath import (
    both_answer_the_same,
    every_contact_has_a_ticket,
    every_pool_is_right,
    is_decided,
    views_are_right,
)
from tests.integration.running_service import RunningService

pytestmark = pytest.mark.asyncio(loop_scope="package")

POOLS, WORKERS = 2, 8
KILLS = int(os.environ.get("HUB_TEST_KILLS", "4"))
ENOUGH = 10 + 12 * KILLS
"""So many requests are decided at least."""


@pytest.mark.timeout(300 + 30 * KILLS)
async def test_whichever_process_is_killed_every_contact_has_one_owner_and_is_decided_once(
    servers: Servers, tmp_path: Path
) -> None:
    seed = int(os.environ.get("HUB_TEST_SEED") or SystemRandom().randrange(1_000_000))
    print(f"HUB_TEST_SEED={seed}")  # noqa: T201 (shown with a failure, so that it can be repeated)
    async with AsyncExitStack() as ending:
        namespace = await ending.enter_async_context(fresh_namespace(servers))
        processes = [RunningService("routing", servers, namespace, tmp_path) for _ in range(2)]
        for process in processes:
            ending.push_async_callback(process.kill)
            await process.start()
        publisher = Publisher(servers.kafka, namespace)
        await publisher.start()
        ending.push_async_callback(publisher.stop)
        centres = [
            await ending.enter_async_context(Centre.found(processes[0], Customers(publisher))) for _ in range(POOLS)
        ]
        await configure(centres)

        client = await ending.enter_async_context(connect(servers.mongo))
        storm = Storm(processes, centres, keyring_of(client, namespace, tmp_path), ENOUGH)
        ending.push_async_callback(storm.close)
        await through_kills(storm, processes, Random(seed))
        await storm.calm()

        await eventually(lambda: is_decided(servers, namespace), within=60, what="every command being decided")
        await eventually(lambda: is_published(servers, namespace), within=60, what="every decision being published")
        await every_pool_is_right(servers, namespace)
        await every_contact_has_a_ticket(servers, namespace, storm.sent)
        await eventually(
            lambda: views_are_right(servers, namespace), within=60, what="the views showing every decision"
        )
        await both_answer_the_same(processes, centres)


async def configure(centres: list[Centre]) -> None:
    """Short times, so that much happens in between: overflow to queues, voicemail and the other pool, limits, targets,
    complaints that are overdue, offers that expire.
    """
    last = centres[-1]
    for centre in centres:
        voicemail = {"to": centre.rest, "after_s": 5, "voicemail": True}
        away: Json = {"to": last.rest, "pool": last.pool, "after_s": 4}
        calls: Json = {"overflow": [{"to": centre.rest, "over": 4}, voicemail], "prefer_wait_s": 2}
        rest: Json = {"overflow": [away], "wrapup_codes": ["done"]}
        if centre is last:
            calls, rest = {"overflow": [voicemail]}, {"overflow": [{"to": centre.calls, "after_s": 4}]}
        async with centre.as_("admin", "root") as admin:
            bodies = {f"queues/{centre.calls}": _lively(centre, calls), f"queues/{centre.rest}": _lively(centre, rest)}
            for agent in (centre.ann, centre.bob):
                body = {"pool": centre.pool, "name": agent, "skills": ["sales"], "team": centre.pool}
                bodies[f"agents/{agent}"] = body
            for path, body in bodies.items():
                answer = await admin.put(f"/v1/{path}", json=body)
                assert answer.status_code == 200, answer.text


def _lively(centre: Centre, more: Json) -> Json:
    return {
        "pool": centre.pool,
        "name": "Lively",
        "offer_timeout_s": 2,
        "wrapup_s": 3,
        "reopen_s": 5,
        "escalate_to": centre.calls,
        "return_wait_s": 2,
        "prefer": ["last_agent"],
        "targets": {"first_response_s": 3, "next_response_s": 3, "resolution_s": 8, "warn_percent": 50},
        "escalate_on": [{"target": "resolution", "at": "breached"}],
        "complaints": {
            "acknowledge_s": 2,
            "answer_s": 4,
            "object_s": 3,
            "causes": ["delivery"],
            "remedies": ["refund"],
        },
        "tell_wait": {"text": "You are number {position}.", "after_s": 5, "every_s": 30, "at_most": 1},
        **more,
    }


async def through_kills(storm: Storm, processes: list[RunningService], chance: Random) -> None:
    """The storm, and kills meanwhile; it goes on after the last of them until enough was done."""
    calm = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(WORKERS):
            tasks.create_task(storm.rage(Random(chance.random()), calm))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(1.0, 4.0))
            victim = chance.choice(processes)
            await victim.kill()
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            await victim.begin()
        for process in processes:
            await process.ready()
        await eventually(storm.did_enough, within=120, what="requests being decided")
        calm.set()
