"""What a ticket's contacts count for, and when."""

from typing import Any

import pytest

from shared.contracts.tickets import TicketDeclined, TicketEvent, TicketExpired, TicketOffered, TicketOpened
from shared.contracts.tickets_links import TicketMerged
from shared.contracts.tickets_relief import TicketCallbackRequested
from tests.oracle.histories import decided
from tests.unit.metrics.given import (
    abandoned,
    accepted,
    at,
    figures,
    fold,
    held,
    items,
    now_of,
    queued,
    resolved,
    resumed,
    seconds,
    wrapup,
)
from tests.unit.metrics.stored import Stored

SECOND = 1_000_000


def test_handle_time_is_talk_hold_and_wrapup_booked_whole_at_completion() -> None:
    booked = seconds(
        queued("a", 0), accepted("a", 10), held("a", 40), resumed("a", 60), wrapup("a", 100), resolved("a", 130.5)
    )
    assert booked[131] == {"handled": 1, "talk": 70 * SECOND, "hold": 20 * SECOND, "wrapup": 30_500_000}


def test_a_contact_resolved_without_wrapup_is_talk_alone() -> None:
    assert figures(queued("a", 0), accepted("a", 10), resolved("a", 25)).sums["talk"] == 15 * SECOND


def test_a_call_that_ends_on_hold_has_that_hold_in_its_handle_time() -> None:
    sums = figures(queued("a", 0), accepted("a", 10), held("a", 12), wrapup("a", 20), resolved("a", 21))
    assert (sums.sums["talk"], sums.sums["hold"], sums.sums["wrapup"]) == (2 * SECOND, 8 * SECOND, SECOND)


def test_a_merged_contact_was_offered_and_perhaps_handled_but_neither_abandoned_nor_answered_by_that() -> None:
    gone = TicketMerged(ticket="a", at=at(30), queue="sales", into="b", by="sue", agent="ann")
    waited = figures(queued("a", 0), gone)
    assert (waited.sums["offered"], waited.sums["answered"], waited.sums["abandoned"], waited.sums["handled"]) == (
        1,
        0,
        0,
        0,
    )
    talked = figures(queued("a", 0), accepted("a", 10), gone)
    assert (talked.sums["answered"], talked.sums["abandoned"], talked.sums["handled"], talked.sums["talk"]) == (
        1,
        0,
        1,
        20 * SECOND,
    )
    assert now_of(queued("a", 0), gone).lines() == {}


def test_split_handle_time_counts_each_second_in_its_own_window() -> None:
    events = [queued("a", 0), accepted("a", 10), held("a", 100), resumed("a", 130), wrapup("a", 170)]
    for now, talk, hold, work in ((60, 50, 0, 0), (120, 40, 20, 0), (180, 40, 10, 10), (300, 0, 0, 60)):
        kpis = items(events, now=now, window="1m", definition="split")[0].kpis
        assert (kpis.talk_time, kpis.hold_time, kpis.wrapup_time, kpis.handled) == (talk, hold, work, 0)
    (over,) = items([*events, resolved("a", 190)], now=240, window="5m", definition="split,completion")
    assert over.kpis.handle_time == over.kpis.average_handle_time == 180
    assert over.also is not None
    assert over.also["hold_time"] == {"split": 30, "completion": 30}


def test_an_unfinished_contact_has_no_handle_time_yet() -> None:
    assert figures(queued("a", 0), accepted("a", 10), wrapup("a", 100)).sums["handled"] == 0


def test_whoever_is_called_back_waits_until_an_agent_accepts_and_counts_as_answered() -> None:
    asked = TicketCallbackRequested(ticket="a", at=at(10), queue="sales", by="telephony")
    sums = figures(queued("a", 0), asked, accepted("a", 90))
    assert (sums.sums["answered"], sums.sums["abandoned"], sums.sums["answered_in_time"]) == (1, 0, 0)


def test_a_declined_and_an_expired_offer_leave_the_contact_waiting_since_it_entered() -> None:
    of: dict[str, Any] = {"ticket": "a", "queue": "sales", "agent": "ann"}
    offered = TicketOffered(**of, at=at(1), expires=at(21))
    given = (queued("a", 0), offered, TicketDeclined(**of, at=at(5)), offered, TicketExpired(**of, at=at(21)))
    line = now_of(*given).lines()["queue", "sales"]
    assert (line.count, line.oldest) == (1, int(at(0).timestamp()) * SECOND)
    assert fold(*given).strays == 0


def test_a_wait_of_exactly_the_threshold_is_in_time() -> None:
    assert figures(queued("a", 0), accepted("a", 20)).sums["answered_in_time"] == 1
    assert figures(queued("a", 0), accepted("a", 20.001)).sums["answered_in_time"] == 0
    assert figures(queued("a", 0), abandoned("a", 20)).sums["left_in_time"] == 1
    assert figures(queued("a", 0), abandoned("a", 20.001)).sums["left_in_time"] == 0


def test_an_abandonment_after_exactly_the_short_threshold_is_not_short() -> None:
    assert figures(queued("a", 0), abandoned("a", 4.999)).sums["abandoned_short"] == 1
    assert figures(queued("a", 0), abandoned("a", 5)).sums["abandoned_short"] == 0


def test_queueing_elsewhere_ends_one_contact_and_begins_another() -> None:
    given = (queued("a", 0), queued("a", 30, queue="support"), accepted("a", 32, queue="support"))
    assert seconds(*given) == {0: {"offered": 1}}
    assert seconds(*given, queue="support")[30] == {"offered": 1, "left_in_time": 1}
    assert seconds(*given, queue="support")[32]["wait"] == 2 * SECOND
    assert now_of(*given).lines() == {}


def test_queueing_again_while_handled_completes_the_handling() -> None:
    sums = figures(queued("a", 0), accepted("a", 10), queued("a", 40, queue="support"))
    assert (sums.sums["offered"], sums.sums["handled"], sums.sums["talk"]) == (2, 1, 30 * SECOND)


def test_a_ticket_may_be_queued_again_after_it_was_resolved() -> None:
    assert (
        figures(queued("a", 0), accepted("a", 1), resolved("a", 2), queued("a", 3), accepted("a", 4)).sums["answered"]
        == 2
    )


def test_an_end_before_its_beginning_is_a_duration_of_zero() -> None:
    sums = figures(queued("a", 10), accepted("a", 5), wrapup("a", 4), resolved("a", 3))
    assert [sums.sums[name] for name in ("wait", "talk", "wrapup", "handled")] == [0, 0, 0, 1]


def test_a_late_event_counts_in_the_second_it_belongs_to() -> None:
    assert seconds(queued("a", 500), queued("b", 0.5), abandoned("b", 2.2)).keys() == {500, 1, 3}


def test_opening_a_ticket_counts_nothing_until_it_is_queued() -> None:
    opened = TicketOpened(
        ticket="a", at=at(0), pool="main", conversation="c", channel="phone", identity="0" * 32, skills=()
    )
    assert not figures(opened).sums
    assert figures(opened, queued("a", 3)).sums == {"opened": 1, "offered": 1}


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
    before, after = fold(*events[:-1]), fold(*events)
    assert (before.strays, after.strays) == (0, 1)
    assert after.rows() == before.rows()


def test_what_an_event_missed_may_come_later() -> None:
    first, then = decided(queued("a", 0), "pool-a", 1, 0), decided(accepted("a", 9), "pool-a", 2, 0)
    stored = Stored()
    stored.take([then])
    assert stored.rows() == {}
    stored.take([first])
    assert stored.rows() == fold(queued("a", 0), accepted("a", 9)).rows()
