"""What is shown of complaints, what is kept of them, and the figures made of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from services.routing.complaint_store import course_of
from services.routing.domain.commands_complaints import RaiseComplaint
from services.routing.domain.complaint_progress import CauseFigures, Cohort, DeadlineFigures, Medians, by_stage
from services.routing.domain.complaint_progress import cohort as of_sums
from services.routing.domain.complaint_sums import Course, added, counted, summed
from services.routing.domain.events import Event
from services.routing.kept import KeptPool
from services.routing.kept_floor import KeptFloor
from services.routing.views import fold
from shared.contracts.tickets_complaints import (
    ComplaintAccepted,
    ComplaintAcknowledged,
    ComplaintFollowedUp,
    ComplaintOverdue,
    ComplaintOwnerChanged,
    ComplaintReopened,
    ComplaintRevoked,
)
from shared.decisions import Entry
from shared.mongo import Document
from tests.unit.routing.complaints import DELIVERY, REFUND, answered, centre, hour, opened, received, taken, when

ACKNOWLEDGED = ComplaintAcknowledged(ticket="t1", at=hour(1), by="ann")
LATE = ComplaintOverdue(ticket="t1", at=hour(5), deadline="acknowledge", due=hour(5), owner="ann")
REOPENED = ComplaintReopened(ticket="t1", at=hour(3), by="ann", answer_due=hour(9), owner="ann")


def seen(*events: Event) -> tuple[Document, Document]:
    """The documents of the complaint and its ticket, each event a decision."""
    entries = [
        Entry(stream="routing/main", sequence=number, position=number, at=event.at, outcomes=(), events=(("c", event),))
        for number, event in enumerate([*opened(None), *events], 1)
    ]
    documents = fold({}, entries)
    return documents[("complaints", "t1")], documents[("tickets", "t1")]


def test_a_document_tells_where_a_complaint_stands() -> None:
    document, ticket = seen(
        received("ann"), ACKNOWLEDGED, answered(2, until=9), ComplaintOwnerChanged(ticket="t1", at=hour(3), owner="bob")
    )
    assert ticket["kind"] == "complaint"
    told = ("stage", "owner", "cause", "remedy", "acknowledged", "answered", "object_until", "overdue", "late", "ended")
    assert {name: document[name] for name in told} == {
        "stage": "answered",
        "owner": "bob",
        "cause": DELIVERY,
        "remedy": REFUND,
        "acknowledged": hour(1),
        "answered": hour(2),
        "object_until": hour(9),
        "overdue": [],
        "late": [],
        "ended": None,
    }


def test_what_was_missed_stays_late_and_is_overdue_until_it_is_done() -> None:
    document, _ = seen(received(), LATE)
    assert (document["overdue"], document["late"]) == (["acknowledge"], ["acknowledge"])
    document, _ = seen(received(), LATE, replace(ACKNOWLEDGED, at=hour(6)))
    assert (document["overdue"], document["late"]) == ([], ["acknowledge"])


def test_a_reopened_one_is_investigated_again_and_keeps_when_it_was_first_answered() -> None:
    wrote = ComplaintFollowedUp(ticket="t1", at=hour(3), owner="ann")
    before, _ = seen(received(), ACKNOWLEDGED, answered(2), wrote)
    assert (before["followed_up"], before["object_until"]) == (hour(3), None)
    document, _ = seen(received(), ACKNOWLEDGED, answered(2), wrote, REOPENED, answered(4))
    assert (document["reopened"], document["answered"], document["followed_up"]) == (1, hour(2), None)


def test_one_that_was_none_makes_its_ticket_a_plain_request() -> None:
    revoked = ComplaintRevoked(ticket="t1", at=hour(6), by="sue", reason="A question")
    document, ticket = seen(received(), LATE, revoked)
    assert (document["stage"], document["by"], document["reason"], document["overdue"]) == (
        "revoked",
        "sue",
        "A question",
        [],
    )
    assert ticket["kind"] == "request"


def test_taken_for_one_anew_it_begins_anew() -> None:
    revoked = ComplaintRevoked(ticket="t1", at=hour(6), by="sue", reason="A question")
    document, ticket = seen(received("ann"), LATE, answered(6), revoked, replace(received("bob"), at=hour(7)))
    fresh, _ = seen(replace(received("bob"), at=hour(7)))
    assert {**document, "sequence": 0} == {**fresh, "sequence": 0}
    assert ticket["kind"] == "complaint"


def test_what_is_kept_of_a_pool_has_its_complaints() -> None:
    pool = centre(taken(), received("ann"), LATE, replace(ACKNOWLEDGED, at=hour(6)), answered(7))
    rows = orjson.loads(orjson.dumps([*KeptPool().rows(pool)], default=list))
    again = KeptPool().state(rows)
    assert again == pool
    assert again.index.complaints.answered == {"of t1": {"t1"}}
    assert again.index.complaints.deadlines.keys() == pool.index.complaints.deadlines.keys()
    assert KeptFloor().state(rows).tickets.keys() == {"t1"}, "they are not on the floor"


def test_a_pool_that_was_kept_before_there_were_complaints_has_none() -> None:
    pool = centre(taken(None))
    first, *rows = orjson.loads(orjson.dumps([*KeptPool().rows(pool)], default=list))
    del first["pool"]["queues"]["sales"]["complaints"]
    again = KeptPool().state([first, *rows])
    assert again.complaints == {}
    assert when(again, RaiseComplaint(ticket="t1", by="sue"), 1)


# figures


def course(*events: Event) -> Course:
    """What figures are made of."""
    return course_of(seen(received("ann"), *events)[0])


OPEN = course()
WAITING = replace(course(ACKNOWLEDGED), received=hour(-48))
MISSED = course(LATE)
ANSWERED = course(ACKNOWLEDGED, answered(2))
ACCEPTED = course(
    ACKNOWLEDGED, answered(2), REOPENED, answered(4), ComplaintAccepted(ticket="t1", at=hour(5), by="ann")
)
REVOKED = course(ComplaintRevoked(ticket="t1", at=hour(6), by="sue", reason="A question"))


def cohort(courses: Sequence[Course]) -> Cohort:
    """The figures of these complaints."""
    return of_sums(summed(courses))


def test_those_that_are_not_over_are_told_by_stage_and_age() -> None:
    figures = by_stage({("received", "under_1_day"): 2, ("acknowledged", "1_to_3_days"): 1})
    assert [(one.stage, one.total) for one in figures] == [
        ("received", 2),
        ("acknowledged", 1),
        ("investigating", 0),
        ("answered", 0),
    ]
    assert figures[0].ages["under_1_day"] == 2
    assert figures[1].ages["1_to_3_days"] == 1


def test_what_is_added_and_taken_away_again_leaves_nothing() -> None:
    courses = [OPEN, MISSED, WAITING, ANSWERED, ACCEPTED, REVOKED]
    back = [((one.cause, one.remedy), {name: -count for name, count in counted(one).items()}) for one in courses]
    total = added([*summed(courses).items(), *back])
    assert {count for row in total.values() for count in row.values()} == {0}
    assert of_sums(total) == cohort([])


def test_a_median_of_two_lies_between_them() -> None:
    later = replace(ANSWERED, acknowledged=hour(3))
    assert cohort([ANSWERED, later]).medians.acknowledged_s == pytest.approx(2 * 3_600, rel=0.005)


@pytest.mark.parametrize("seconds", [1, 2, 59, 3_600, 86_399, 10_000_000])
def test_a_median_is_right_within_half_a_per_cent(seconds: int) -> None:
    one = replace(OPEN, stage="acknowledged", acknowledged=OPEN.received + timedelta(seconds=seconds))
    assert cohort([one]).medians.acknowledged_s == pytest.approx(seconds, rel=0.005)


def test_what_became_of_them_is_counted_without_those_that_were_none() -> None:
    figures = cohort([OPEN, MISSED, ANSWERED, ACCEPTED, REVOKED])
    assert (figures.received, figures.accepted, figures.reopened, figures.revoked) == (4, 1, 1, 1)
    assert list(figures.causes) == [
        CauseFigures(cause=None, remedy=None, total=2, open=2),
        CauseFigures(cause=DELIVERY, remedy=REFUND, total=2, open=1),
    ]
    assert list(figures.deadlines) == [
        DeadlineFigures(deadline="acknowledge", in_time=2, late=1, waiting=1),
        DeadlineFigures(deadline="answer", in_time=2, late=0, waiting=2),
    ]
    medians = figures.medians
    assert medians.acknowledged_s == pytest.approx(3_600, rel=0.005)
    assert medians.answered_s == pytest.approx(7_200, rel=0.005)
    assert medians.accepted_s == pytest.approx(5 * 3_600, rel=0.005)


def test_what_was_done_too_late_is_late_and_not_in_time() -> None:
    figures = cohort([course(LATE, replace(ACKNOWLEDGED, at=hour(6)))])
    assert figures.deadlines[0] == DeadlineFigures(deadline="acknowledge", in_time=0, late=1, waiting=0)


def test_of_none_there_are_no_medians() -> None:
    figures = cohort([])
    assert figures.medians == Medians(acknowledged_s=None, answered_s=None, accepted_s=None)
    assert (figures.received, list(figures.causes)) == (0, [])


def test_what_has_no_deadline_is_neither_in_time_nor_late() -> None:
    free = replace(ANSWERED, due=frozenset())
    deadlines: Sequence[DeadlineFigures] = cohort([free]).deadlines
    assert [(one.in_time, one.late, one.waiting) for one in deadlines] == [(0, 0, 0), (0, 0, 0)]
