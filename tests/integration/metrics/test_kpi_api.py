"""Figures and their stream, as clients see them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import orjson
import pytest

from shared.contracts import codec
from shared.contracts.agents import AgentEvent, AgentSignedIn, AgentStatusChanged
from shared.contracts.decided import Decided
from shared.contracts.kpis import KpisMeasured
from shared.contracts.tickets import TicketEvent
from shared.publishing import Outgoing, Publisher
from shared.topics import DEAD_LETTERS, KPIS, TICKETS
from tests.conftest import Servers
from tests.eventually import eventually
from tests.integration.live_streams import ServerSent, server_sent_events
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import Log, publish_agents, publish_tickets
from tests.integration.metrics.reading import item_of, item_once, records
from tests.integration.running_service import Json, RunningService
from tests.metric_names import families, faults
from tests.oracle.histories import agent_log, decided, steps_of, ticket_log


async def test_the_worked_example_is_told_with_its_figures(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("example"))
    async with metrics.client("ops") as client:
        for key in ({"queue": "example"}, {"channel": "example"}):
            figures = (await item_once(client, key, abandoned=3, answered=5, offered=9, waiting=1))["kpis"]
            assert figures["service_level"] == figures["abandon_rate"] == 3 / 8
            assert figures["average_speed_of_answer"] == 18.8
            assert figures["median_speed_of_answer"] == pytest.approx(18.0, rel=0.005)
            assert (figures["average_handle_time"], figures["handled"], figures["agents"]) == (None, 0, None)
            for definition, share in (("answered", 3 / 5), ("strict-less-short", 3 / 7), ("removed", 5 / 9)):
                item = await item_of(client, key, definition=definition)
                assert item is not None
                assert item["kpis"]["service_level"] == share


async def test_prometheus_is_told_the_figures_by_queue(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("scraped"))
    async with metrics.client("supervisor") as client, metrics.client(None) as prometheus:
        await item_once(client, {"queue": "scraped"}, abandoned=3, answered=5, offered=9, waiting=1)
        assert (await client.put("/v1/targets/scraped", json={"service_level": 0.8})).status_code == 200

        async def scrape() -> dict[tuple[str, str | None], float]:
            answer = await prometheus.get("/metrics")
            assert answer.status_code == 200
            text = answer.text
            assert list(faults(families(text))) == []
            return {
                (sample.name, sample.labels.get("window")): sample.value
                for family in families(text)
                for sample in family.samples
                if sample.labels.get("queue") == "scraped"
            }

        async def scraped() -> dict[tuple[str, str | None], float] | None:
            told = await scrape()
            return told if ("hub_service_level_target_ratio", None) in told else None

        told = await eventually(scraped, what="a scrape of the queue")
    assert told is not None
    assert told.pop(("hub_oldest_wait_seconds", None)) >= 30
    of_windows = {
        "hub_contacts_offered": 9,
        "hub_contacts_answered": 5,
        "hub_contacts_answered_in_time": 3,
        "hub_contacts_abandoned": 3,
        "hub_contacts_handled": 0,
        "hub_survey_answers": 0,
        "hub_service_level_ratio": 3 / 8,
        "hub_abandon_ratio": 3 / 8,
        "hub_average_speed_of_answer_seconds": 18.8,
    }
    expected: dict[tuple[str, str | None], float] = {
        (name, window): value for name, value in of_windows.items() for window in ("5m", "15m")
    }
    assert told == expected | {("hub_contacts_waiting", None): 1, ("hub_service_level_target_ratio", None): 0.8}


async def test_an_answer_says_what_it_is_of(metrics: RunningService) -> None:
    async with metrics.client("agent") as client:
        answer = (await client.get("/v1/kpis", params={"definition": "answered"})).json()
    assert (answer["window"], answer["definition"]) == ("5m", "answered")
    assert abs(datetime.fromisoformat(answer["as_of"]) - datetime.now(UTC)) < timedelta(seconds=60)
    assert [item["key"] for item in answer["items"]] == [{}]
    assert sorted(answer["items"][0]["kpis"]["agents"]) == ["available", "break", "busy", "not_responding"]


async def test_figures_equal_the_log_late_and_repeated_events_included(
    metrics: RunningService, publisher: Publisher, servers: Servers
) -> None:
    start = datetime.now(UTC) - timedelta(minutes=14)
    random = Random(21)
    await publish_tickets(publisher, ticket_log(steps_of(random, 1_500, tickets=30, pace=500), start))
    long_ago = ticket_log(steps_of(random, 200, tickets=5, pace=100), start - timedelta(hours=30))
    await publish_tickets(publisher, [_renamed(event, "late") for event in long_ago])
    await publish_agents(publisher, agent_log(random, 80, start))
    truth = await Log.read(servers, metrics.namespace)
    async with metrics.client("ops") as client:
        await eventually(lambda: truth.is_told_by(client), within=30, what="figures that equal the log")
        await truth.assert_told_by(client)


def _renamed(event: Decided[TicketEvent], name: str) -> Decided[TicketEvent]:
    """The same event of another ticket and decision stream."""
    value = orjson.loads(codec.tickets.encode(event)) | {"stream": name}
    value["data"]["ticket"] = value["partitionkey"] = f"{name}-{event.data.ticket}"
    return codec.tickets.decode(orjson.dumps(value))


async def test_agents_are_counted_by_status(metrics: RunningService, publisher: Publisher) -> None:
    async with metrics.client("supervisor") as client:
        before = (await item_once(client, {}))["kpis"]["agents"]
        now = datetime.now(UTC)
        events: list[AgentEvent] = []
        for agent, status in (("zoe", "available"), ("yan", "available"), ("xin", "break"), ("will", "offline")):
            events.append(AgentSignedIn(agent=agent, at=now, pool="main"))
            events.append(AgentStatusChanged(agent=agent, at=now, status=status))  # type: ignore[arg-type]  # literals
        await publish_agents(publisher, [decided(event, "new", number, 0) for number, event in enumerate(events, 1)])
        after = {**before, "available": before["available"] + 2, "break": before["break"] + 1}
        await item_once(client, {}, agents=after)


async def test_a_record_that_no_model_accepts_becomes_a_dead_letter_and_the_next_one_counts(
    metrics: RunningService, publisher: Publisher, servers: Servers
) -> None:
    (good, *_) = worked_example("after-bad-ones")
    bad = [Outgoing(good.partitionkey, value) for value in (b"no json", b"", b'{"specversion":"1.0"}', b"[]")]
    await publisher.publish(TICKETS, bad)
    await publish_tickets(publisher, [good])
    async with metrics.client("ops") as client:
        await item_once(client, {"queue": "after-bad-ones"}, waiting=1)
    letters = records(servers, DEAD_LETTERS.within(metrics.namespace))
    reasons = [orjson.loads(await anext(letters))["reason"] for _ in bad]
    await letters.aclose()  # type: ignore[attr-defined]  # an async generator has it
    assert all(reason.startswith("No event model accepts the record") for reason in reasons)


async def test_figures_say_how_complete_they_are(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("complete"))
    await publisher.publish(TICKETS, [Outgoing("nobody", b"no json")])
    published = datetime.now(UTC)
    async with metrics.client("ops") as client:

        async def complete() -> Json | None:
            shown: Json = (await client.get("/v1/kpis/completeness")).json()
            until = shown["complete_until"]
            return shown if until and datetime.fromisoformat(until) >= published else None

        shown = await eventually(complete, what="all that was published being counted")
        assert shown is not None
        assert (shown["behind"], len(shown["partitions"])) == (0, 20)
        counted = {one["next"] for one in shown["partitions"] if one["topic"] == "tickets.v1"}
        assert sum(counted) > 0

        async def measured() -> bool:
            told: Json = (await client.get("/v1/kpis")).json()
            until = told["complete_until"]
            return told["behind"] == 0 and until is not None and datetime.fromisoformat(until) >= published

        await eventually(measured, what="figures of all that was published")


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ({"window": "2m"}, "'1m', '5m', '15m', '30m', '1h', '24h' or 'day'"),
        ({"window": "day", "time_zone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"window": "day", "time_zone": "../etc/passwd"}, "is no time zone"),
        ({"by": "weather"}, "'all', 'pool', 'queue', 'channel', 'agent', 'reason', 'segment' or 'kind'"),
        (
            {"definition": "lenient"},
            "strict, answered, strict-less-short, removed, completion, split, 7d, 30d, elapsed, business",
        ),
        ({"definition": "strict,"}, "'' is no definition"),
        ({"windows": "1m"}, "Extra inputs are not permitted"),
    ],
)
async def test_an_unknown_value_is_answered_with_what_is_allowed(
    metrics: RunningService, query: dict[str, str], allowed: str
) -> None:
    async with metrics.client("ops") as client:
        for path in ("/v1/kpis", "/v1/kpis/stream"):
            answer = await client.get(path, params=query)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            assert allowed in answer.json()["errors"][0]["reason"]


async def test_every_route_wants_a_token_and_a_role_that_may(metrics: RunningService) -> None:
    target = {"service_level": 0.8}
    async with metrics.client(None) as nobody, metrics.client("channel") as channel, metrics.client("agent") as agent:
        for path in ("/v1/kpis", "/v1/kpis/completeness", "/v1/kpis/stream", "/v1/targets"):
            assert (await nobody.get(path)).status_code == 401
            assert (await channel.get(path)).status_code == 403
        assert (await nobody.put("/v1/targets/sales", json=target)).status_code == 401
        for client in (channel, agent):
            assert (await client.put("/v1/targets/sales", json=target)).status_code == 403
            assert (await client.put("/v1/targets", json={"items": []})).status_code == 403


async def test_the_stream_tells_figures_as_they_change_and_resumes(
    metrics: RunningService, publisher: Publisher
) -> None:
    (waiting, *rest) = worked_example("streamed")
    query = {"by": "queue"}
    async with metrics.client("ops") as client:
        async with client.stream("GET", "/v1/kpis/stream", params=query, timeout=30) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            events = server_sent_events(response.aiter_lines())
            first = await anext(events)
            assert (first.event, first.data["window"], _offered(first)) == ("kpis", "5m", 0)
            await publish_tickets(publisher, rest)
            last = await _first_with(events, offered=8)
        seen = {"Last-Event-ID": last.id}
        async with client.stream("GET", "/v1/kpis/stream", params=query, headers=seen, timeout=30) as response:
            await publish_tickets(publisher, [_renamed(waiting, "streamed-later")])
            resumed = await _first_with(server_sent_events(response.aiter_lines()), offered=9)
            assert resumed.id != last.id


async def test_a_stream_of_changes_tells_what_changed_while_a_client_was_away(
    metrics: RunningService, publisher: Publisher
) -> None:
    await publish_tickets(publisher, [_renamed(one, "unchanged") for one in worked_example("unchanged")])
    (waiting, *rest) = worked_example("changing")
    query = {"by": "queue", "window": "1h", "changes": "true"}
    async with metrics.client("ops") as client:
        await item_once(client, {"queue": "unchanged"}, offered=9)
        async with client.stream("GET", "/v1/kpis/stream", params=query, timeout=30) as response:
            first = await anext(server_sent_events(response.aiter_lines()))
            assert (first.event, {"queue": "unchanged"} in _keys(first)) == ("kpis", True)
        await publish_tickets(publisher, rest)
        await item_once(client, {"queue": "changing"}, offered=8)
        seen = {"Last-Event-ID": first.id}
        async with client.stream("GET", "/v1/kpis/stream", params=query, headers=seen, timeout=30) as response:
            events = server_sent_events(response.aiter_lines())
            missed = await anext(events)
            assert (missed.event, _keys(missed), missed.data["gone"]) == ("changes", [{"queue": "changing"}], [])
            await publish_tickets(publisher, [waiting])
            assert _keys(await anext(events)) == [{"queue": "changing"}]


def _keys(event: ServerSent) -> list[dict[str, str]]:
    return [item["key"] for item in event.data["items"]]


async def _first_with(events: AsyncIterator[ServerSent], offered: int) -> ServerSent:
    async for event in events:
        if _offered(event) == offered:
            return event
    raise AssertionError("the stream ended")


def _offered(event: ServerSent) -> int:
    items = [item for item in event.data["items"] if item["key"] == {"queue": "streamed"}]
    return int(items[0]["kpis"]["offered"]) if items else 0


async def test_figures_are_published_as_they_change(
    metrics: RunningService, publisher: Publisher, servers: Servers
) -> None:
    await publish_tickets(publisher, worked_example("published"))
    async for value in records(servers, KPIS.within(metrics.namespace)):
        event = codec.kpis.decode(value)
        assert isinstance(event, KpisMeasured)
        by_key = {tuple(item.key.items()): item.kpis for item in event.data.items}
        queue, channel = by_key.get((("queue", "published"),)), by_key.get((("channel", "published"),))
        if event.partitionkey == "15m" and queue and queue.offered == 9 and queue.answered + queue.abandoned == 8:
            break
    assert queue is not None
    assert replace(queue, estimated_wait=None) == channel
    assert queue is not None
    assert queue.service_level == 3 / 8
    assert by_key[()].offered >= 9
