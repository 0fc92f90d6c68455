"""What is remembered of figures is what measuring them anew comes to, however rows change and windows go on."""

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import settings

from services.metrics.domain.board import Board
from services.metrics.domain.dimensions import DIMENSIONS
from services.metrics.domain.figures import summed
from services.metrics.domain.kpis import Choice
from services.metrics.domain.lasting import Lasting
from services.metrics.domain.measures import Measures
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import LONGEST, end_of, moment_of
from tests.oracle.histories import Step, agent_log, ticket_log
from tests.properties.metrics_rows import ComingRows
from tests.properties.test_metrics_agents import histories
from tests.properties.test_metrics_figures import shuffled

CHOICES = (Choice.of(), Choice.of(["split"]), Choice.of(["weighted", "wall-clock", "answered"]))
SPANS = (60, 1_800, 3_600)


@settings(deadline=None)
@histories
def test_remembered_figures_are_those_that_are_measured_anew(
    steps: list[Step], count: int, pace: int, seed: int, reach: int, batch: int
) -> None:
    random = Random(seed)
    both: list[Any] = shuffled([*agent_log(random, count, agents=5, pace=pace), *ticket_log(steps)], random, reach)
    recent, lasting, coming = Recent(0), Lasting(0), ComingRows()
    remembered = {(span, choice): Measures(choice) for span in SPANS for choice in CHOICES}
    ends = 0
    for place in range(0, len(both), 5 * batch):
        piece = both[place : place + 5 * batch]
        for name, row in coming.take(piece).items():
            recent.put(name, row)
            lasting.put(name, row)
        now = max(event.time for event in both[: place + len(piece)]) + timedelta(seconds=random.choice((0, 1, 70)))
        ends = max(ends, end_of(now))
        for (span, choice), measures in remembered.items():
            board = Board(
                groups=recent.window(span, ends),
                lasting=lasting.within(span, ends, DIMENSIONS, split=choice.is_split),
                moment=moment_of(now),
            )
            for by in DIMENSIONS:
                for item in board.items(by, measures):
                    key = (by, item.key.get(by, ""))
                    parts = [figures[key] for figures in (board.groups, board.lasting) if key in figures]
                    anew = choice.measure(summed(parts))
                    assert {kpi: getattr(item.kpis, kpi) for kpi in anew} == anew
        if random.random() < 0.3:
            recent.forget(ends - LONGEST)
            lasting.forget(ends - LONGEST)
