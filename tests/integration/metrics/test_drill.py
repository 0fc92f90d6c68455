"""From a figure to the contacts behind it, and from a contact to its events."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import orjson
import pytest

from services.metrics.domain.drill import DURATIONS
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import ALTERNATIVES, Choice
from shared.contracts import codec
from shared.contracts.agents import AgentStatus, AgentStatusChanged
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketAccepted, TicketEvent, TicketQueued, TicketResolved, TicketTransferred
from shared.publishing import Publisher
from tests.eventually import eventually
from tests.integration.metrics.example import worked_example
from tests.integration.metrics.log import publish_agents, publish_tickets
from tests.integration.metrics.reading import item_once, refused_to_all_but_readers_of_the_past
from tests.integration.metrics.test_history import summed
from tests.integration.running_service import Json, RunningService
from tests.oracle import kpis as oracle
from tests.oracle.histories import decided, steps_of, ticket_log

LONG_AGO = datetime(2026, 2, 3, 4, tzinfo=UTC)
_ENDS = ("ticket.resolved", "ticket.abandoned", "ticket.merged")


async def every(client: httpx.AsyncClient, path: str, **query: Any) -> list[Json]:  # noqa: ANN401 (query parameters)
    """The items of all pages."""
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(httpx.URL(path).copy_merge_params({**query, **cursor}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= query.get("limit", 100)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def added_up(items: list[Json]) -> Figures:
    """The figures that the items' parts come to."""
    total = Figures()
    for item in items:
        for name, amount in item["parts"].items():
            total.book(name, round(amount * 1_000_000) if name in DURATIONS else amount)
    return total


def _but_occupancy(told: dict[str, float | None]) -> dict[str, float | None]:
    """What an agent's contacts and stays make only together is not told by their parts."""
    return {kpi: figure for kpi, figure in told.items() if kpi != "occupancy"}


def over(log: list[Decided[TicketEvent]]) -> list[Decided[TicketEvent]]:
    """The log without the tickets with which somebody would still be busy today."""
    ends = {event.data.ticket for event in log if event.data.event in _ENDS}
    return [event for event in log if event.data.ticket in ends]


async def test_the_contacts_behind_each_figure_of_the_past_add_up_to_it(
    metrics: RunningService, publisher: Publisher
) -> None:
    log = over(ticket_log(steps_of(Random(8), 700, tickets=20, pace=60_000), LONG_AGO))
    await publish_tickets(publisher, log)
    since, until = LONG_AGO.isoformat(), (LONG_AGO + timedelta(hours=30)).isoformat()
    offered, seen = len(oracle.stays(log)), set()
    async with metrics.client("supervisor") as client:
        for by, interval in (("all", "60m"), ("queue", "1d"), ("channel", "1d"), ("agent", "1d"), ("kind", "1d")):
            for definition in ("strict", "removed,answered,split"):
                query = {"interval": interval, "by": by, "definition": definition, "from": since, "to": until}
                told = await summed(client, 0 if by == "agent" else offered, **query)
                for item in told["items"]:
                    found = await every(client, item["contacts"], limit=97)
                    names = [(one["ticket"], one.get("stay")) for one in found]
                    assert len(set(names)) == len(names)
                    assert found == sorted(found, key=lambda one: datetime.fromisoformat(one["at"]))
                    total, choice = added_up(found), Choice.of(definition.split(","))
                    assert _but_occupancy(choice.measure(total)) == _but_occupancy(item["kpis"])
                    assert (choice.compare(total) or None) == item["also"]
                    seen.add(by)
        (day, _) = (await summed(client, offered, **{"interval": "1d", "from": since, "to": until}))["items"]
        for kpi in (name for name in ALTERNATIVES if name != "occupancy" and not name.startswith("interactions")):
            figures = added_up(await every(client, day["contacts"], kpi=kpi, limit=500))
            assert Choice.of().measure(figures)[kpi] == day["kpis"][kpi]
    assert seen == {"all", "queue", "channel", "agent", "kind"}


