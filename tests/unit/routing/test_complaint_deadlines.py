"""What time does to complaints: business time, deadlines that pass, and silence."""

from typing import Any

from services.routing.domain.commands import FireTimers
from services.routing.domain.commands_complaints import (
    AcknowledgeComplaint,
    AnswerComplaint,
    AssignComplaint,
    ReopenComplaint,
)
from services.routing.domain.complaint_settings import ComplaintSettings
from services.routing.domain.configuration import QueueConfigured, QueueSettings
from services.routing.domain.evolve import evolve
from services.routing.domain.timers import next_deadline
from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintFollowedUp,
    ComplaintOverdue,
    ComplaintReceived,
)
from tests.unit.routing.complaints import DELIVERY, REFUND, after, answered, centre, closed, hour, received, taken, when

ANN: dict[str, Any] = {"ticket": "t1", "by": "ann", "agent": "ann"}
ACKNOWLEDGED = ComplaintAcknowledged(ticket="t1", at=hour(1), by="ann")
LATE = ComplaintOverdue(ticket="t1", at=hour(5), deadline="acknowledge", due=hour(5), owner="ann")
LATE_ANSWER = ComplaintOverdue(ticket="t1", at=hour(33), deadline="answer", due=hour(33), owner="ann")


def test_a_deadline_that_passes_is_told_once() -> None:
    pool = centre(taken(), received("ann"), closed())
    assert next_deadline(pool) == hour(5)
    assert when(pool, FireTimers(), 4.9) == ()
    assert when(pool, FireTimers(), 5) == (LATE,)
    assert when(pool, FireTimers(), 5.1) == (LATE,)
    after(pool, FireTimers(), 5.1)
    assert when(pool, FireTimers(), 6) == ()
    assert next_deadline(pool) == hour(33)


def test_what_is_done_in_time_is_not_overdue() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, closed())
    assert next_deadline(pool) == hour(33)
    assert when(pool, FireTimers(), 34) == (LATE_ANSWER,)
    assert next_deadline(centre(taken(), received("ann"), ACKNOWLEDGED, answered(until=None), closed())) is None


def test_deadlines_that_pass_together_are_told_in_order() -> None:
    assert when(centre(taken(), received("ann"), closed()), FireTimers(), 40) == (LATE, LATE_ANSWER)


def test_what_is_done_too_late_is_told_to_be_overdue_first_even_if_nobody_looked_before() -> None:
    pool = centre(taken(), received("ann"))
    assert when(pool, AcknowledgeComplaint(**ANN), 6) == (
        LATE,
        ComplaintAcknowledged(ticket="t1", at=hour(6), by="ann"),
    )


def test_what_was_asked_in_time_is_in_time_when_it_is_decided_later() -> None:
    pool = centre(taken(), received("ann"))
    done = ComplaintAcknowledged(ticket="t1", at=hour(5), by="ann")
    assert when(pool, AcknowledgeComplaint(**ANN), 5, now=6) == (done,)
    assert when(pool, AcknowledgeComplaint(**ANN), 5) == (done,)


def test_whoever_owns_it_then_is_told() -> None:
    pool = after(centre(taken(), received("ann"), closed()), AssignComplaint(**ANN, to="bob"), 2)
    (late,) = when(pool, FireTimers(), 6)  # type: ignore[misc]  # it is not refused
    assert isinstance(late, ComplaintOverdue)
    assert late.owner == "bob"


def test_the_time_to_answer_runs_anew_when_it_is_reopened_and_is_told_anew() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, LATE_ANSWER, answered(34), closed())
    after(pool, ReopenComplaint(**ANN), 34)
    due = pool.complaints["t1"].answer_due
    assert due == hour(3 * 24 + 9)
    (late,) = when(pool, FireTimers(), 100)  # type: ignore[misc]  # it is not refused
    assert isinstance(late, ComplaintOverdue)
    assert (late.deadline, late.due) == ("answer", due)


def test_silence_for_long_enough_counts_as_acceptance() -> None:
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered(until=200), closed())
    assert next_deadline(pool) == hour(200)
    assert when(pool, FireTimers(), 201) == (ComplaintAccepted(ticket="t1", at=hour(200)),)
    assert after(pool, FireTimers(), 201).complaints == {}
    assert next_deadline(pool) is None


def test_who_has_written_is_not_silent() -> None:
    followed = ComplaintFollowedUp(ticket="t1", at=hour(3), owner="ann")
    pool = centre(taken(), received("ann"), ACKNOWLEDGED, answered(until=200), followed, closed())
    assert next_deadline(pool) is None
    assert when(pool, FireTimers(), 300) == ()


def test_silence_is_measured_in_business_time_from_the_answer() -> None:
    pool = centre(taken(), received("ann"))
    *_, done = when(pool, AnswerComplaint(**ANN, cause=DELIVERY, remedy=REFUND), 9)  # type: ignore[misc]  # not refused
    assert isinstance(done, ComplaintAnswered)
    assert done.object_until == hour(7 * 24 + 9), "forty hours are five days, from the end of Monday on"


def test_another_setting_holds_for_deadlines_from_then_on() -> None:
    pool = centre(taken(), received("ann"))
    soon = ComplaintSettings(acknowledge_s=60, object_s=7_200)
    evolve(
        pool,
        QueueConfigured(pool="main", queue="sales", at=hour(1), settings=QueueSettings(name="Sales", complaints=soon)),
    )
    assert pool.complaints["t1"].acknowledge_due == hour(5)
    after(pool, AnswerComplaint(**ANN), 2)
    assert pool.complaints["t1"].object_until == hour(4)


def test_many_at_once_are_seen_to_one_handful_after_the_other() -> None:
    pool = centre()
    for number in range(450):
        begun = ComplaintReceived(
            ticket=f"c{number}",
            at=hour(0),
            pool="main",
            queue="sales",
            conversation=f"of c{number}",
            acknowledge_due=hour(5),
        )
        evolve(pool, begun)
    told = []
    for _ in range(4):
        events = when(pool, FireTimers(), 6)
        told.append(len(events))  # type: ignore[arg-type]  # it is not refused
        after(pool, FireTimers(), 6)
    assert told == [200, 200, 50, 0]
