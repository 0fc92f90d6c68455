"""Folding a partition: repetitions, streams, lines."""

from services.metrics.domain.now import Line, Now
from services.metrics.domain.windows import moment_of
from tests.oracle.histories import decided
from tests.unit.metrics.given import abandoned, accepted, at, fold, now_of, queued
from tests.unit.metrics.stored import Stored


def offered(stored: Stored) -> int:
    return sum(name == "offered" for row in stored.rows().values() for name, *_ in row.bookings())


def test_what_is_published_again_counts_once() -> None:
    stored = Stored()
    first = [decided(queued("a", 0), "main", 1, 0), decided(accepted("a", 9), "main", 2, 0)]
    stored.take([*first, *first, decided(queued("b", 10), "main", 3, 0), *first])
    assert offered(stored) == 2
    assert stored.strays == 0


def test_several_events_of_one_decision_all_count() -> None:
    stored = Stored()
    stored.take([decided(queued("a", 0), "main", 1, 0), decided(queued("b", 0), "main", 1, 1)])
    assert offered(stored) == 2


def test_each_decision_stream_has_its_own_sequence() -> None:
    stored = Stored()
    stored.take([decided(queued("a", 0), "main", 7, 0), decided(queued("b", 0), "other", 1, 0)])
    assert offered(stored) == 2


def test_events_of_a_ticket_in_two_streams_are_put_together_by_time() -> None:
    stored = Stored()
    stored.take([decided(queued("a", 0), "main", 1, 0), decided(accepted("a", 40), "main", 2, 0)])
    stored.take([decided(queued("a", 20, queue="support"), "import", 1, 0)])
    assert [row.how for row in stored.rows().values() if hasattr(row, "how")] == ["elsewhere", "answered"]


def test_a_line_tells_how_many_wait_and_since_when_the_first() -> None:
    now = now_of(queued("a", 5), queued("b", 1), queued("c", 3), accepted("b", 9), queued("d", 4, queue="support"))
    lines = now.lines()
    assert lines["queue", "sales"] == Line(count=2, oldest=moment_of(at(3)))
    assert lines["queue", "support"] == Line(count=1, oldest=moment_of(at(4)))
    assert lines["all", ""].count == 3
    assert len(now.backlog["all", ""]) == 4


def test_who_is_queued_again_waits_since_then() -> None:
    line = now_of(queued("a", 0), queued("b", 1), queued("a", 5)).lines()["queue", "sales"]
    assert (line.count, line.oldest) == (2, moment_of(at(1)))


def test_a_line_that_nobody_waits_in_is_gone() -> None:
    assert now_of(queued("a", 0), abandoned("a", 1)).lines() == {}
    assert fold(queued("a", 0), abandoned("a", 1)).state.open == {}


def test_the_longest_wait_is_right_while_thousands_come_and_go() -> None:
    now = Now()
    guests = fold(queued("patient", 0), *(queued(f"guest-{number}", number) for number in range(1, 300))).rows()
    for _ in range(10):
        for name, row in guests.items():
            now.put(name, row)
    assert now.lines()["queue", "sales"] == Line(count=300, oldest=moment_of(at(0)))
