"""Whatever agents do, and in whatever order it becomes known: time in statuses and occupancy equal an independent
calculation from the log, live and by quarters of an hour.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.agent_kpis import AGENT_KPIS
from services.metrics.domain.agents import Event
from services.metrics.domain.dimensions import OF_AGENTS, Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.kpis import Choice
from services.metrics.domain.lasting import Lasting
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import LONGEST, end_of, moment_of, time_of
from shared.contracts.decided import Decided
from shared.contracts.tickets import TicketEvent
from tests.oracle import agents as oracle
from tests.oracle.comparing import assert_same_figures
from tests.oracle.histories import Step, agent_log, steps_of, ticket_log
from tests.properties.metrics_rows import ComingRows
from tests.properties.test_metrics_figures import shuffled, steps, taken
from tests.unit.metrics.stored_agents import StoredAgents

KEYS: tuple[Key, ...] = (
    ("all", ""),
    ("pool", "pool-a"),
    ("pool", "pool-b"),
    *(("agent", f"agent-{n}") for n in range(5)),
)
NAMES = (*oracle.FIGURES, "weighted")


def told(figures: Figures) -> dict[str, float | None]:
    """Every figure of agents."""
    return {"weighted" if one.name == "weighted" else one.kpi: one.of(figures) for one in AGENT_KPIS}


def calculated(
    agents: Sequence[Event], tickets: Sequence[Decided[TicketEvent]], key: Key, span: timedelta, ends: int
) -> dict[str, float | None]:
    """The same by the independent calculation. ends: in seconds since 1970."""
    figures = oracle.kpis(
        oracle.spells(agents),
        oracle.works(tickets),
        span=span,
        as_of=time_of(ends * 1_000_000),
        **({key[0]: key[1]} if key[1] else {}),
    )
    return {name: figures[name] for name in NAMES}


histories = given(
    steps=steps,
    count=st.integers(0, 60),
    pace=st.sampled_from((500, 8_000, 600_000)),
    seed=st.integers(0, 100_000),
    reach=st.sampled_from((0, 3, 30, 1_000)),
    batch=st.sampled_from((1, 2, 7, 50)),
)


def taken_agents(log: Sequence[Event], batch: int = 1, restarts: bool = False) -> StoredAgents:
    stored = StoredAgents()
    for place in range(0, len(log), batch):
        if restarts and place % 3 == 0:
            stored.restart()
        stored.take(log[place : place + batch])
    return stored


@settings(deadline=None)
@histories
def test_the_order_in_which_agents_events_come_and_how_often_makes_no_difference(
    steps: list[Step], count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    log = agent_log(Random(seed), count + len(steps), agents=3, pace=pace)
    straight, otherwise = taken_agents(log), taken_agents(shuffled(log, Random(seed), reach), batch, restarts=True)
    otherwise.take(log)
    assert otherwise.rows() == straight.rows()
    assert otherwise.state == straight.state
    assert otherwise.events == straight.events


@settings(deadline=None)
@histories
def test_another_engine_may_have_a_stream_for_each_sign_in(
    steps: list[Step], count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    log = [
        replace(event, stream=f"stream {event.sequence // 5}")
        for event in agent_log(Random(seed), count + len(steps), agents=2, pace=pace)
    ]
    straight, otherwise = taken_agents(log), taken_agents(shuffled(log, Random(seed), reach), batch, restarts=True)
    assert otherwise.rows() == straight.rows()
    assert otherwise.state == straight.state


@settings(deadline=None)
@histories
def test_live_figures_of_agents_equal_the_independent_calculation_as_events_come(
    steps: list[Step], count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    random = Random(seed)
    agents, tickets = agent_log(random, count, agents=5, pace=min(pace, 8_000)), ticket_log(steps)
    both: list[Any] = shuffled([*agents, *tickets], random, reach)
    both.sort(key=lambda event: event.recordedtime + timedelta(seconds=random.randrange(reach + 1)))
    lasting, coming = Lasting(0), ComingRows()
    ends = 0
    for place in range(0, len(both), 5 * batch):
        piece = both[place : place + 5 * batch]
        for name, row in coming.take(piece).items():
            lasting.put(name, row)
        now = max(event.time for event in both[: place + len(piece)]) + timedelta(seconds=random.choice((0, 1, 70)))
        ends = max(ends, end_of(now))
        span = random.choice((60, 300, 3_600))
        groups = lasting.within(span, ends, tuple(OF_AGENTS), split=False)
        if random.random() < 0.3:
            lasting.forget(ends - LONGEST)
        seen = both[: place + len(piece)]
        of_agents = [event for event in seen if event.type.startswith("hub.agent")]
        of_tickets = [event for event in seen if event.type.startswith("hub.ticket")]
        for key in random.sample(KEYS, 3):
            assert_same_figures(
                told(groups.get(key, Figures())),
                calculated(of_agents, of_tickets, key, timedelta(seconds=span), ends),
            )


@settings(deadline=None, max_examples=50)
@histories
def test_figures_of_agents_by_quarters_equal_the_independent_calculation(
    steps: list[Step], count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    agents, tickets = agent_log(Random(seed), count, agents=5, pace=pace), ticket_log(steps)
    rows: list[Row] = [*taken(tickets, set()).rows().values()]
    rows += taken_agents(shuffled(agents, Random(seed), reach), batch).rows().values()
    first = quarter_of(
        min(moment_of(at) for at in ([event.time for event in agents] + [event.time for event in tickets]))
    )
    for quarter in (first, first + 1, first + 2, first + 30):
        groups = figures_of(quarter, rows)
        for key in KEYS:
            assert_same_figures(
                told(groups.get(key, Figures())),
                calculated(agents, tickets, key, timedelta(minutes=15), begins(quarter + 1) // 1_000_000),
            )
        assert not {name for key, group in groups.items() for name in group.sums if key[0] not in OF_AGENTS} & {
            "available_split",
            "occupied_split",
            "idle_split",
        }


@settings(deadline=None)
@given(
    count=st.integers(1, 60),
    pace=st.sampled_from((500, 8_000, 600_000)),
    seed=st.integers(0, 100_000),
    reach=st.sampled_from((0, 3, 30)),
    batch=st.sampled_from((1, 2, 7)),
)
def test_every_quarter_in_which_agents_are_otherwise_now_is_noted_as_changed(
    count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    log = shuffled(agent_log(Random(seed), count, agents=3, pace=pace), Random(seed), reach)
    first = quarter_of(min(moment_of(event.time) for event in log)) - 1
    some = range(first, first + 60)
    stored = StoredAgents()
    for place in range(0, len(log), batch):
        before = {quarter: figures_of(quarter, [*stored.rows().values()]) for quarter in some}
        stored.quarters.clear()
        stored.take(log[place : place + batch])
        for quarter in some:
            if figures_of(quarter, [*stored.rows().values()]) != before[quarter]:
                assert any(begin <= quarter <= reach.until for begin, reach in stored.quarters.items())


def test_generated_histories_occupy_agents_in_every_way() -> None:
    agents = agent_log(Random(1), 300, agents=5, pace=2_000)
    tickets = ticket_log(steps_of(Random(2), 400, tickets=6, pace=2_000))
    rows: list[Row] = [*taken(tickets, set()).rows().values(), *taken_agents(agents).rows().values()]
    groups = figures_of(quarter_of(moment_of(agents[100].time)), rows)
    for key in KEYS[:2]:
        assert all(told(groups[key]).values()), key
    assert 0 < told(groups["all", ""])["weighted"] < told(groups["all", ""])["occupancy"] < 1  # type: ignore[operator]  # all are known, as was seen above
    assert Choice.of(["weighted"]).measure(groups["all", ""])["occupancy"] == told(groups["all", ""])["weighted"]


@pytest.mark.parametrize("key", [("queue", "sales"), ("channel", "phone")])
def test_only_everything_pools_and_agents_have_such_figures(key: Key) -> None:
    tickets = ticket_log(steps_of(Random(2), 200, tickets=6, pace=2_000))
    rows: list[Row] = [*taken(tickets, set()).rows().values()]
    groups = figures_of(quarter_of(moment_of(tickets[100].time)), rows)
    assert groups[key].sums["talk_split"]
    assert set(told(groups[key]).values()) == {None}
