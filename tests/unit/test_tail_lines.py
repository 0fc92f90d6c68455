"""How `hub tail` writes events on a person's screen."""

from typing import Any

import pytest

from deploy.local.errors import WrongSetting
from deploy.local.event_lines import BROKEN, ERASED, kind_of, line_of, shown
from deploy.local.tail import topic_named
from shared.topics import INTERACTIONS, TICKETS, TOPICS

AT = "2026-11-21T10:00:00.123000Z"


def interaction(content: object, **data: Any) -> dict[str, Any]:  # noqa: ANN401 (facts of any kind)
    facts = {
        "channel": "email",
        "direction": "inbound",
        "conversation": "8d2f7c52-1d5b-5c39-9a53-2b4f0a0e7c11",
        "identity": "5f8a1c2b3d4e5f60718293a4b5c6d7e8",
    }
    return {"type": "hub.message.received.v1", "time": AT, "data": facts | data | {"content": content}}


def decided(**data: Any) -> dict[str, Any]:  # noqa: ANN401 (facts of any kind)
    return {"type": f"hub.{data['event']}.v1", "time": AT, "data": {"at": AT} | data}


def test_a_message_is_shown_with_its_sender_and_its_words() -> None:
    content = {"identity": "email:ann@x.org", "subject": "Order 7", "text": "Where is it?", "original": {"raw": "…"}}
    assert line_of(interaction(content)).plain.split("  ")[0] == "2026-11-21T10:00:00.123Z"
    assert line_of(interaction(content)).plain.endswith("8d2f7c52  → email:ann@x.org  Order 7 — Where is it?")


def test_a_sealed_message_shows_that_it_is_sealed_and_not_who_wrote_it() -> None:
    assert line_of(interaction("bm9uY2U=")).plain.endswith("8d2f7c52  → 5f8a1c2b  [sealed]")


def test_a_note_on_a_ticket_is_shown_with_its_words() -> None:
    noted = decided(event="ticket.noted", ticket="T-123456789", note="n", by="ann", content={"text": "Likes tea"})
    assert line_of(noted).plain.endswith("T-123456  note=n  by=ann  Likes tea")
    assert line_of(noted | {"data": noted["data"] | {"content": "bm9uY2U="}}).plain.endswith("by=ann  [sealed]")


@pytest.mark.parametrize("mark", [ERASED, BROKEN])
def test_what_cannot_be_opened_says_why(mark: str) -> None:
    assert line_of(interaction(mark)).plain.endswith(mark)


def test_an_identification_shows_every_address() -> None:
    also = [{"identity": "0" * 32, "content": {"identity": "phone:+4930123456"}}]
    event = interaction({"identity": "email:ann@x.org"}, also=also, evidence="verified_login")
    assert "→ email:ann@x.org  = phone:+4930123456 (verified_login)" in line_of(event).plain


def test_a_plugins_own_event_shows_its_fields() -> None:
    event = interaction({"identity": "crm:7", "order": "A-1"}) | {"type": "x.order.placed"}
    assert "x.order.placed" in line_of(event).plain
    assert line_of(event).plain.endswith("order=A-1")


def test_a_ticket_event_shows_the_ticket_its_agent_and_its_facts() -> None:
    event = decided(event="ticket.offered", ticket="0123456789abcdef", queue="sales", agent="ann", expires=AT)
    assert line_of(event).plain.endswith(f"ticket.offered          01234567  agent=ann  queue=sales  expires={AT}")


def test_an_agent_event_shows_the_agent_in_full() -> None:
    line = line_of(decided(event="agent.status.changed", agent="agent-number-one", status="break", reason=None))
    assert line.plain.endswith("agent-number-one  status=break")


def test_figures_are_those_of_everything() -> None:
    items = [
        {"key": {"queue": "sales"}, "kpis": {"offered": 1}},
        {"key": {}, "kpis": {"offered": 9, "service_level": 0.37512, "average_speed_of_answer": None}},
    ]
    event = {"type": "hub.kpis.measured.v1", "time": AT, "data": {"window": "5m", "items": items}}
    assert line_of(event).plain.endswith("5m    offered=9  service_level=0.375")


