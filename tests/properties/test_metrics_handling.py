"""Quarters that were summed while much was unknown come right again: what is marked as changed is all that changed."""

from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.windows import moment_of, time_of
from tests.oracle.handling import handled_within, stretches
from tests.oracle.histories import START, Step, ticket_log
from tests.properties.test_metrics_figures import shuffled
from tests.unit.metrics.stored import Stored

FIRST = quarter_of(moment_of(START)) - 48
LAST = FIRST + 192
"""Two days, in the midst of which histories begin."""

slow = st.lists(
    st.builds(
        Step,
        ticket=st.integers(0, 2),
        choice=st.integers(0, 999),
        after=st.sampled_from((0, 1_000, 60_000, 900_000, 2_000_000, 9_000_000)),
        late=st.sampled_from((0, 0, 0, 5_000, 3_000_000)),
    ),
    min_size=2,
    max_size=25,
)
"""Histories in which handling goes on for hours."""


class Kept:
    """The figures of quarters, each as it was summed last: when it was marked as changed."""

    def __init__(self) -> None:
        self.figures: dict[int, dict[Key, Figures]] = {}

    def catch_up(self, stored: Stored, until: int) -> None:
        """Sums what is over: what was not summed before, and what is marked."""
        rows: list[Row] = list(stored.rows().values())
        for quarter in range(FIRST, max(until, FIRST + len(self.figures))):
            marked = any(first <= quarter <= last for first, last in stored.quarters.items())
            if marked or quarter not in self.figures:
                self.figures[quarter] = figures_of(quarter, rows)
        stored.quarters.clear()


@settings(deadline=None)
@given(
    steps=slow,
    seed=st.integers(0, 10_000),
    reach=st.sampled_from((0, 3, 30)),
    batch=st.sampled_from((1, 2, 7)),
    ahead=st.lists(st.integers(0, 40), min_size=1, max_size=5),
)
def test_every_quarter_equals_its_rows_and_the_independent_calculation_whenever_it_was_summed(
    steps: list[Step], seed: int, reach: int, batch: int, ahead: list[int]
) -> None:
    log = ticket_log(steps)
    random, stored, kept = Random(seed), Stored(), Kept()
    known = shuffled(log, random, reach)
    for number, place in enumerate(range(0, len(known), batch)):
        if random.random() < 0.2:
            stored.restart()
        stored.take(known[place : place + batch])
        so_far = max(event.time for event in known[: place + batch])
        kept.catch_up(stored, min(LAST, quarter_of(moment_of(so_far)) + ahead[number % len(ahead)]))
    kept.catch_up(stored, LAST)
    told = stretches(log)
    for quarter in range(FIRST, LAST):
        figures = kept.figures[quarter]
        assert figures == figures_of(quarter, stored.rows().values())
        begin, end = (time_of(begins(border)) for border in (quarter, quarter + 1))
        sums = figures.get(("all", ""), Figures()).sums
        expected = handled_within(told, begin, end)
        assert {part: timedelta(microseconds=sums[f"{part}_split"]) for part in expected} == expected


def test_a_contact_that_goes_on_for_weeks_costs_a_mark_or_two_whenever_it_changes() -> None:
    weeks = [Step(ticket=0, choice=1, after=0) for _ in range(3)]  # opened, offered, accepted
    weeks += [Step(ticket=0, choice=choice, after=500_000_000) for choice in (4, 2, 4, 2, 4, 2)]  # held and resumed
    stored = Stored()
    marked = []
    for event in ticket_log(weeks):
        stored.take([event])
        marked.append(len(stored.quarters))
        stored.quarters.clear()
    assert len(marked) == 10
    assert max(marked) <= 2


def test_a_change_is_marked_from_where_it_begins_and_not_from_where_handling_began() -> None:
    log = ticket_log(
        [Step(ticket=0, choice=1, after=0) for _ in range(3)] + [Step(ticket=0, choice=4, after=9_100_000)]
    )
    stored = Stored()
    stored.take(log[:-1])
    stored.quarters.clear()
    stored.take(log[-1:])
    assert list(stored.quarters) == [quarter_of(moment_of(log[-1].time))]
