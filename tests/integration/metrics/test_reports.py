"""Daily and weekly reports: equal to the log, with standards, deviations, what changed and what was told otherwise."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from random import Random
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.metrics.alerting.book import AlertBook
from shared.contracts.decided import Decided
from shared.contracts.envelope import event_id
from shared.contracts.kpi_deviations import Deviation
from shared.contracts.targets import TargetRule
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketQueued, TicketResolved
from shared.mongo import connect, database
from shared.publishing import Publisher
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.metrics.log import publish_tickets
from tests.integration.metrics.reading import refused_to_all_but_readers_of_the_past
from tests.integration.metrics.test_history import summed
from tests.integration.running_service import Json, RunningService
from tests.oracle import agents as of_agents
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import decided, steps_of, ticket_log

BERLIN = ZoneInfo("Europe/Berlin")
EVENING = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""Before the clocks are changed in Berlin, at the end of the week 2026-W13."""


async def report(client: httpx.AsyncClient, path: str, **query: str | list[str]) -> Json:
    answer = await client.get(f"/v1/reports/{path}", params=query)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def item_of(told: Json, key: Json) -> Json:
    (found,) = [item for item in told["items"] if item["key"] == key]
    return dict(found)


async def test_reports_equal_the_independent_calculation_in_the_week_the_clocks_change(
    metrics: RunningService, publisher: Publisher
) -> None:
    log = ticket_log(steps_of(Random(9), 900, tickets=20, pace=60_000), EVENING)
    await publish_tickets(publisher, log)
    stays, hours = oracle.stays(log), set()
    whole = {"interval": "1d", "from": EVENING.isoformat(), "to": (EVENING + timedelta(hours=40)).isoformat()}
    async with metrics.client("supervisor") as client:
        await summed(client, len(stays), **whole)
        for path, query in (("daily", {"date": "2026-03-29"}), ("weekly", {"week": "2026-W13"})):
            told = await report(client, path, zone="Europe/Berlin", definition=["strict", "removed"], **query)
            assert told["is_complete"] is True
            assert {item["key"].get("queue") for item in told["items"]} == {None, *(stay.queue for stay in stays)}
            _assert_agents(told, log)
            ends = (told["period"], told["before"])
            periods = [[datetime.fromisoformat(one[end]) for end in ("from", "to")] for one in ends]
            for item in told["items"]:
                for (since, until), figures in zip(periods, (item["kpis"], item["before"]), strict=True):
                    span = until.astimezone(UTC) - since.astimezone(UTC)
                    hours.add(span // timedelta(hours=1))
                    calculated = oracle.kpis(stays, span=span, as_of=until, **item["key"])
                    expected = {name: calculated[name] for name in oracle.FIGURES}
                    assert_same_figures({name: figures[name] for name in oracle.FIGURES}, expected)
                assert item["change"]["offered"] == item["kpis"]["offered"] - item["before"]["offered"]
                assert sum(one["kpis"]["offered"] for one in item["course"]) == item["kpis"]["offered"]
                for one in item["course"]:
                    since, until = (datetime.fromisoformat(one[end]) for end in ("from", "to"))
                    calculated = oracle.kpis(stays, span=until - since, as_of=until, **item["key"])
                    assert (one["kpis"]["offered"], one["kpis"]["service_level"]) == (
                        calculated["offered"],
                        pytest.approx(calculated["service_level"]),
                    )
                assert item["also"]["service_level"].keys() == {"strict", "removed"}
            named = [(one["kpi"], one["name"], one["version"]) for one in told["definitions"]]
            assert ("service_level", "removed", 1) in named
            assert {kpi for kpi, *_ in named} == told["items"][0]["kpis"].keys()
    assert hours == {23, 24, 167, 168}


def _assert_agents(told: Json, log: list[Decided[TicketEvent]]) -> None:
    """Each agent who had a contact in the period, and what it was occupied with, as nothing is told of its status."""
    begin, end = (datetime.fromisoformat(told["period"][name]) for name in ("from", "to"))
    works = of_agents.works(log)
    since, until = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (begin, end))
    for one in told["agents"]:
        calculated = of_agents.kpis([], works, span=end - begin, as_of=end, agent=one["agent"])
        assert_same_figures(
            {name: one["kpis"][name] for name in of_agents.FIGURES},
            {name: calculated[name] for name in of_agents.FIGURES},
        )
    assert {one["agent"] for one in told["agents"]} == {
        work.agent for work in works if work.begin < until and work.end > since
    }


