"""What the views show, as folds of the decision log."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.routing.domain.configuration import CalendarConfigured
from services.routing.domain.events import Event
from services.routing.domain.hours import CalendarSettings
from services.routing.views import Subject, fold
from shared.contracts.tickets import TicketOpened
from shared.decisions import Entry
from shared.mongo import Document
from tests.unit.routing.scenario import (
    EIGHT,
    abandoned,
    accepted,
    agent,
    available,
    configured,
    declined,
    flat,
    offered,
    opened,
    resolved,
    second,
    status,
    wrapping_up,
)


def log(*decisions: list[Event] | Event) -> list[Entry[Event]]:
    """Each argument is one decision of the pool."""
    return [
        Entry(
            stream="routing/main",
            sequence=number,
            position=number,
            at=EIGHT + timedelta(seconds=number),
            outcomes=(),
            events=tuple(("a command", event) for event in flat([events])),
        )
        for number, events in enumerate(decisions, start=1)
    ]


LIFE = log(
    configured(),
    available("ann"),
    available("bob"),
    [*opened("t1", 1), offered("t1", "ann", 1)],
    [declined("t1", "ann", 2), offered("t1", "bob", 2)],
    accepted("t1", "bob", 3),
    [*opened("t2", 3), offered("t2", "ann", 3)],
    wrapping_up("t1", "bob", 4),
    abandoned("t2", 5, name="ann"),
    resolved("t1", "bob", 6),
    status("bob", "break", 7, reason="lunch"),
)


def shown(document: Document, *names: str) -> list[Any]:
    return [document[name] for name in names]


def test_a_ticket_shows_where_it_is_at_every_step() -> None:
    states = [fold({}, LIFE[:number])[("tickets", "t1")] for number in range(4, 11)]
    assert [(ticket["state"], ticket["agent"]) for ticket in states] == [
        ("offered", "ann"),
        ("offered", "bob"),
        ("active", "bob"),
        ("active", "bob"),
        ("wrapup", "bob"),
        ("wrapup", "bob"),
        ("resolved", "bob"),
    ]
    times = shown(states[-1], "opened", "queued", "offered", "accepted", "wrapup", "closed", "expires")
    assert times == [second(1), second(1), second(2), second(3), second(4), second(6), None]


def test_a_ticket_shows_its_customer_and_who_accepted_it() -> None:
    first, queued = opened("t1", 1)
    assert isinstance(first, TicketOpened)
    known = replace(first, customer="cus_1", segment="gold")
    life = log(configured(), available("bob"), [known, queued, offered("t1", "bob", 1)], accepted("t1", "bob", 3))
    assert shown(fold({}, life)[("tickets", "t1")], "customer", "segment", "accepted_by") == ["cus_1", "gold", "bob"]


def test_an_abandoned_ticket_is_with_nobody_and_says_why() -> None:
    ticket = fold({}, LIFE)[("tickets", "t2")]
    assert shown(ticket, "state", "agent", "reason", "closed") == ["abandoned", None, "hung_up", second(5)]


def test_an_agent_shows_its_tickets_and_status() -> None:
    assert fold({}, LIFE[:7])[("agents", "bob")]["tickets"] == ["t1"]
    assert fold({}, LIFE[:7])[("agents", "ann")]["tickets"] == ["t2"]
    bob = fold({}, LIFE)[("agents", "bob")]
    assert shown(bob, "tickets", "status", "reason", "since") == [[], "break", "lunch", second(7)]


def test_a_new_configuration_keeps_what_an_agent_does() -> None:
    before = fold({}, LIFE[:7])
    again = log(*([[]] * 7), agent("ann", skills=["german"]))
    ann = fold(before, again)[("agents", "ann")]
    assert shown(ann, "skills", "status", "tickets") == [{"german": 5}, "available", ["t2"]]


def test_a_calendar_shows_how_it_is_configured_last() -> None:
    first, second_one = (
        CalendarConfigured(
            pool="main",
            calendar="office",
            at=EIGHT,
            settings=CalendarSettings(name=name, time_zone="UTC", week={"monday": ("09:00-17:00",)}),
        )
        for name in ("Office", "Head office")
    )
    assert fold({}, log(first, second_one))[("calendars", "office")] == {
        "_id": "office",
        "pool": "main",
        "name": "Head office",
        "time_zone": "UTC",
        "week": {"monday": ["09:00-17:00"]},
        "dates": {},
        "sequence": 2,
    }


def test_folding_a_decision_again_changes_nothing() -> None:
    once = fold({}, LIFE)
    assert fold(once, LIFE) == {}


def test_folding_in_parts_leads_to_the_same() -> None:
    for cut in range(len(LIFE) + 1):
        documents: dict[Subject, Document] = fold({}, LIFE[:cut])
        assert documents | fold(documents, LIFE[max(0, cut - 2) :]) == fold({}, LIFE)
