"""Folding agents' events: presences, in whatever order they come."""

from datetime import datetime, timedelta

import pytest

from services.metrics.domain.agents import Event
from services.metrics.domain.presence import Presence
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.windows import moment_of
from services.metrics.presence_documents import presence_document, within
from shared.contracts.agents import (
    AgentEvent,
    AgentSignedIn,
    AgentSignedOut,
    AgentSkillsChanged,
    AgentStatus,
    AgentStatusChanged,
)
from shared.mongo import Document
from tests.oracle.histories import decided
from tests.unit.metrics.given import at
from tests.unit.metrics.stored_agents import StoredAgents


def signed_in(when: float, pool: str = "main") -> AgentEvent:
    return AgentSignedIn(agent="ann", at=at(when), pool=pool)


def turned(status: AgentStatus, when: float, capacity: int | None = None) -> AgentEvent:
    return AgentStatusChanged(agent="ann", at=at(when), status=status, capacity=capacity)


def after(*events: AgentEvent) -> StoredAgents:
    return taken(*(decided(event, "main", number, 0) for number, event in enumerate(events, start=1)))


def taken(*events: Event) -> StoredAgents:
    stored = StoredAgents()
    for event in events:
        stored.take([event])
    return stored


def told(stored: StoredAgents) -> list[tuple[str, float, float | None]]:
    """Status, since when and until when, in seconds after nine."""
    nine = moment_of(at(0))
    return [
        (row.status, (row.since - nine) / 1e6, None if row.until is None else (row.until - nine) / 1e6)
        for row in sorted(stored.rows().values(), key=lambda row: row.since)
    ]


def test_who_signs_in_is_busy_until_they_are_available() -> None:
    assert told(after(signed_in(0))) == [("busy", 0, None)]
    assert told(after(signed_in(0), turned("available", 1))) == [("busy", 0, 1), ("available", 1, None)]


def test_who_is_offline_or_signed_out_is_not_counted() -> None:
    nobody = {"available": 0, "busy": 0, "break": 0, "not_responding": 0}
    gone = AgentSignedOut(agent="ann", at=at(1))
    for events in ((signed_in(0), gone), (signed_in(0), turned("offline", 1)), (gone,)):
        assert after(*events).state.statuses() == nobody


def test_skills_change_no_status_and_are_not_kept() -> None:
    stored = after(signed_in(0), AgentSkillsChanged(agent="ann", at=at(1), skills=("german",)))
    assert told(stored) == [("busy", 0, None)]
    assert len(stored.events) == 1


def test_what_is_published_again_does_not_turn_the_status_back() -> None:
    away, back = decided(turned("break", 0), "main", 1, 0), decided(turned("available", 1), "main", 2, 0)
    assert told(taken(away, back, away)) == [("break", 0, 1), ("available", 1, None)]


def test_what_comes_late_is_put_where_it_belongs() -> None:
    first = decided(turned("available", 0), "main", 1, 0)
    late = decided(turned("break", 10), "main", 2, 0)
    last = decided(turned("busy", 20), "main", 3, 0)
    assert told(taken(first, last, late)) == [("available", 0, 10), ("break", 10, 20), ("busy", 20, None)]


def test_an_agent_is_in_one_status_at_a_time_where_clocks_disagree() -> None:
    stored = after(turned("available", 0), turned("break", 30), turned("available", 10), turned("busy", 40))
    assert told(stored) == [("available", 0, 30), ("break", 30, 30), ("available", 30, 40), ("busy", 40, None)]


def test_pool_and_capacity_are_those_told_last() -> None:
    stored = after(signed_in(0), turned("available", 1, capacity=3), turned("break", 2), signed_in(3, "other"))
    assert [(row.pool, row.capacity) for row in stored.rows().values()] == [
        ("main", 8),
        ("main", 3),
        ("main", 3),
        ("other", 3),
    ]


def test_a_change_is_noted_from_its_moment_on_and_a_late_one_as_far_as_it_reaches() -> None:
    hour = 3_600
    first, last = decided(turned("available", 0), "main", 1, 0), decided(turned("busy", 5 * hour), "main", 3, 0)
    stored = taken(first, last)
    stored.quarters.clear()
    late = decided(turned("break", hour), "main", 2, 0)
    stored.take([late])
    ((quarter, reach),) = stored.quarters.items()
    assert quarter == quarter_of(moment_of(at(hour)) + 1)
    assert (reach.until, set(reach.causes)) == (quarter + 15, {late.id})


@pytest.mark.parametrize("length", [0, 1, 899, 900, 901, 86_400, 40 * 86_400, None])
@pytest.mark.parametrize("gap", [-1, 0, 1])
def test_presences_are_found_by_the_time_they_are_in(length: int | None, gap: int) -> None:
    begin, end = moment_of(at(0)), moment_of(at(900))
    lasts = timedelta(seconds=length or 0)

    def found(since: datetime) -> bool:
        until = None if length is None else moment_of(since + lasts)
        row = Presence(place=("", 1, 0), agent="ann", status="busy", since=moment_of(since), until=until)
        return any(_matches(presence_document(row), clause) for clause in within(begin, end)["$or"])

    assert found(at(900 + gap)) is (gap < 0)
    if length:
        assert found(at(gap) - lasts) is (gap > 0)


def _matches(document: Document, clause: Document) -> bool:
    def holds(value: object, wanted: object) -> bool:
        if not isinstance(wanted, dict):
            return value == wanted
        assert isinstance(value, int)
        return all(value > limit if how == "$gt" else value < limit for how, limit in wanted.items())

    return all(holds(document[name], wanted) for name, wanted in clause.items())