async def test_standards_and_alerts_of_the_day(metrics: RunningService, servers: Servers, publisher: Publisher) -> None:
    at = datetime(2026, 4, 7, 8, tzinfo=UTC)
    events: list[TicketEvent] = []
    for number, wait in enumerate((5, 10, 40)):
        ticket = f"standard-{number}"
        events.append(TicketQueued(ticket=ticket, at=at, queue="held", channel="phone", threshold=20, short=5))
        events.append(TicketAccepted(ticket=ticket, at=at + timedelta(seconds=wait), queue="held", agent="ann"))
    await publish_tickets(publisher, [decided(event, "held", number, 0) for number, event in enumerate(events, 1)])
    rule = TargetRule(kpi="service_level", aim="at_least", warning=0.8, critical=0.6)
    async with connect(servers.mongo) as mongo:
        book = AlertBook(database(mongo, metrics.namespace, "metrics"))
        for name, began, ended in (("before", -30, -20), ("into", -9, 1), ("open", 2, None)):
            alert = event_id("/test", name)
            begin = Deviation(
                alert=alert, number=1, change="began", queue="held", before="ok", after="warning", value=0.7,
                at=at + timedelta(hours=began), rule=rule, version="1",
            )  # fmt: skip
            await book.enter(begin)
            if ended is not None:
                end = Deviation(
                    alert=alert, number=2, change="ended", queue="held", before="warning", after="ok", value=0.9,
                    at=at + timedelta(hours=ended), rule=rule, version="1",
                )  # fmt: skip
                await book.enter(end)
    query = {"interval": "1d", "by": "queue", "key": "held", "from": at.isoformat(), "to": "2026-04-07T09:00:00Z"}
    async with metrics.client("supervisor") as client:
        slow = {"kpi": "p90_speed_of_answer", "aim": "at_most", "critical": 60}
        await client.put("/v1/targets/held", json={"service_level": 0.8, "rules": [slow]})
        await client.put("/v1/targets/quiet", json={"service_level": 0.5})
        await summed(client, 3, **query)
        told = await report(client, "daily", date="2026-04-07")
    held, quiet = item_of(told, {"queue": "held"}), item_of(told, {"queue": "quiet"})
    level, speed = held["standards"]
    assert (level["value"], level["met"], level["level"]) == (2 / 3, False, 0.8)
    assert level["deviation"] == pytest.approx(2 / 3 - 0.8)
    assert (speed["source"], speed["met"]) == ("critical", None), "ten contacts are asked for before anything is said"
    assert [(one["value"], one["met"]) for one in quiet["standards"]] == [(None, None)]
    alerts = {one["alert"]: one for one in told["deviations"]}
    assert alerts.keys() == {event_id("/test", "into"), event_id("/test", "open")}
    into, still = alerts[event_id("/test", "into")], alerts[event_id("/test", "open")]
    assert (into["level"], into["value"], into["seconds"]) == ("warning", 0.7, 9 * 3_600)
    assert (still["ended"], still["seconds"]) == (None, 14 * 3_600)


async def test_what_came_late_is_told_with_what_was_told_first(metrics: RunningService, publisher: Publisher) -> None:
    at = datetime(2026, 3, 10, 9, 3, tzinfo=UTC)

    def contact(name: str, wait: int) -> list[TicketEvent]:
        left = at + timedelta(seconds=wait)
        return [
            TicketQueued(ticket=name, at=at, queue="belated", channel="phone", threshold=20, short=5),
            TicketAccepted(ticket=name, at=left, queue="belated", agent="ann"),
            TicketResolved(ticket=name, at=left + timedelta(seconds=60), queue="belated", agent="ann"),
        ]

    first, late = contact("on-time", 9), contact("late", 90)
    query = {"interval": "15m", "by": "queue", "key": "belated", "from": "2026-03-10T09:00:00Z"}
    query |= {"to": "2026-03-10T09:15:00Z"}
    async with metrics.client("ops") as client:
        await publish_tickets(
            publisher, [decided(event, "belated", number, 0) for number, event in enumerate(first, 1)]
        )
        await summed(client, 1, **query)
        before = await report(client, "daily", date="2026-03-10")
        assert item_of(before, {"queue": "belated"})["retold"] == {}
        await publish_tickets(publisher, [decided(event, "belated", number, 0) for number, event in enumerate(late, 4)])

        async def restated() -> Json | None:
            told = await report(client, "daily", date="2026-03-10")
            return told if item_of(told, {"queue": "belated"})["kpis"]["answered"] == 2 else None

        told = await eventually(restated, within=90, what="the report with what came late")
    assert told is not None
    retold = item_of(told, {"queue": "belated"})["retold"]
    assert retold["service_level"] == {"first_told": 1.0, "now": 0.5}
    assert retold["answered"] == {"first_told": 1.0, "now": 2.0}
    (one,) = [item for item in told["restatements"]["items"] if item["key"] == {"queue": "belated"}]
    assert one["changed"]["service_level"] == {"first_told": 1.0, "now": 0.5}
    assert told["restatements"]["count"] == 2
    assert (before["last_made"], told["last_made"]) == (None, None), "what is made again at once is the same report"


