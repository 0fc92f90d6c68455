"""`hub rebuild metrics`: the rows are made anew beside the live ones, and are the same; figures go on meanwhile."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from shared.generations import Pointer, views_database
from shared.mongo import Document, connect, database
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.hub_rebuild import hub_rebuild
from tests.integration.metrics.log import Log, publish_agents, publish_tickets, publishing
from tests.integration.running_service import RunningService
from tests.oracle.histories import agent_log, steps_of, ticket_log


async def test_rows_made_anew_are_the_same_and_figures_are_told_from_them(
    servers: Servers, namespace: str, tmp_path: Path
) -> None:
    metrics = RunningService("metrics", servers, namespace, tmp_path)
    start = datetime.now(UTC) - timedelta(minutes=20)
    log = ticket_log(steps_of(Random(3), 1_200, tickets=30, pace=500), start)
    await metrics.start()
    async with publishing(servers, namespace) as publisher, metrics.client("ops") as client:
        await publish_tickets(publisher, log)
        await publish_agents(publisher, agent_log(Random(4), 300, start, pace=4_000))
        truth = await Log.read(servers, namespace)
        await eventually(lambda: truth.is_told_by(client), within=60, what="figures that equal the log")
        code, said = await hub_rebuild(metrics, tmp_path / "data", "metrics")
        assert code == 0, said
        await truth.assert_told_by(client)
    async with connect(servers.mongo) as mongo:
        assert (await Pointer(database(mongo, namespace, "metrics")).read()).current == 2
        views = [views_database(mongo, namespace, "metrics", generation) for generation in (1, 2)]
        for name in ("contact_rows", "ticket_rows", "ticket_events", "presence_rows", "agent_events"):
            one, other = [
                {document["_id"]: _content(document) async for document in view[name].find()} for view in views
            ]
            assert one == other
            assert one
        await mongo.drop_database(views[1].name)
    assert await metrics.stop() == 0


def _content(document: Document) -> Document:
    return {name: value for name, value in document.items() if name not in ("revision", "place")}