async def test_the_parts_of_a_figure_of_now_and_of_a_window(metrics: RunningService, publisher: Publisher) -> None:
    await publish_tickets(publisher, worked_example("drilled"))
    async with metrics.client("ops") as client:
        await item_once(client, {"queue": "drilled"}, offered=9, answered=5)
        live = (await client.get("/v1/kpis", params={"by": "queue", "window": "5m"})).json()
        until = datetime.fromisoformat(live["as_of"])
        since = until - timedelta(minutes=5)
        query = {"by": "queue", "of": "drilled", "from": since.isoformat(), "to": until.isoformat()}
        (kpis,) = [item["kpis"] for item in live["items"] if item["key"] == {"queue": "drilled"}]
        page = (await client.get("/v1/kpis/contacts", params={**query, "kpi": "service_level"})).json()
        assert page["parts"] == ["abandoned", "answered", "answered_in_time"]
        assert [one["name"] for one in page["definitions"]] == ["strict"]
        assert len(page["items"]) == kpis["answered"] + kpis["abandoned"] == 8
        for part in page["parts"]:
            found = await every(client, "/v1/kpis/contacts", kpi="service_level", part=part, limit=2, **query)
            assert len(found) == kpis[part]
        waiting = await every(client, "/v1/kpis/contacts", kpi="oldest_wait", by="queue", of="drilled")
        assert [one["ticket"] for one in waiting] == ["drilled-waiting"]
        tickets = await every(client, "/v1/kpis/contacts", kpi="backlog", by="queue", of="drilled", limit=2)
        assert {one["row"] for one in tickets} == {"ticket"}
        assert len({one["ticket"] for one in tickets}) == len(tickets) == kpis["backlog"] == 6


async def test_the_stays_and_contacts_behind_the_time_of_agents(metrics: RunningService, publisher: Publisher) -> None:
    nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    statuses: list[tuple[AgentStatus, int]] = [("available", -30), ("break", 20), ("available", 40), ("offline", 3_000)]
    await publish_agents(
        publisher,
        [
            decided(
                AgentStatusChanged(agent="drilled", at=nine + timedelta(minutes=when), status=status), "d", number, 0
            )
            for number, (status, when) in enumerate(statuses, start=1)
        ],
    )
    contact: list[TicketEvent] = [
        TicketQueued(ticket="behind", at=nine, queue="behind", channel="chat", threshold=20, short=5),
        TicketAccepted(ticket="behind", at=nine + timedelta(minutes=5), queue="behind", agent="drilled"),
        TicketResolved(ticket="behind", at=nine + timedelta(minutes=15), queue="behind", agent="drilled"),
    ]
    await publish_tickets(publisher, [decided(event, "d", number, 0) for number, event in enumerate(contact, start=1)])
    query = {"by": "agent", "of": "drilled", "from": nine.isoformat(), "to": (nine + timedelta(hours=1)).isoformat()}
    async with metrics.client("supervisor") as client:

        async def look() -> list[Json] | None:
            answer = await client.get("/v1/kpis/contacts", params={**query, "kpi": "occupancy"})
            items = answer.json().get("items", [])
            return items if {"contact", "presence"} == {one["row"] for one in items} else None

        found = await eventually(look, what="contacts and stays")
        assert found is not None
        assert [(one["row"], one["parts"]) for one in found] == [
            ("presence", {"available_split": 1_200.0}),
            ("contact", {"talk_split": 600.0}),
            ("presence", {"available_split": 1_200.0}),
        ]
        stays = await every(client, "/v1/kpis/contacts", kpi="signed_in_time", limit=2, **query)
        assert [(one["status"], sum(one["parts"].values())) for one in stays] == [
            ("available", 1_200.0),
            ("break", 1_200.0),
            ("available", 1_200.0),
        ]
        later = {**query, "from": "2026-01-06T09:00:00Z", "to": "2026-01-06T10:00:00Z", "kpi": "available_time"}
        (lasting,) = await every(client, "/v1/kpis/contacts", **later)
        assert (lasting["since"], lasting["parts"]) == ("2026-01-05T09:40:00Z", {"available_split": 3_600.0})