async def test_a_report_comes_as_what_is_accepted(metrics: RunningService) -> None:
    yesterday = {"date": (datetime.now(UTC).date() - timedelta(days=1)).isoformat()}
    wanted = [
        ({}, None, "application/json"),
        ({}, "text/csv", "text/csv; charset=utf-8; header=present"),
        ({}, "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ({}, "text/html;q=0.2, text/csv;q=0.9, image/png", "text/csv; charset=utf-8; header=present"),
        ({"format": "html"}, "application/json", "text/html; charset=utf-8"),
    ]
    async with metrics.client("ops") as client:
        for query, accept, media in wanted:
            headers = {} if accept is None else {"Accept": accept}
            answer = await client.get("/v1/reports/daily", params={**yesterday, **query}, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (200, media)
            if media.startswith("text/csv"):
                assert {row["period"] for row in csv.DictReader(StringIO(answer.text))} == {yesterday["date"]}
                assert yesterday["date"] in answer.headers["content-disposition"]
            if media.startswith("text/html"):
                assert answer.text.startswith("<!doctype html>")
                assert "default-src 'none'" in answer.headers["content-security-policy"]
        refused = await client.get("/v1/reports/daily", params=yesterday, headers={"Accept": "image/png"})
        assert (refused.status_code, "text/csv" in refused.json()["detail"]) == (406, True)


async def test_the_day_that_goes_on_is_told_as_far_as_it_is_known(metrics: RunningService) -> None:
    today = datetime.now(BERLIN).date()
    year, week, _ = today.isocalendar()
    async with metrics.client("ops") as client:
        for path, query in (("daily", {"date": today.isoformat()}), ("weekly", {"week": f"{year}-W{week:02d}"})):
            told = await report(client, path, zone="Europe/Berlin", **query)
            assert told["is_complete"] is False
            assert told["restatements"]["count"] == 0
            page = await client.get(f"/v1/reports/{path}", params={"zone": "Europe/Berlin", "format": "html", **query})
            assert "Not complete yet" in page.text


@pytest.mark.parametrize(
    ("path", "wrong", "said"),
    [
        ("daily", {"date": "1970-01-01"}, "before 2000"),
        ("daily", {"date": "2090-01-01"}, "has not begun"),
        ("daily", {"date": "9999-12-31"}, "beyond the calendar"),
        ("daily", {"date": "2026-02-30"}, "date"),
        ("daily", {"date": None}, "Field required"),
        ("daily", {"zone": "Mars/Olympus"}, "is no time zone"),
        ("daily", {"definition": "lenient"}, "is no definition"),
        ("daily", {"format": "pdf"}, "'json', 'csv' or 'html'"),
        ("daily", {"week": "2026-W01"}, "Extra inputs"),
        ("weekly", {"week": "2026-W54"}, "is no week"),
        ("weekly", {"week": "2025-W53"}, "is no week"),
        ("weekly", {"week": "last"}, "write it as 2026-W47"),
        ("weekly", {"week": "1970-W02"}, "before 2000"),
        ("weekly", {"week": "2090-W02"}, "has not begun"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_whoever_asks_wrongly_is_told(
    metrics: RunningService, path: str, wrong: dict[str, str | None], said: str
) -> None:
    right = {"daily": {"date": date(2026, 5, 4).isoformat()}, "weekly": {"week": "2026-W10"}}[path]
    query = {name: value for name, value in {**right, **wrong}.items() if value is not None}
    async with metrics.client("ops") as client:
        answer = await client.get(f"/v1/reports/{path}", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text


async def test_only_those_may_read_reports_who_may_see_the_past(metrics: RunningService) -> None:
    await refused_to_all_but_readers_of_the_past(
        metrics, "/v1/reports/daily?date=2026-05-04", "/v1/reports/weekly?week=2026-W10"
    )
