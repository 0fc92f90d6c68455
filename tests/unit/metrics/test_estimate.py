"""The wait that whoever comes next has to expect, by hand."""

from services.metrics.domain.estimate import estimated_wait
from shared.contracts.kpis import Kpis
from shared.contracts.tickets import TicketEvent
from tests.unit.metrics.given import accepted, items, queued


def kpis_of(events: list[TicketEvent], now: float, queue: str = "sales") -> Kpis:
    (item,) = [item for item in items(events, now=now, by="queue", window="1m") if item.key == {"queue": queue}]
    return item.kpis


def answered(*moments: int) -> list[TicketEvent]:
    return [event for moment in moments for event in (queued(f"a{moment}", moment - 1), accepted(f"a{moment}", moment))]


WAITING = [queued("w1", 1_700), queued("w2", 1_710), queued("w3", 1_720)]


def test_who_comes_next_waits_as_long_as_it_takes_to_answer_all_before_and_themselves() -> None:
    """20 answered in 30 minutes is one in 90 seconds; 3 wait, so the next is the fourth."""
    assert estimated_wait(3, 20) == 360
    assert kpis_of([*answered(*range(60, 1_260, 60)), *WAITING], now=1_750).estimated_wait == 360


def test_where_nobody_waits_somebody_is_taken_to_be_free() -> None:
    assert kpis_of(answered(60), now=100).estimated_wait == 0


def test_where_nobody_was_answered_in_the_last_half_hour_nobody_knows() -> None:
    assert kpis_of(WAITING, now=1_750).estimated_wait is None
    assert kpis_of([*answered(100), *WAITING], now=1_899).estimated_wait == 4 * 1_800
    assert kpis_of([*answered(100), *WAITING], now=1_900).estimated_wait is None


def test_the_estimate_is_of_a_queue_and_does_not_depend_on_the_window_that_is_asked_for() -> None:
    events = [*answered(*range(60, 1_260, 60)), *WAITING, queued("other", 5, queue="support")]
    assert kpis_of(events, 1_750).estimated_wait == 360
    assert kpis_of(events, 1_750, queue="support").estimated_wait is None
    told = [*items(events, now=1_750, by="all"), *items(events, now=1_750, by="channel")]
    assert [item.kpis.estimated_wait for item in told] == [None, None]
