"""Whatever tickets do: the service's figures equal an independent calculation from the log.

Histories hold late events, decisions that were published again, and restarts between any two events.
"""

from dataclasses import asdict
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.documents import contact_document, lines_of, minute_updates, ticket_fields, ticket_fold_of
from services.metrics.domain.agents import by_status
from services.metrics.domain.board import Board, sum_window
from services.metrics.domain.figures import Cells, Figures
from services.metrics.domain.fold import AgentFold, TicketFold
from services.metrics.domain.lines import Line
from services.metrics.domain.windows import SPANS, WINDOWS, end_of, moment_of, time_of
from shared.contracts.decided import Decided
from shared.contracts.kpis import KpiGrouping, KpiWindow, ServiceLevel
from shared.contracts.tickets import TicketEvent
from tests.oracle import kpis as oracle
from tests.oracle.comparing import assert_same_figures, expected_item
from tests.oracle.histories import START, Step, agent_log, ticket_log
from tests.unit.metrics.given import minutes

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
DEFINITIONS: tuple[ServiceLevel, ...] = ("strict", "answered", "strict-less-short", "removed")


def folded(log: list[Decided[TicketEvent]], restarts: set[int]) -> tuple[TicketFold, Cells]:
    """The state and all cells after the log, with a restart from documents before each event of `restarts`."""
    state, cells = TicketFold(), Cells()
    for place, event in enumerate(log):
        if place in restarts:
            state = restarted(state)
        for cell, figures in state.fold([event]).cells.items():
            cells.setdefault(cell, Figures()).add(figures)
    return state, cells


def restarted(state: TicketFold) -> TicketFold:
    contacts = [{"_id": ticket, **contact_document(contact)} for ticket, contact in state.contacts.items()]
    return ticket_fold_of(ticket_fields(state), contacts)


@settings(deadline=None)
@given(
    steps=steps,
    restarts=st.sets(st.integers(0, 120), max_size=4),
    moment=st.integers(0, 200),
    shift=st.sampled_from((0, 0, 1, 1_000, 20_000, 59_000, 60_000, 299_000, 300_000, 900_000)),
    window=st.sampled_from(WINDOWS),
    by=st.sampled_from(("all", "queue", "channel")),
    definition=st.sampled_from(DEFINITIONS),
)
def test_figures_equal_the_independent_calculation(
    steps: list[Step],
    restarts: set[int],
    moment: int,
    shift: int,
    window: KpiWindow,
    by: KpiGrouping,
    definition: ServiceLevel,
) -> None:
    log = ticket_log(steps)
    now = log[moment % len(log)].time + timedelta(milliseconds=shift)
    state, cells = folded(log, restarts)
    board = Board(
        groups=sum_window(minutes(cells), SPANS[window], end_of(now)),
        lines=tuple(state.lines.now()),
        moment=moment_of(now),
    )
    all_stays = oracle.stays(log)
    for item in board.items(by, definition):
        calculated = oracle.kpis(
            all_stays,
            span=timedelta(seconds=SPANS[window]),
            as_of=time_of(end_of(now) * 1_000_000),
            definition=definition,
            **item.key,
        )
        assert_same_figures(asdict(item.kpis), expected_item(calculated, now))
    assert state.lines.size() >= sum(line.count for line in state.lines.now())


@settings(deadline=None)
@given(steps=steps)
def test_no_key_with_figures_is_left_out(steps: list[Step]) -> None:
    log = ticket_log(steps)
    state, cells = folded(log, set())
    board = Board(
        groups=sum_window(minutes(cells), 10**9, end_of(START) + 10**6), lines=tuple(state.lines.now()), moment=0
    )
    assert {item.key["queue"] for item in board.items("queue", "strict")} == {s.queue for s in oracle.stays(log)}


@settings(deadline=None)
@given(steps=steps, restarts=st.sets(st.integers(0, 120), max_size=4))
def test_a_state_put_back_from_documents_is_the_same_state(steps: list[Step], restarts: set[int]) -> None:
    log = ticket_log(steps)
    straight, interrupted = folded(log, set()), folded(log, restarts)
    assert straight[1] == interrupted[1]
    assert straight[0].contacts == interrupted[0].contacts
    assert straight[0].seen == interrupted[0].seen
    assert in_order(straight[0].lines.now()) == in_order(interrupted[0].lines.now())
    assert in_order(lines_of(ticket_fields(straight[0]))) == in_order(straight[0].lines.now())


def in_order(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.queue, line.channel))


@settings(deadline=None)
@given(steps=steps)
def test_one_document_is_written_for_each_minute_queue_and_channel(steps: list[Step]) -> None:
    _, cells = folded(ticket_log(steps), set())
    assert len(minute_updates(0, 1, cells)) == len(minutes(cells))


@settings(deadline=None)
@given(random=st.randoms(use_true_random=False), count=st.integers(0, 60))
def test_agents_by_status_equal_the_independent_calculation(random: Random, count: int) -> None:
    log = agent_log(random, count)
    state = AgentFold()
    state.fold(log)
    assert by_status(state.agents.values()) == oracle.statuses(log)
