"""Until when all is counted: what was there at an earlier look, or what the events themselves tell."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.completeness import Look, Partition, Taken, complete

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BUSY, IDLE = ("tickets.v1", 0), ("tickets.v1", 1)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def look(second: float, *ends: int, committed: int = -1) -> Look:
    """The ends of the busy partition and, if told, of the idle one."""
    known: dict[Partition, int] = dict(zip((BUSY, IDLE), ends, strict=False))
    return Look(at=at(second), ends=known, committed={BUSY: committed, IDLE: -1})


def test_what_was_there_at_a_look_is_counted_once_its_end_is_reached() -> None:
    looks = [look(0, 10), look(1, 20), look(2, 30)]
    for taken, until, behind in ((30, at(2), 0), (29, at(1), 1), (10, at(0), 20)):
        reached = complete({BUSY: Taken(next=taken)}, looks)
        assert reached is not None
        assert (reached.until, reached.behind) == (until, behind)


def test_a_partition_without_events_holds_nothing_back() -> None:
    reached = complete({BUSY: Taken(next=20)}, [look(0, 10, 0), look(1, 20, 0)])
    assert reached is not None
    assert (reached.until, [one.until for one in reached.partitions]) == (at(1), [at(1), at(1)])


def test_a_backlog_from_before_the_first_look_is_as_far_as_its_events() -> None:
    reached = complete({BUSY: Taken(next=5, watermark=at(-300))}, [look(0, 10), look(1, 20)])
    assert reached is not None
    assert (reached.until, reached.behind) == (at(-300), 15)


def test_an_event_that_was_recorded_in_days_to_come_makes_nothing_complete() -> None:
    reached = complete({BUSY: Taken(next=5, watermark=at(1_000_000))}, [look(0, 10), look(1, 20)])
    assert reached is not None
    assert reached.until == at(0)


def test_a_partition_of_which_nothing_was_counted_is_not_known() -> None:
    reached = complete({IDLE: Taken(next=7)}, [look(0, 10, 7)])
    assert reached is not None
    assert (reached.until, reached.behind) == (None, 10)


def test_a_record_that_could_not_be_read_is_done_once_that_is_committed() -> None:
    reached = complete({BUSY: Taken(next=9)}, [look(0, 10, committed=10)])
    assert reached is not None
    assert (reached.until, reached.behind) == (at(0), 0)


def test_without_a_look_nothing_is_told() -> None:
    assert complete({BUSY: Taken(next=9)}, []) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_whatever_was_in_the_log_at_the_moment_told_is_counted(seconds: list[tuple[int, int]]) -> None:
    """Each second some records come, and some are counted. The look is at the second's beginning."""
    end = counted = 0
    ends: list[int] = []
    looks: list[Look] = []
    for second, (come, count) in enumerate(seconds):
        looks.append(look(second, end))
        ends.append(end)
        end += come
        counted = min(end, counted + count)
        reached = complete({BUSY: Taken(next=counted)}, looks)
        assert reached is not None
        if reached.until is not None:
            told = round((reached.until - NOON).total_seconds())
            assert ends[told] <= counted
            assert told == second or ends[told + 1] > counted
