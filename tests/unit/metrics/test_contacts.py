"""Which facts follow from a ticket's events."""

from typing import Any

import pytest

from services.metrics.domain.figures import Figures
from shared.contracts.tickets import TicketDeclined, TicketEvent, TicketExpired, TicketOffered, TicketOpened
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_relief import TicketCallbackRequested
from shared.contracts.tickets_sla import TicketSlaBreached, TicketSlaMissed
from tests.unit.metrics.given import (
    abandoned,
    accepted,
    at,
    figures,
    fold,
    held,
    queued,
    resolved,
    resumed,
    wrapup,
)

SECOND = 1_000_000


def test_handle_time_is_talk_hold_and_wrapup_booked_whole_at_completion() -> None:
    _, changes = fold(
        queued("a", 0), accepted("a", 10), held("a", 40), resumed("a", 60), wrapup("a", 100), resolved("a", 130.5)
    )
    (completed,) = [(cell, sums) for cell, sums in changes.cells.items() if sums.handled]
    assert completed == (
        (int(at(131).timestamp()), "sales", "phone"),
        Figures(handled=1, talk=70 * SECOND, hold=20 * SECOND, wrapup=30_500_000),
    )


def test_a_contact_resolved_without_wrapup_is_talk_alone() -> None:
    assert figures(queued("a", 0), accepted("a", 10), resolved("a", 25)).talk == 15 * SECOND


def test_a_call_that_ends_on_hold_has_that_hold_in_its_handle_time() -> None:
    sums = figures(queued("a", 0), accepted("a", 10), held("a", 12), wrapup("a", 20), resolved("a", 21))
    assert (sums.talk, sums.hold, sums.wrapup) == (2 * SECOND, 8 * SECOND, SECOND)


def test_a_merged_contact_was_offered_and_perhaps_handled_but_neither_abandoned_nor_answered_by_that() -> None:
    gone = TicketMerged(ticket="a", at=at(30), queue="sales", into="b", by="sue", agent="ann")
    waited = figures(queued("a", 0), gone)
    assert (waited.offered, waited.answered, waited.abandoned, waited.handled) == (1, 0, 0, 0)
    talked = figures(queued("a", 0), accepted("a", 10), gone)
    assert (talked.answered, talked.abandoned, talked.handled, talked.talk) == (1, 0, 1, 20 * SECOND)
    assert fold(queued("a", 0), gone)[0].lines.now() == []


def test_an_unfinished_contact_has_no_handle_time_yet() -> None:
    assert figures(queued("a", 0), accepted("a", 10), wrapup("a", 100)).handled == 0


def test_whoever_is_called_back_waits_until_an_agent_accepts_and_counts_as_answered() -> None:
    asked = TicketCallbackRequested(ticket="a", at=at(10), queue="sales", by="telephony")
    sums = figures(queued("a", 0), asked, accepted("a", 90))
    assert (sums.answered, sums.abandoned, sums.answered_in_time) == (1, 0, 0)


def test_a_declined_and_an_expired_offer_leave_the_contact_waiting_since_it_entered() -> None:
    of: dict[str, Any] = {"ticket": "a", "queue": "sales", "agent": "ann"}
    offered = TicketOffered(**of, at=at(1), expires=at(21))
    state, changes = fold(
        queued("a", 0), offered, TicketDeclined(**of, at=at(5)), offered, TicketExpired(**of, at=at(21))
    )
    (line,) = state.lines.now()
    assert (line.count, line.oldest) == (1, int(at(0).timestamp()) * SECOND)
    assert changes.strays == 0


def test_a_wait_of_exactly_the_threshold_is_in_time() -> None:
    assert figures(queued("a", 0), accepted("a", 20)).answered_in_time == 1
    assert figures(queued("a", 0), accepted("a", 20.001)).answered_in_time == 0
    assert figures(queued("a", 0), abandoned("a", 20)).left_in_time == 1
    assert figures(queued("a", 0), abandoned("a", 20.001)).left_in_time == 0


def test_an_abandonment_after_exactly_the_short_threshold_is_not_short() -> None:
    assert figures(queued("a", 0), abandoned("a", 4.999)).abandoned_short == 1
    assert figures(queued("a", 0), abandoned("a", 5)).abandoned_short == 0


def test_queueing_elsewhere_ends_one_contact_and_begins_another() -> None:
    state, changes = fold(queued("a", 0), queued("a", 30, queue="support"), accepted("a", 32, queue="support"))
    assert changes.cells[int(at(0).timestamp()), "sales", "phone"] == Figures(offered=1)
    assert changes.cells[int(at(30).timestamp()), "support", "phone"] == Figures(offered=1, left_in_time=1)
    assert changes.cells[int(at(32).timestamp()), "support", "phone"].waits == [2 * SECOND]
    assert state.lines.now() == []


def test_queueing_again_while_handled_completes_the_handling() -> None:
    sums = figures(queued("a", 0), accepted("a", 10), queued("a", 40, queue="support"))
    assert (sums.offered, sums.handled, sums.talk) == (2, 1, 30 * SECOND)


def test_a_ticket_may_be_queued_again_after_it_was_resolved() -> None:
    assert figures(queued("a", 0), accepted("a", 1), resolved("a", 2), queued("a", 3), accepted("a", 4)).answered == 2


def test_an_end_before_its_beginning_is_a_duration_of_zero() -> None:
    sums = figures(queued("a", 10), accepted("a", 5), wrapup("a", 4), resolved("a", 3))
    assert (sums.waits, sums.talk, sums.wrapup, sums.handled) == ([0], 0, 0, 1)


def test_a_late_event_counts_in_the_second_it_belongs_to() -> None:
    _, changes = fold(queued("a", 500), queued("b", 0.5), abandoned("b", 2.2))
    seconds = {cell[0] - int(at(0).timestamp()) for cell in changes.cells}
    assert seconds == {500, 1, 3}


def test_targets_count_nothing_here() -> None:
    breached = TicketSlaBreached(ticket="a", at=at(5), target="first_response", due=at(5))
    missed = TicketSlaMissed(ticket="a", at=at(10), target="first_response", reached=at(10), late_s=5)
    state, changes = fold(queued("a", 0), breached, accepted("a", 10), missed, resolved("a", 25))
    without, same = fold(queued("a", 0), accepted("a", 10), resolved("a", 25))
    assert (changes.cells, changes.strays, state.contacts) == (same.cells, 0, without.contacts)


def test_opening_a_ticket_counts_nothing() -> None:
    opened = TicketOpened(
        ticket="a", at=at(0), pool="main", conversation="c", channel="phone", identity="0" * 32, skills=()
    )
    assert fold(opened)[1].cells == {}


@pytest.mark.parametrize(
    "events",
    [
        [accepted("a", 1)],
        [abandoned("a", 1)],
        [resolved("a", 1)],
        [held("a", 1)],
        [queued("a", 0), resumed("a", 1)],
        [queued("a", 0), accepted("a", 1), resumed("a", 2)],
        [queued("a", 0), accepted("a", 1), accepted("a", 2)],
        [queued("a", 0), accepted("a", 1), abandoned("a", 2)],
        [queued("a", 0), accepted("a", 1), wrapup("a", 2), held("a", 3)],
    ],
    ids=lambda events: events[-1].event,
)
def test_an_event_that_cannot_follow_changes_nothing_and_is_counted_as_stray(events: list[TicketEvent]) -> None:
    before, _ = fold(*events[:-1])
    after, changes = fold(*events)
    assert changes.strays == 1
    assert after.contacts == before.contacts