def test_a_deviation_shows_the_queue_the_levels_and_the_rule() -> None:
    rule = {"kpi": "service_level", "window": "15m", "warning": 0.8, "enabled": True}
    data = {"alert": "5b1f7c52-1d5b", "change": "began", "queue": "sales", "before": "ok", "after": "warning"}
    event = {"type": "hub.kpis.deviated.v1", "time": AT, "data": {**data, "value": 0.375, "rule": rule}}
    line = line_of(event).plain
    assert "kpis.deviated" in line
    assert line.endswith("sales  ok → warning  service_level=0.375  window=15m  warning=0.8  alert=5b1f7c52")


def test_a_command_shows_what_is_to_be_done() -> None:
    command = {"do": "accept_ticket", "ticket": "t-1", "agent": "ann"}
    routing = line_of({"id": "c-1", "pool": "main", "at": AT, "command": command}).plain
    assert routing.endswith("accept_ticket           ticket=t-1  agent=ann  id=c-1  pool=main")
    customers = line_of({"command": "link_identities", "id": "c-2", "first": "a", "second": "b", "at": AT}).plain
    assert customers.endswith("link_identities         id=c-2  first=a  second=b")


def test_values_are_written_as_a_person_would() -> None:
    event = decided(event="agent.skills.changed", agent="ann", skills=["sales", "german"], seconds=14_400.0)
    assert line_of(event).plain.endswith("ann  skills=sales,german  seconds=14400")


def test_a_dead_letter_shows_its_reason_and_no_content() -> None:
    letter = {"id": "l-1", "topic": "hub.tickets.v1", "partition": 3, "offset": 8, "group": "g", "reason": "no JSON"}
    line = line_of(letter | {"at": AT, "value": "c2VhbGVk"})
    assert line.plain.endswith("l-1  hub.tickets.v1/3@8  group=g  no JSON")


@pytest.mark.parametrize(
    "event", [{}, {"data": None}, {"data": {}}, {"data": {"items": []}}, {"type": 5, "data": [1]}, {"value": [1, 2]}]
)
def test_any_json_object_makes_a_line(event: dict[str, Any]) -> None:
    assert line_of(event).plain


def test_long_words_are_cut() -> None:
    assert len(line_of(interaction({"identity": "email:a@x.org", "text": "ä" * 5_000})).plain) < 450


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ("one\r\ntwo", "one⏎two"),
        ("\x1b[2Jgone", "␛[2Jgone"),
        ("a\x9b31mb", "a�31mb"),
        ("safe\u202etxt.exe", "safe�txt.exe"),
        ("[bold]plain[/bold] 👩\u200d💻 ä", "[bold]plain[/bold] 👩\u200d💻 ä"),
    ],
)
def test_nothing_that_a_customer_writes_moves_the_cursor(words: str, seen: str) -> None:
    assert shown(words) == seen
    assert seen in line_of(interaction({"identity": "email:a@x.org", "text": words})).plain
    assert seen in line_of({"type": words, "data": None}).plain


def test_kinds_are_short() -> None:
    assert kind_of({"type": "hub.ticket.wrapup.started.v1"}) == "ticket.wrapup.started"
    assert kind_of({"type": "x.order.placed"}) == "x.order.placed"


def test_every_topic_has_a_short_name() -> None:
    assert [topic_named(topic.name.rpartition(".")[0], "hub") for topic in TOPICS] == list(TOPICS)


@pytest.mark.parametrize("name", ["interactions", "interactions.v1", "shop.interactions.v1"])
def test_a_topic_is_found_by_any_of_its_names(name: str) -> None:
    assert topic_named(name, "shop") is INTERACTIONS


def test_an_unknown_topic_is_refused_with_those_there_are() -> None:
    with pytest.raises(WrongSetting, match=r"no topic 'ticket' .* interactions, .*tickets") as refusal:
        topic_named("ticket", "hub")
    assert refusal.value.exit_code == 2
    assert TICKETS.name.removesuffix(".v1") in str(refusal.value)