async def test_a_contact_leads_to_its_events(metrics: RunningService, publisher: Publisher) -> None:
    at, ticket = datetime(2026, 1, 7, 9, tzinfo=UTC), "import/2026 #7"

    def queued(queue: str, seconds: int) -> TicketEvent:
        when = at + timedelta(seconds=seconds)
        return TicketQueued(ticket=ticket, at=when, queue=queue, channel="phone", threshold=20, short=5)

    events: list[TicketEvent] = [
        queued("first", 1),
        TicketAccepted(ticket=ticket, at=at + timedelta(seconds=9), queue="first", agent="ann"),
        TicketTransferred(ticket=ticket, at=at + timedelta(seconds=99), by="ann", queue="second"),
        queued("second", 99),
    ]
    log = [decided(event, "imported", sequence, 0) for sequence, event in enumerate(events, 1)]
    await publish_tickets(publisher, log)
    query = {"from": "2026-01-07T00:00:00Z", "to": "2026-01-08T00:00:00Z", "by": "queue", "kpi": "offered"}
    async with metrics.client("supervisor") as client:

        async def look() -> list[Json]:
            answer = await client.get("/v1/kpis/contacts", params={**query, "of": "second"})
            return list(answer.json()["items"]) if answer.status_code == 200 else []

        assert await eventually(look, what="the second stay")
        (first,) = await every(client, "/v1/kpis/contacts", of="first", **query)
        assert (first["stay"], first["agent"], first["wait"], first["talk"]) == (0, "ann", 8.0, 90.0)
        told = (await client.get(first["events"])).json()["items"]
        assert [one["event"]["id"] for one in told] == [event.id for event in log[:3]]
        whole = (await client.get(first["events"].partition("?")[0])).json()["items"]
        assert [(one["stay"], one["event"]["type"]) for one in whole] == [
            (stay, event.type) for stay, event in zip((0, 0, 0, 1), log, strict=True)
        ]
        assert whole[0]["event"] == orjson.loads(codec.tickets.encode(log[0]))
        unknown = await client.get("/v1/kpis/contacts/nobody/events")
        assert (unknown.status_code, "no ticket nobody" in unknown.text) == (404, True)
        no_stay = await client.get(first["events"].partition("?")[0], params={"stay": 7})
        assert (no_stay.status_code, "no stay 7" in no_stay.text) == (404, True)


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"from": "2026-05-06T00:00:00Z"}, 422, "has to be before"),
        ({"from": "2026-05-04T00:00:00"}, 422, "with an offset"),
        ({"to": None}, 422, "are needed"),
        ({"from": "1970-01-01T00:00:00Z"}, 422, "before 2000"),
        ({"to": "2090-01-01T00:00:00Z"}, 422, "in the future"),
        ({"kpi": "speed"}, 422, "service_level"),
        ({"kpi": "agents"}, 422, "No contacts are behind"),
        ({"kpi": "waiting"}, 422, "is of now"),
        ({"kpi": "abandon_rate", "part": "wait"}, 422, "there are abandoned, answered."),
        ({"definition": "lenient"}, 422, "is no definition"),
        ({"by": "weather"}, 422, "'agent'"),
        ({"by": "queue"}, 422, "says which queue"),
        ({"of": "sales"}, 422, "leave it out with by=all"),
        ({"by": "queue", "of": "nobody"}, 404, "Nothing was ever counted for the queue 'nobody'"),
        ({"cursor": "x"}, 422, "not one of this list"),
        ({"cursor": "é"}, 422, "not one of this list"),
        ({"limit": "0"}, 422, "greater than or equal to 1"),
        ({"colour": "red"}, 422, "Extra inputs"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_whoever_asks_wrongly_is_told(
    metrics: RunningService, wrong: dict[str, str | None], status: int, said: str
) -> None:
    query = {"kpi": "offered", "from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z", **wrong}
    query = {name: value for name, value in query.items() if value is not None}
    async with metrics.client("ops") as client:
        answer = await client.get("/v1/kpis/contacts", params=query)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text


async def test_only_those_may_see_contacts_who_may_see_the_past(metrics: RunningService) -> None:
    await refused_to_all_but_readers_of_the_past(metrics, "/v1/kpis/contacts", "/v1/kpis/contacts/one/events")
