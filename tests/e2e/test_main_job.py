"""The hub's main job, through public interfaces only: what customers do becomes timeline, ticket and live figures."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

import httpx
import pytest

from tests.e2e.channels import chatting, next_frame, send_mail, twilio
from tests.e2e.running_hub import RunningHub
from tests.metric_names import families, faults
from tests.otlp_collector import OtlpCollector

T = TypeVar("T")
_DEADLINE = 30.0


def wait_for(look: Callable[[], T | None], what: str) -> T:
    """What `look` returns as soon as it returns something."""
    deadline = time.monotonic() + _DEADLINE
    while True:
        if seen := look():
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {_DEADLINE:.0f} s")
        time.sleep(0.01)


def entries(hub: RunningHub, identity: str) -> list[dict[str, Any]]:
    """What the customer and we did, newest first, of the timeline behind an address; without tickets."""
    items: list[dict[str, Any]] = hub.get("profile", "/v1/timeline", identity=identity)["timeline"]["items"]
    return [entry for entry in items if "ticket" not in entry]


def ticket_of(hub: RunningHub, conversation: str) -> dict[str, Any] | None:
    """The newest ticket of a conversation."""
    for ticket in hub.get("routing", "/v1/tickets", limit=500)["items"]:
        if ticket["conversation"] == conversation:
            found: dict[str, Any] = ticket
            return found
    return None


def ticket_in(hub: RunningHub, conversation: str, *states: str) -> dict[str, Any]:
    """The conversation's ticket, once it is in one of these states."""

    def look() -> dict[str, Any] | None:
        ticket = ticket_of(hub, conversation)
        return ticket if ticket and ticket["state"] in states else None

    return wait_for(look, f"a ticket that is {' or '.join(states)}")


def figures(hub: RunningHub) -> dict[str, Any]:
    """The figures of everything in the last 15 minutes."""
    items = hub.get("metrics", "/v1/kpis", window="15m")["items"]
    kpis: dict[str, Any] = items[0]["kpis"]
    return kpis


