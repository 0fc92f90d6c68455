"""Whether customers came back is right in live windows, in whatever order it becomes known."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.dimensions import Key
from services.metrics.domain.figures import Figures
from services.metrics.domain.kpis import Choice
from services.metrics.domain.recent import Recent
from services.metrics.domain.returns import Returns
from services.metrics.domain.ticket import Ticket
from services.metrics.domain.windows import LONGEST, end_of, time_of
from tests.oracle.returns import first_contact_resolution, wholes
from tests.oracle.visits import QUEUES, visit_log
from tests.properties.test_metrics_figures import shuffled
from tests.unit.metrics.stored import Stored


class Windows:
    """The last hour, as the live figures keep it."""

    def __init__(self) -> None:
        self.recent, self.returns = Recent(0), Returns()
        self._known: dict[str, Ticket] = {}

    def take(self, stored: Stored) -> None:
        for name, row in stored.rows().items():
            if isinstance(row, Ticket) and self._known.get(name) != row:
                self._known[name] = stored.rows()[name]  # type: ignore[assignment] # the same row, told nothing yet
                for changed in self.returns.put(row):
                    self.recent.put(f"ticket {changed.ticket}", changed)

    def forget(self, floor: int) -> None:
        self.recent.forget(floor)
        self.returns.forget(floor * 1_000_000)


@settings(deadline=None)
@given(
    seed=st.integers(0, 100_000),
    tickets=st.integers(1, 14),
    minutes=st.sampled_from((5, 40, 180)),
    reach=st.sampled_from((0, 3, 30)),
    batch=st.sampled_from((1, 3, 10)),
)
def test_who_came_back_within_the_last_hour_equals_the_plain_calculation(
    seed: int, tickets: int, minutes: int, reach: int, batch: int
) -> None:
    random = Random(seed)
    log = visit_log(random, tickets, timedelta(minutes=minutes))
    known = shuffled(log, random, reach)
    stored, windows, ends = Stored(), Windows(), 0
    for place in range(0, len(known), batch):
        stored.take(known[place : place + batch])
        windows.take(stored)
        ends = max(ends, *(end_of(event.time) for event in known[: place + batch]))
        windows.forget(ends - LONGEST)
    as_of = time_of(ends * 1_000_000)
    told, everyone = windows.recent.window(3_600, ends), wholes(log)
    keys: list[tuple[Key, str | None]] = [(("all", ""), None), *((("queue", queue), queue) for queue in QUEUES)]
    for key, queue in keys:
        expected = first_contact_resolution(everyone, as_of - timedelta(hours=1), as_of, 7, queue)
        found = Choice.of().measure(told.get(key, Figures()))["first_contact_resolution"]
        assert found == (None if expected is None else pytest.approx(expected)), key


def test_histories_have_those_who_come_back_and_those_who_do_not() -> None:
    log = visit_log(Random(4), 60, timedelta(days=40))
    everyone = wholes(log)
    begin, end = log[0].time - timedelta(seconds=1), log[-1].time
    shares = [first_contact_resolution(everyone, begin, end, days) for days in (7, 30)]
    assert shares[0] is not None
    assert shares[1] is not None
    assert 0 < shares[1] < shares[0] < 1
