"""First response and resolution times, elapsed and in business hours, and the backlog by age."""

from datetime import timedelta
from typing import Any

from services.metrics.domain.backlog import Backlog
from services.metrics.domain.dimensions import keyed
from services.metrics.domain.kpis import Choice
from shared.contracts.tickets import TicketEvent, TicketOpened, TicketReopened
from shared.contracts.tickets_sla import (
    Target,
    TicketSlaBreached,
    TicketSlaLifted,
    TicketSlaMet,
    TicketSlaMissed,
    TicketSlaStarted,
)
from tests.unit.metrics.given import at, figures, fold, items, queued, resolved

HOUR = 3_600


def opened(ticket: str, when: float) -> TicketEvent:
    return TicketOpened(
        ticket=ticket, at=at(when), pool="pool-a", conversation=f"c-{ticket}", channel="email", identity="0" * 32
    )


def started(
    ticket: str, when: float, *, since: float, seconds: float, target: Target = "first_response"
) -> TicketEvent:
    left = seconds - (when - since)
    return TicketSlaStarted(
        ticket=ticket, at=at(when), target=target, queue="sales", since=at(since), seconds=seconds, left_s=left
    )


def met(ticket: str, reached: float, *, left: float, target: Target = "first_response") -> TicketEvent:
    return TicketSlaMet(ticket=ticket, at=at(reached + 1), target=target, reached=at(reached), left_s=left)


def missed(ticket: str, reached: float, *, late: float) -> TicketEvent:
    return TicketSlaMissed(ticket=ticket, at=at(reached + 1), target="first_response", reached=at(reached), late_s=late)


def told(*events: TicketEvent, definition: str = "elapsed") -> dict[str, Any]:
    return Choice.of([definition]).measure(figures(*events))


def test_a_first_response_takes_from_the_question_to_the_answer_not_to_when_it_became_known() -> None:
    events = [opened("a", 5), queued("a", 5), started("a", 5, since=2, seconds=600), met("a", 62, left=540)]
    assert told(*events)["average_first_response_time"] == 60.0
    assert told(*events)["first_responses"] == 1
    ((name, moment, amount),) = [
        booking for row in fold(*events).rows().values() for booking, _ in keyed(row) if booking[0] == "response"
    ]
    assert (name, moment, amount) == ("response", int(at(62).timestamp() * 1_000_000), 60_000_000)


def test_business_time_is_what_the_target_had_used_up() -> None:
    """Asked after hours: twelve hours pass until the answer, of which 10 minutes are within opening hours."""
    events = [
        *(opened("a", 0), queued("a", 0), started("a", 0, since=0, seconds=HOUR), met("a", 12 * HOUR, left=3_000)),
        *(opened("b", 0), queued("b", 0), started("b", 0, since=0, seconds=HOUR)),
        TicketSlaBreached(ticket="b", at=at(14 * HOUR), target="first_response", due=at(14 * HOUR)),
        missed("b", 14 * HOUR + 100, late=100),
    ]
    assert told(*events)["average_first_response_time"] == (12 * HOUR + 14 * HOUR + 100) / 2
    assert told(*events, definition="business")["average_first_response_time"] == (600 + 3_700) / 2
    both = Choice.of(["elapsed", "business"]).compare(figures(*events))["average_first_response_time"]
    assert both == {"elapsed": (26 * HOUR + 100) / 2, "business": 2_150.0}


def test_percentiles_of_first_responses() -> None:
    events: list[TicketEvent] = []
    for number in range(1, 101):
        name = f"t{number}"
        events += [opened(name, 0), queued(name, 0), started(name, 0, since=0, seconds=HOUR)]
        events += [met(name, number, left=HOUR - number)]
    found = told(*events)
    for percentile, seconds in (("median", 50), ("p90", 90), ("p95", 95), ("p99", 99)):
        assert abs(found[f"{percentile}_first_response_time"] - seconds) <= seconds * 0.005


def test_a_clock_that_is_set_anew_counts_as_it_was_set_last() -> None:
    events = [opened("a", 0), queued("a", 0), started("a", 0, since=0, seconds=60)]
    events += [started("a", 30, since=0, seconds=600), met("a", 90, left=510)]
    assert told(*events, definition="business")["average_first_response_time"] == 90.0


def test_a_breach_or_a_lifted_target_is_no_answer() -> None:
    events = [opened("a", 0), queued("a", 0), started("a", 0, since=0, seconds=60)]
    breach = TicketSlaBreached(ticket="a", at=at(60), target="first_response", due=at(60))
    lifted = TicketSlaLifted(ticket="a", at=at(61), target="first_response", reason="abandoned")
    assert told(*events, breach)["first_responses"] == 0
    assert told(*events, lifted)["average_first_response_time"] is None


def test_resolution_in_business_time_is_of_those_with_a_target_and_anew_when_reopened() -> None:
    first = [
        *(opened("a", 0), queued("a", 0), started("a", 0, since=0, seconds=HOUR, target="resolution")),
        *(met("a", 7_000, left=3_000, target="resolution"), resolved("a", 7_000)),
        *(opened("b", 0), queued("b", 0), resolved("b", 1_000)),
    ]
    assert told(*first, definition="business")["average_resolution_time"] == 600.0
    assert told(*first)["average_resolution_time"] == 4_000.0
    again = [TicketReopened(ticket="a", at=at(8_000), queue="sales", by="customer"), queued("a", 8_000)]
    assert told(*first, *again, definition="business")["average_resolution_time"] is None
    again += [met("a", 9_000, left=2_400, target="resolution"), resolved("a", 9_000)]
    assert told(*first, *again, definition="business")["average_resolution_time"] == 1_200.0


def test_the_backlog_by_age() -> None:
    ages = {"under_1h": 3_599.0, "1h_to_4h": HOUR, "4h_to_1d": 4 * HOUR, "1d_to_3d": 24 * HOUR}
    ages |= {"3d_to_7d": 72 * HOUR, "over_7d": 168 * HOUR}
    now = timedelta(days=8).total_seconds()
    events = [event for name, age in ages.items() for event in (opened(name, now - age), queued(name, now - age))]
    (item,) = items(events, now=now)
    assert item.kpis.backlog == 6
    assert item.kpis.backlog_by_age == dict.fromkeys(ages, 1)
    (item,) = items([*events, resolved("over_7d", now)], now=now)
    assert item.kpis.backlog_by_age == dict.fromkeys(ages, 1) | {"over_7d": 0}


def test_a_ticket_that_is_opened_ahead_of_the_clock_is_the_youngest() -> None:
    assert Backlog([5_000_000]).by_age(0)["under_1h"] == 1


def test_no_backlog_has_no_ages() -> None:
    (item,) = items([opened("a", 0), queued("a", 0), resolved("a", 3)], now=4)
    assert (item.kpis.backlog, item.kpis.backlog_by_age) == (0, None)