@contextmanager
def listening(hub: RunningHub, name: str, path: str, subject: str) -> Iterator[list[dict[str, Any]]]:
    """A live stream's events, as they come."""
    seen: list[dict[str, Any]] = []
    headers = hub.headers("agent", subject)
    client = httpx.Client(timeout=httpx.Timeout(10, read=None))
    response = client.send(client.build_request("GET", hub.url(name, path), headers=headers), stream=True)
    assert response.status_code == 200, response.read()

    def read() -> None:
        try:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    seen.append(json.loads(line[5:]))  # noqa: PERF401 (each has to be seen as it comes)
        except (httpx.HTTPError, httpx.StreamError):
            return

    thread = Thread(target=read, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        response.close()
        client.close()


@pytest.fixture
def agents(hub: RunningHub) -> Iterator[list[str]]:
    """Everybody is available for the time of a test, and signs out afterwards."""
    names = [agent["id"] for agent in hub.get("routing", "/v1/agents")["items"]]
    for name in names:
        hub.ask("PUT", "routing", f"/v1/agents/{name}/status", json={"status": "available"}).raise_for_status()
    yield names
    for name in names:
        for ticket in hub.get("routing", "/v1/tickets", agent=name, limit=500)["items"]:
            if ticket["state"] == "offered":
                act(hub, ticket["id"], "decline", name)
            elif ticket["state"] in ("active", "held", "wrapup"):
                act(hub, ticket["id"], "resolve", name)
        hub.ask("PUT", "routing", f"/v1/agents/{name}/status", json={"status": "offline"})


def act(hub: RunningHub, ticket: str, what: str, agent: str) -> httpx.Response:
    """What an agent does with a ticket."""
    return hub.ask("POST", "routing", f"/v1/tickets/{ticket}/{what}", role="agent", subject=agent)


def someone() -> str:
    """A name that no other test uses."""
    return f"ann{uuid.uuid4().hex[:8]}"


def test_an_email_becomes_an_entry_a_ticket_and_a_figure(hub: RunningHub, record_property: Callable[..., None]) -> None:
    sender = f"{someone()}@mail.example"
    offered = figures(hub)["offered"]

    send_mail(hub, sender, "Grüße, wo bleibt mein Paket?", subject="Paket")
    accepted = time.monotonic()
    entry = wait_for(lambda: entries(hub, f"email:{sender}"), "the entry")[0]
    ticket = wait_for(lambda: ticket_of(hub, entry["conversation"]), "the ticket")
    wait_for(lambda: figures(hub)["offered"] > offered, "the figure")
    seconds = time.monotonic() - accepted

    record_property("seconds_from_250_to_timeline_ticket_and_kpi", round(seconds, 3))
    print(f"From SMTP 250 to timeline, ticket and KPI: {seconds:.3f} s (goal on an idle machine: below 1 s)")  # noqa: T201 (the figure that the issue of speed is about)
    assert (entry["type"], entry["channel"], entry["direction"]) == ("hub.message.received.v1", "email", "inbound")
    assert "wo bleibt mein Paket" in entry["content"]["text"]
    assert entry["content"]["attachments"][0]["name"] == "Rechnung März.pdf"
    assert ticket["channel"] == "email"


def test_an_agent_gets_the_offer_live_and_takes_the_ticket_to_its_end(hub: RunningHub, agents: list[str]) -> None:
    before = figures(hub)
    sender = f"{someone()}@mail.example"
    with listening(hub, "routing", f"/v1/agents/{agents[0]}/stream", agents[0]) as seen:
        send_mail(hub, sender, "I have a question.")
        entry = wait_for(lambda: entries(hub, f"email:{sender}"), "the entry")[0]
        ticket = ticket_in(hub, entry["conversation"], "offered")
        agent = ticket["agent"]
        if agent == agents[0]:
            wait_for(lambda: any(ticket["id"] in json.dumps(event) for event in seen), "the offer on the live stream")

    assert act(hub, ticket["id"], "accept", agent).json()["state"] == "active"
    assert act(hub, ticket["id"], "accept", agent).json()["state"] == "active", "a double click is no error"
    assert act(hub, ticket["id"], "wrap-up", agent).json()["state"] == "wrapup"
    assert act(hub, ticket["id"], "resolve", agent).json()["state"] == "resolved"
    after = wait_for(
        lambda: _if(figures(hub), lambda now: now["handled"] > before["handled"]), "the figure of handling"
    )
    assert after["answered"] > before["answered"]
    history = hub.get("routing", f"/v1/tickets/{ticket['id']}/history")["items"]
    told = [item["event"]["event"] for item in history]
    assert told[0] == "ticket.opened"
    assert told.count("ticket.accepted") == 1
    assert told[-3:] == ["ticket.accepted", "ticket.wrapup.started", "ticket.resolved"]

    def among_the_interactions() -> list[str] | None:
        page = hub.get("profile", "/v1/timeline", identity=f"email:{sender}")["timeline"]["items"]
        [shown] = [found["ticket"] for found in page if "ticket" in found] or [{"state": None, "course": []}]
        return [f"ticket.{step['event']}" for step in shown["course"]] if shown["state"] == "resolved" else None

    assert wait_for(among_the_interactions, "the resolved ticket on the timeline") == told


def test_a_hang_up_before_an_agent_answers_abandons_the_ticket(hub: RunningHub) -> None:
    before = figures(hub)["abandoned"]
    call, number = f"CA{uuid.uuid4().hex}", f"+4915112{uuid.uuid4().int % 10**6:06d}"

    assert twilio(hub, call, "ringing", number, 0).is_success
    entry = wait_for(lambda: entries(hub, f"phone:{number}"), "the entry of the call")[0]
    ticket_in(hub, entry["conversation"], "waiting", "offered")
    assert twilio(hub, call, "completed", number, 1).is_success

    ticket = ticket_in(hub, entry["conversation"], "abandoned")
    assert ticket["channel"] == "phone"
    wait_for(lambda: figures(hub)["abandoned"] > before, "the figure of abandoned contacts")


def test_a_chat_is_answered_by_an_agent_on_the_same_socket(hub: RunningHub, agents: list[str]) -> None:
    with chatting(hub) as socket:
        next_frame(socket, "welcome")
        socket.send(json.dumps({"type": "message", "id": "1", "text": "Hello 👋, is anybody there?"}))
        next_frame(socket, "ack")

        def offered() -> dict[str, Any] | None:
            found = hub.get("routing", "/v1/tickets", state="offered", limit=500)["items"]
            return next((ticket for ticket in found if ticket["channel"] == "chat"), None)

        ticket = wait_for(offered, "the offer of the chat")
        assert ticket["agent"] in agents
        act(hub, ticket["id"], "accept", ticket["agent"]).raise_for_status()
        path = f"/v1/conversations/{ticket['conversation']}/messages"
        reply = hub.ask("POST", "ingest", path, role="agent", subject=ticket["agent"], json={"text": "Yes, I am."})
        assert reply.status_code == 202, reply.text
        assert next_frame(socket, "message")["text"] == "Yes, I am."

    assert ticket_in(hub, ticket["conversation"], "wrapup")["agent"] == ticket["agent"]


def test_an_email_and_a_call_of_one_person_show_as_one_customer_once_it_is_known(hub: RunningHub) -> None:
    name, number = someone(), f"+4915113{uuid.uuid4().int % 10**6:06d}"
    send_mail(hub, f"{name}@mail.example", "Please call me back.")
    twilio(hub, f"CA{uuid.uuid4().hex}", "ringing", number, 0)
    wait_for(lambda: entries(hub, f"email:{name}@mail.example"), "the mail")
    wait_for(lambda: entries(hub, f"phone:{number}"), "the call")

    evidence = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/plugins/login",
        "type": "hub.contact.identified.v1",
        "data": {
            "channel": "web",
            "direction": "inbound",
            "conversation": str(uuid.uuid4()),
            "identity": f"email:{name}@mail.example",
            "also": [{"identity": f"phone:{number}", "content": {}}],
            "evidence": "verified_login",
            "content": {},
        },
    }
    hub.ask("POST", "ingest", "/v1/events", role="channel", json=evidence).raise_for_status()

    def both() -> list[dict[str, Any]] | None:
        found = entries(hub, f"phone:{number}")
        return found if {entry["channel"] for entry in found} >= {"email", "phone"} else None

    wait_for(both, "one timeline of both")
    screen = hub.get("profile", "/v1/timeline", identity=f"email:{name}@mail.example")
    customer = hub.get("profile", f"/v1/customers/{screen['customer']['id']}")
    assert {identity["identity"] for identity in customer["identities"]} >= {
        f"email:{name}@mail.example",
        f"phone:{number}",
    }
    only_calls = hub.get("profile", f"/v1/customers/{customer['id']}/timeline", channel="phone")["items"]
    assert {entry["channel"] for entry in only_calls} == {"phone"}
    found = hub.get("profile", "/v1/customers", q=f"{name}@mail.example")["items"]
    assert [one["id"] for one in found] == [customer["id"]]


def test_every_service_shows_its_health_and_figures_without_a_token(hub: RunningHub) -> None:
    for name in ("ingest", "profile", "routing", "metrics"):
        assert hub.http.get(hub.url(name, "/healthz")).json() == {"status": "alive"}
        assert hub.http.get(hub.url(name, "/readyz")).json()["ready"] is True
        told = families(hub.http.get(hub.url(name, "/metrics")).text)
        assert "hub_http_requests" in {family.name for family in told}
        assert list(faults(told)) == []


def test_every_service_pushes_what_it_tells(hub: RunningHub, collector: OtlpCollector) -> None:
    for name in ("ingest", "profile", "routing", "metrics"):
        hub.http.get(hub.url(name, "/healthz"))
        told = {family.name for family in families(hub.http.get(hub.url(name, "/metrics")).text) if family.samples}
        wait_for(lambda: told <= collector.metrics.get(f"hub-{name}", {}).keys(), f"a push of {name}")  # noqa: B023 (called at once)


def _if(value: T, true: Callable[[T], bool]) -> T | None:
    return value if true(value) else None
