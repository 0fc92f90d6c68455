"""Whatever tickets do, and in whatever order it becomes known: figures equal an independent calculation from the log.

Histories hold late events, decisions that were published again, records in another order, and restarts in between.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.documents import contact_of
from services.metrics.domain import fold
from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.fold import Event
from services.metrics.domain.history import figures_of
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import end_of, time_of
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import Step, agent_log, ticket_log
from tests.unit.metrics.stored import Stored
from tests.unit.metrics.stored_agents import StoredAgents

MILLISECONDS = st.one_of(
    st.sampled_from((0, 500, 1_000, 5_000, 15_000, 19_999, 20_000, 60_000)), st.integers(0, 30_000)
)
"""Gaps between decisions: thresholds, full seconds and minutes are met often, anything else now and then."""

steps = st.lists(
    st.builds(
        Step,
        ticket=st.integers(0, 3),
        choice=st.integers(0, 999),
        after=MILLISECONDS,
        late=st.one_of(st.just(0), st.just(0), st.just(0), st.integers(0, 600_000)),
        again=st.one_of(st.just(0), st.just(0), st.just(0), st.integers(0, 9)),
    ),
    min_size=15,
    max_size=80,
)
DEFINITIONS = ("strict", "answered", "strict-less-short", "removed")


T = TypeVar("T")


def taken(log: Sequence[Event], restarts: set[int], batch: int = 1) -> Stored:
    """What is stored after the log, with restarts before some batches."""
    stored = Stored()
    for number, place in enumerate(range(0, len(log), batch)):
        if number in restarts:
            stored.restart()
        stored.take(log[place : place + batch])
    return stored


def shuffled(log: Sequence[T], random: Random, reach: int) -> list[T]:
    """The log with records out of place by up to `reach`."""
    return [event for _, event in sorted(enumerate(log), key=lambda pair: pair[0] + random.random() * reach)]


def calculated_figures(figures: Figures, definition: str) -> dict[str, float | None]:
    told = Choice.of([definition]).measure(figures)
    return {name: told[name] for name in oracle.FIGURES}


@settings(deadline=None)
@given(
    steps=steps,
    restarts=st.sets(st.integers(0, 120), max_size=4),
    batch=st.sampled_from((1, 1, 3, 10)),
    moments=st.lists(st.integers(0, 200), min_size=1, max_size=4),
    shift=st.sampled_from((0, 0, 1, 1_000, 20_000, 59_000, 60_000, 299_000, 300_000, 900_000)),
    span=st.sampled_from((60, 300, 900, 3_600)),
    seed=st.integers(0, 10_000),
    definition=st.sampled_from(DEFINITIONS),
)
def test_figures_equal_the_independent_calculation_at_every_moment(
    steps: list[Step],
    restarts: set[int],
    batch: int,
    moments: list[int],
    shift: int,
    span: int,
    seed: int,
    definition: str,
) -> None:
    log = ticket_log(steps)
    random = Random(seed)
    stored = Stored()
    recent = Recent(0)
    known_rows: dict[str, Row] = {}
    places = sorted({moment % len(log) for moment in moments})
    reach = 0 if random.random() < 0.5 else 8
    ends, done = 0, 0
    for place in places:
        now = max(event.time for event in log[: place + 1]) + timedelta(milliseconds=shift)
        known = log[done : place + 1]
        for start in range(0, len(known), batch):
            if start in restarts:
                stored.restart()
            stored.take(shuffled(known[start : start + batch], random, reach))
        done = place + 1
        for name, row in stored.rows().items():
            if known_rows.get(name) != row:
                recent.put(name, row)
                known_rows[name] = row
        ends = max(ends, end_of(now))
        groups = recent.window(span, ends)
        stays = oracle.stays(log[: place + 1])
        as_of = time_of(ends * 1_000_000)
        for key in keys_of(stays):
            calculated = oracle.kpis(
                stays, span=timedelta(seconds=span), as_of=as_of, definition=definition, **dict([key] if key[1] else [])
            )
            assert_same_figures(
                calculated_figures(groups.get(key, Figures()), definition),
                {name: calculated[name] for name in oracle.FIGURES},
            )


def keys_of(stays: list[oracle.Stay]) -> list[Key]:
    return [
        ("all", ""),
        *(("queue", queue) for queue in {stay.queue for stay in stays}),
        *(("channel", channel) for channel in {stay.channel for stay in stays}),
    ]


in_any_way = given(
    steps=steps,
    seed=st.integers(0, 10_000),
    reach=st.sampled_from((0, 3, 30, 1_000)),
    restarts=st.sets(st.integers(0, 120), max_size=4),
    batch=st.sampled_from((1, 2, 7, 50)),
)
"""A history, and how it becomes known: shuffled within `reach`, in batches, with restarts."""


@settings(deadline=None)
@in_any_way
def test_another_engine_may_have_a_stream_for_each_ticket(
    steps: list[Step], seed: int, reach: int, restarts: set[int], batch: int
) -> None:
    """More than are remembered. Its events come twice and in any order, as others do."""
    log = [replace(event, stream=f"stream of {event.data.ticket}") for event in ticket_log(steps)]
    straight = taken(log, set())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "MOST_STREAMS", 2)
        otherwise = taken(shuffled(log, Random(seed), reach), restarts, batch)
        otherwise.take(log)
    assert len(otherwise.state.seen) <= 2
    assert otherwise.rows() == straight.rows()


@settings(deadline=None)
@in_any_way
def test_the_order_in_which_events_come_and_how_often_makes_no_difference(
    steps: list[Step], seed: int, reach: int, restarts: set[int], batch: int
) -> None:
    log = ticket_log(steps)
    straight, otherwise = taken(log, set()), taken(shuffled(log, Random(seed), reach), restarts, batch)
    assert straight.rows() == otherwise.rows()
    assert straight.state.seen == otherwise.state.seen
    assert straight.state.open == {
        ticket: known for ticket, known in _whole(otherwise).items() if ticket in straight.state.open
    }
    quarters = {quarter for document in straight.contacts.values() for quarter in document["quarters"]}
    assert all(any(begin <= quarter <= until for begin, until in otherwise.quarters.items()) for quarter in quarters)


def _whole(stored: Stored) -> dict[str, object]:
    """The open tickets, each with all its contacts: a restart leaves those out that are over."""
    for known in stored.state.open.values():
        course = known.course
        course.contacts = [
            contact
            for contact in (contact_of(document) for document in stored.contacts.values())
            if contact.ticket == course.id
        ]
        course.contacts.sort(key=lambda contact: contact.stay)
        course.strays = 0
    return dict(stored.state.open)


@settings(deadline=None)
@given(steps=steps, definition=st.sampled_from(DEFINITIONS))
def test_figures_of_quarters_equal_the_independent_calculation(steps: list[Step], definition: str) -> None:
    log = ticket_log(steps)
    rows, stays = [*taken(log, set()).rows().values()], oracle.stays(log)
    moments = [moment for row in rows for _, moment, _ in row.bookings()]
    for quarter in range(quarter_of(min(moments)), quarter_of(max(moments)) + 1):
        groups = figures_of(quarter, rows)
        for key in keys_of(stays):
            calculated = oracle.kpis(
                stays,
                span=timedelta(minutes=15),
                as_of=time_of(begins(quarter + 1)),
                definition=definition,
                **dict([key] if key[1] else []),
            )
            assert_same_figures(
                calculated_figures(groups.get(key, Figures()), definition),
                {name: calculated[name] for name in oracle.FIGURES},
            )


@settings(deadline=None)
@given(random=st.randoms(use_true_random=False), count=st.integers(0, 60))
def test_agents_by_status_equal_the_independent_calculation(random: Random, count: int) -> None:
    log = agent_log(random, count)
    stored = StoredAgents()
    stored.take(log)
    assert stored.state.statuses() == oracle.statuses(log)
