"""The worked example of docs/kpis.md: T = 20 s, S = 5 s, one queue.

Answered after 3, 8, 18, 25, 40 s; abandoned after 2, 12, 33 s; one still waiting.
"""

import pytest

from shared.contracts.kpis import Kpis
from shared.contracts.tickets import TicketEvent
from tests.unit.metrics.given import abandoned, accepted, items, queued

ANSWERED = (3, 8, 18, 25, 40)
ABANDONED = (2, 12, 33)


def example() -> list[TicketEvent]:
    events: list[TicketEvent] = [queued("still-waiting", 60)]
    for wait in ANSWERED:
        events += [queued(f"answered-{wait}", 10), accepted(f"answered-{wait}", 10 + wait)]
    for wait in ABANDONED:
        events += [queued(f"abandoned-{wait}", 10), abandoned(f"abandoned-{wait}", 10 + wait)]
    return events


def kpis(definition: str = "strict") -> Kpis:
    (everything,) = items(example(), now=90, definition=definition)
    return everything.kpis


@pytest.mark.parametrize(
    ("definition", "share"), [("answered", 3 / 5), ("strict", 3 / 8), ("strict-less-short", 3 / 7), ("removed", 5 / 9)]
)
def test_service_level_by_each_definition(definition: str, share: float) -> None:
    assert kpis(definition).service_level == share


def test_counts() -> None:
    measured = kpis()
    assert (measured.offered, measured.answered, measured.abandoned, measured.abandoned_short) == (9, 5, 3, 1)
    assert measured.answered_in_time == 3


def test_abandon_rate_is_three_of_eight() -> None:
    assert kpis().abandon_rate == 3 / 8


def test_average_speed_of_answer_is_18_8_seconds_and_its_median_18() -> None:
    measured = kpis()
    assert measured.average_speed_of_answer == 18.8
    assert measured.median_speed_of_answer == pytest.approx(18.0, rel=0.005)
    assert measured.longest_speed_of_answer == 40.0


def test_one_waits_for_thirty_seconds() -> None:
    measured = kpis()
    assert (measured.waiting, measured.oldest_wait) == (1, 30.0)


def test_several_definitions_side_by_side() -> None:
    (everything,) = items(example(), now=90, definition="answered,removed")
    assert everything.kpis.service_level == 3 / 5
    assert everything.also == {"service_level": {"answered": 3 / 5, "removed": 5 / 9}}
