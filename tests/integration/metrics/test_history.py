"""The past by intervals: right to the event, and restated when something comes late."""

from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketQueued
from shared.publishing import Publisher
from tests.eventually import eventually
from tests.integration.metrics.log import publish_tickets
from tests.integration.running_service import Json, RunningService
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import decided, steps_of, ticket_log

BERLIN = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""The evening before the clocks are changed in Berlin."""


async def history(client: httpx.AsyncClient, **query: Any) -> Json:  # noqa: ANN401 (query parameters)
    answer = await client.get("/v1/kpis/history", params=query)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def summed(client: httpx.AsyncClient, offered: int, **query: Any) -> Json:  # noqa: ANN401 (query parameters)
    """The answer once so many contacts that were offered are in it and all that is over has been summed."""

    async def look() -> Json | None:
        told = await history(client, **query)
        behind = datetime.now(UTC) - datetime.fromisoformat(told["complete_until"])
        found = sum(item["kpis"]["offered"] for item in told["items"])
        return told if found == offered and behind < timedelta(minutes=20) else None

    told = await eventually(look, within=150, what=f"{offered} contacts in the past")
    assert told is not None
    return told


async def test_each_interval_equals_the_independent_calculation_on_the_day_the_clocks_change(
    metrics: RunningService, publisher: Publisher
) -> None:
    log = ticket_log(steps_of(Random(5), 1_500, tickets=20, pace=30_000), LONG_AGO)
    await publish_tickets(publisher, log)
    stays, days = oracle.stays(log), set()
    async with metrics.client("ops") as client:
        for interval, by in product(("60m", "1d"), ("all", "queue", "channel")):
            query = {"interval": interval, "by": by, "time_zone": "Europe/Berlin"}
            query |= {"from": LONG_AGO.isoformat(), "to": (LONG_AGO + timedelta(hours=30)).isoformat()}
            told = await summed(client, len(stays), **query)
            for item in told["items"]:
                begin, end = (datetime.fromisoformat(item[name]) for name in ("from", "to"))
                assert begin.astimezone(BERLIN).minute == 0
                assert interval == "1d" or end - begin == timedelta(hours=1)
                days.add(end - begin)
                calculated = oracle.kpis(stays, span=end - begin, as_of=end, **item["key"])
                assert_same_figures(
                    {name: item["kpis"][name] for name in oracle.FIGURES},
                    {name: calculated[name] for name in oracle.FIGURES},
                )
    assert days == {timedelta(hours=1), timedelta(hours=24), timedelta(hours=23)}


async def test_what_comes_late_restates_the_interval_and_says_why(
    metrics: RunningService, publisher: Publisher
) -> None:
    at = datetime(2026, 5, 5, 9, 3, tzinfo=UTC)

    def queued(ticket: str) -> TicketEvent:
        return TicketQueued(ticket=ticket, at=at, queue="late", channel="late", threshold=20, short=5)

    answered: TicketEvent = TicketAccepted(ticket="l1", at=at + timedelta(seconds=9), queue="late", agent="ann")
    await publish_tickets(publisher, [decided(queued("l1"), "late", 1, 0), decided(answered, "late", 2, 0)])
    query = {"interval": "15m", "by": "queue", "key": "late", "from": "2026-05-05T09:00:00Z"}
    query |= {"to": "2026-05-05T09:15:00Z"}
    async with metrics.client("supervisor") as client:
        (first,) = (await summed(client, 1, **query))["items"]
        assert (first["kpis"]["offered"], first["kpis"]["service_level"]) == (1, 1.0)
        then = first["revision"] + 1
        end: TicketEvent = TicketAccepted(ticket="l2", at=at + timedelta(seconds=40), queue="late", agent="bob")
        missed: Decided[TicketEvent] = decided(queued("l2"), "late", 3, 0)
        gone: Decided[TicketEvent] = decided(end, "late", 4, 0)
        await publish_tickets(publisher, [missed, gone])

        async def restated() -> Json | None:
            (item,) = (await history(client, **query))["items"]
            return item if item["kpis"]["answered"] == 2 else None

        item = await eventually(restated, within=90, what="the interval being restated")
        assert item is not None
        assert (item["revision"], item["kpis"]["service_level"]) == (then, 0.5)
        told = (await client.get("/v1/kpis/history/restatements", params={**_time(query), "by": "queue"})).json()
    (one,) = [found for found in told["items"] if (found["key"], found["revision"]) == ({"queue": "late"}, then)]
    assert (one["before"]["answered"], one["after"]["answered"]) == (1, 2)
    assert set(one["causes"]) == {missed.id, gone.id}


def _time(query: dict[str, str]) -> dict[str, str]:
    return {"from": query["from"], "to": query["to"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"from": "2026-05-06T00:00:00Z"}, "has to be before"),
        ({"from": "2026-05-04T00:00:00"}, "need an offset"),
        ({"interval": "7m"}, "'15m', '30m', '60m' or '1d'"),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"definition": "lenient"}, "is no definition"),
        ({"interval": "15m", "from": "2020-01-01T00:00:00Z"}, "more than 10,000 intervals"),
        ({"by": "weather"}, "'agent'"),
    ],
    ids=["backwards", "no-offset", "interval", "zone", "definition", "too-many", "dimension"],
)
async def test_whoever_asks_wrongly_is_told(metrics: RunningService, wrong: dict[str, str], said: str) -> None:
    query = {"interval": "60m", "from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z", **wrong}
    async with metrics.client("ops") as client, metrics.client("channel") as channel, metrics.client(None) as nobody:
        answer = await client.get("/v1/kpis/history", params=query)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.text
        assert (await channel.get("/v1/kpis/history", params=query)).status_code == 403
        assert (await nobody.get("/v1/kpis/history/restatements")).status_code == 401
