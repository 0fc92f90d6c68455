"""Days of the past are kept once they were asked for, and added up again when a quarter of them changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.contracts.tickets import TicketEvent, TicketQueued
from shared.generations import views_database
from shared.mongo import connect
from shared.publishing import Publisher
from tests.eventually import eventually
from tests.integration.metrics.log import publish_tickets
from tests.integration.running_service import RunningService
from tests.oracle.histories import decided

DAY = datetime(2026, 3, 29, 9, 3, tzinfo=UTC)
"""On this day clocks are put forward in Berlin, and not in Kolkata."""


def queued(ticket: str, at: datetime, queue: str) -> TicketEvent:
    return TicketQueued(ticket=ticket, at=at, queue=queue, channel="phone", threshold=20, short=5)


async def days(client: httpx.AsyncClient, zone: str, **query: Any) -> dict[tuple[str, str], tuple[int, int]]:  # noqa: ANN401 (query parameters)
    """Revision and offered contacts, by the day's beginning and queue."""
    span = {"from": "2026-03-28T12:00:00Z", "to": "2026-03-30T12:00:00Z"}
    query = {"interval": "1d", "by": "queue", "time_zone": zone, **span, **query}
    answer = await client.get("/v1/kpis/history", params=query)
    assert answer.status_code == 200, answer.text
    return {
        (item["from"], item["key"]["queue"]): (item["revision"], item["kpis"]["offered"])
        for item in answer.json()["items"]
    }


async def test_a_kept_day_tells_what_its_quarters_tell_also_after_one_of_them_changed(
    metrics: RunningService, publisher: Publisher
) -> None:
    events = [
        decided(queued(f"d{number}", DAY + timedelta(hours=7 * number), f"days.{number % 2}"), "days", number + 1, 0)
        for number in range(4)
    ]
    await publish_tickets(publisher, events)
    first, second = "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"
    berlin = {
        (first, "days.0"): (1, 1),
        (first, "days.1"): (1, 1),
        (second, "days.0"): (1, 1),
        (second, "days.1"): (1, 1),
    }
    async with metrics.client("ops") as client:

        async def told() -> bool:
            return await days(client, "Europe/Berlin") == berlin

        await eventually(told, within=60, what="four contacts on two days")
        assert await days(client, "Europe/Berlin") == berlin
        assert await days(client, "Europe/Berlin", key="days.1") == {
            key: item for key, item in berlin.items() if key[1] == "days.1"
        }
        kolkata = await days(client, "Asia/Kolkata")
        assert sorted(kolkata.values()) == [(1, 1), (1, 1), (1, 1), (1, 1)]
        await publish_tickets(publisher, [decided(queued("late", DAY, "days.0"), "days", 5, 0)])

        async def told_anew() -> bool:
            return (await days(client, "Europe/Berlin"))[first, "days.0"] == (2, 2)

        await eventually(told_anew, within=60, what="the day being added up again")
        assert await days(client, "Europe/Berlin") == {**berlin, (first, "days.0"): (2, 2)}
        assert sum(offered for _, offered in (await days(client, "Asia/Kolkata")).values()) == 5


async def test_what_is_kept_is_used(metrics: RunningService, publisher: Publisher) -> None:
    """Else nobody would see that it is not."""
    at = datetime(2026, 4, 2, 9, 3, tzinfo=UTC)
    await publish_tickets(publisher, [decided(queued("kept", at, "kept"), "kept", 1, 0)])
    query = {"from": "2026-04-02T00:00:00Z", "to": "2026-04-03T00:00:00Z"}
    async with metrics.client("ops") as client, connect(metrics.servers.mongo) as mongo:

        async def told() -> bool:
            return ("2026-04-02T00:00:00Z", "kept") in await days(client, "UTC", **query)

        await eventually(told, within=60, what="the contact in the past")
        kept = views_database(mongo, metrics.namespace, "metrics", 1)["history_days"]
        of_it = {"_id": {"$regex": "^queue "}, "values.value": "kept"}

        async def used() -> bool:  # at once, unless the day was added up anew in between: others use the service, too
            await kept.update_one(of_it, {"$set": {"values.$.sums.offered": 7}})
            return (await days(client, "UTC", **query))["2026-04-02T00:00:00Z", "kept"] == (1, 7)

        await eventually(used, within=60, what="the kept day being told")
