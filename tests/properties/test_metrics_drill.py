"""What is behind a figure adds up to it: every KPI by every definition, for whatever it is told apart by."""

from collections import Counter
from collections.abc import Iterable
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.contact import Contact
from services.metrics.domain.dimensions import Key, Row
from services.metrics.domain.drill import DURATIONS, by_stay, counted, parts_of
from services.metrics.domain.figures import Figures, summed
from services.metrics.domain.history import figures_of
from services.metrics.domain.kpis import ALTERNATIVES, DEFINITIONS
from services.metrics.domain.ordering import in_order
from services.metrics.domain.quarters import begins, quarter_of
from services.metrics.domain.ticket import RETURNS, Ticket
from shared.contracts.tickets import TicketQueued
from tests.oracle.histories import Step, steps_of, ticket_log
from tests.properties.test_metrics_figures import steps, taken

BY_ROWS = [definition for definition in DEFINITIONS if definition.kpi != "occupancy"]
"""Those whose parts rows have by themselves; an agent's contacts make its occupancy only together."""

WAYS_APART = ("all", "pool", "queue", "channel", "agent", "reason", "segment", "kind")


def behind(rows: Iterable[Row], key: Key, parts: frozenset[str], begin: int, end: int) -> Figures:
    """What the rows behind a figure of these parts add up to."""
    total = Figures()
    for row in rows:
        adds = counted(row, key, parts, begin, end)
        if adds:
            assert begin < adds.first <= end
            for name, amount in adds.parts.items():
                total.book(name, amount)
    return total


def rows_of(steps: list[Step]) -> list[Contact | Ticket]:
    """The rows, some of them with a reason and a segment, some of tickets whose customers came back."""
    rows = list(taken(ticket_log(steps), set()).rows().values())
    for number, row in enumerate(rows):
        if number % 3:
            row.segment = ("gold", "$ilver")[number % 2]
        if number % 4 and not row.is_open:
            row.code = ("sold", "advice")[number % 2]
        if isinstance(row, Ticket) and row.resolved is not None and number % 2:
            row.returned = row.resolved + number % 3 * RETURNS["7d"]
    return rows


@settings(deadline=None, max_examples=40)
@given(steps=steps, first=st.integers(-1, 3), length=st.integers(1, 3))
def test_the_rows_behind_every_figure_add_up_to_it(steps: list[Step], first: int, length: int) -> None:
    rows = rows_of(steps)
    begin = min(quarter_of(moment) for row in rows for _, moment, _ in row.bookings()) + first
    quarters = [figures_of(quarter, rows) for quarter in range(begin, begin + length)]
    keys: set[Key] = {("queue", "nobody")}
    keys.update(key for groups in quarters for key in groups)
    assert {key[0] for key in keys} <= set(WAYS_APART)
    sets_of_parts = {parts_of(definition) for definition in BY_ROWS}
    for key in keys:
        figures = summed(groups[key] for groups in quarters if key in groups)
        found = {parts: behind(rows, key, parts, begins(begin), begins(begin + length)) for parts in sets_of_parts}
        for definition in BY_ROWS:
            assert definition.of(found[parts_of(definition)]) == definition.of(figures), (key, definition)


def test_generated_histories_count_by_every_way_they_are_told_apart() -> None:
    rows = rows_of(steps_of(Random(3), 400, tickets=12, pace=8_000))
    moments = [moment for row in rows for _, moment, _ in row.bookings()]
    groups = [figures_of(quarter, rows) for quarter in range(quarter_of(min(moments)), quarter_of(max(moments)) + 1)]
    assert {key[0] for group in groups for key in group} == set(WAYS_APART)
    total = summed(group["all", ""] for group in groups)
    told = {one.kpi for several in ALTERNATIVES.values() for one in several if one.of(total)}
    assert {"offered", "answered", "abandoned", "handled", "handle_time", "resolved", "service_level"} <= told


@settings(deadline=None)
@given(steps=steps)
def test_what_is_not_a_count_is_a_duration(steps: list[Step]) -> None:
    for row in rows_of(steps):
        booked: Counter[str] = Counter(name for name, *_ in row.bookings())
        for name, _, amount in row.bookings():
            assert (name in DURATIONS) or (amount == booked[name] == 1)


@settings(deadline=None)
@given(steps=steps)
def test_every_event_belongs_to_the_stay_that_it_tells_of(steps: list[Step]) -> None:
    stored = taken(ticket_log(steps), set())
    contacts = [row for row in stored.rows().values() if isinstance(row, Contact)]
    for ticket, events in stored.events.items():
        found = by_stay(ticket, in_order(events))
        begun = [stay for stay, event in found if isinstance(event.data, TicketQueued)]
        assert begun == sorted(contact.stay for contact in contacts if contact.ticket == ticket)
        assert sorted(found, key=lambda one: -1 if one[0] is None else one[0]) == found
