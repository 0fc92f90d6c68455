"""What counts as an interaction, when, and how answers to surveys become satisfaction; calculated by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.metrics.domain.dimensions import ALL, keyed
from services.metrics.domain.figures import Figures
from services.metrics.domain.history import figures_of
from services.metrics.domain.interaction import Answer, Counted, Heard, Known, Minute, minute_of
from services.metrics.domain.kpis import Choice
from services.metrics.domain.quarters import quarter_of
from services.metrics.domain.recent import Recent
from services.metrics.domain.windows import moment_of
from tests.contract.examples import examples
from tests.spoken_events import answered, interaction

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def heard(*events: Any) -> Counted:  # noqa: ANN401 (any class of interaction)
    counted = Counted()
    counted.count(Heard.of(events), Known())
    return counted


def satisfaction(*answers: Answer) -> dict[str, Any]:
    figures = figures_of(quarter_of(answers[0].at), answers)[ALL]
    both = Choice.of(["mean", "top-two"])
    return both.compare(figures)["satisfaction"] | {"answers": both.measure(figures)["satisfaction_answers"]}


def rated(score: float, best: float = 5.0, **about: str) -> Answer:
    return Answer(event=f"{score} of {best}", at=moment_of(NINE), channel="web", score=score, best=best, **about)


def test_what_somebody_said_counts_once_and_what_becomes_of_it_does_not() -> None:
    counting = {kind for kind, _, event in examples() if kind.split(".")[0] in ("hub", "x") and _counts(event)}
    assert counting == {
        "hub.message.received.v1",
        "hub.message.sent.v1",
        "hub.call.started.v1",
        "hub.post.published.v1",
    }


def _counts(event: Any) -> bool:  # noqa: ANN401 (any event there is)
    return bool(heard(event).counts)


def test_what_no_person_wrote_is_no_interaction() -> None:
    assert not heard(interaction("1", NINE, automatic=True)).counts


def test_a_moment_on_a_second_counts_in_the_second_that_it_ends() -> None:
    on, behind = interaction("1", NINE), interaction("2", NINE + timedelta(milliseconds=1))
    nine = moment_of(NINE) // 1_000_000
    assert [second for second, *_ in heard(on, behind).counts] == [nine, nine + 1]


@pytest.mark.parametrize("gap", [0, 1, 59, 60, 61])
def test_a_minute_books_its_seconds_where_they_are(gap: int) -> None:
    second = moment_of(NINE) // 1_000_000 + gap
    number, within = minute_of(second)
    (booking,) = Minute(number, "chat", {"inbound": {within: 3}}).bookings()
    assert booking == ("interactions_inbound", second * 1_000_000, 3)
    assert booking[1] <= Minute(number, "chat", {}).last < booking[1] + 60_000_000
    assert quarter_of(booking[1]) == quarter_of(Minute(number, "chat", {}).last)


def test_directions_are_told_apart_and_together() -> None:
    number, within = minute_of(moment_of(NINE) // 1_000_000)
    minute = Minute(number, "chat", {"inbound": {within: 3}, "outbound": {within: 2}, "internal": {within: 0}})
    figures = figures_of(quarter_of(moment_of(NINE)), [minute])
    assert figures.keys() == {("all", ""), ("channel", "chat")}
    told = Choice.of().measure(figures["channel", "chat"])
    names = ("interactions", "interactions_inbound", "interactions_outbound", "interactions_internal")
    assert [told[name] for name in names] == [5, 3, 2, 0]


def test_the_same_event_with_another_time_counts_at_the_earliest_whatever_comes_first() -> None:
    early, late = interaction("1", NINE), interaction("1", NINE + SECOND)
    for events in ((early, late), (late, early), (late, early, late)):
        counts = {place: count for place, count in heard(*events).counts.items() if count}
        assert counts == {(moment_of(NINE) // 1_000_000, "chat", "inbound"): 1}


def test_both_quarters_change_when_an_event_turns_out_to_be_earlier() -> None:
    before = NINE - timedelta(hours=1)
    known, counted = Known(), Counted()
    Counted().count(Heard.of([interaction("1", NINE), answered("2", NINE, score=4)]), known)
    for event in (interaction("1", before), answered("2", before, score=4)):
        counted.count(Heard.of([event]), known)
        assert counted.quarters.keys() == {quarter_of(moment_of(NINE)), quarter_of(moment_of(before))}
        counted.quarters.clear()


def test_satisfaction_is_the_mean_share_of_the_best_score_and_the_share_of_the_two_best() -> None:
    # 5/5, 4/5, 2/5 and 8/10: mean (1 + 0.8 + 0.4 + 0.8) / 4 = 0.75; of the two best are 5 and 4 of 5: 2/4.
    told = satisfaction(rated(5), rated(4), rated(2), rated(8, 10))
    assert told == {"mean": pytest.approx(0.75), "top-two": 0.5, "answers": 4}


@pytest.mark.parametrize(
    ("score", "best", "is_top"),
    [(5, 5, True), (4, 5, True), (3, 5, False), (3.5, 5, False), (9, 10, True), (1, 1, True), (0, 1, False)],
)
def test_the_two_best_scores_are_those_at_most_one_below_the_best(score: float, best: float, *, is_top: bool) -> None:
    assert satisfaction(rated(score, best))["top-two"] == is_top


def test_an_answer_counts_for_the_queue_and_the_agent_that_it_names() -> None:
    answer = rated(4, queue="sales", agent="bob", ticket="t-1")
    keys = {key for _, keys in keyed(answer) for key in keys}
    assert keys == {ALL, ("channel", "web"), ("queue", "sales"), ("agent", "bob")}
    assert {key for _, keys in keyed(rated(4)) for key in keys} == {ALL, ("channel", "web")}


def test_an_answer_above_the_best_score_is_none() -> None:
    assert not heard(answered("1", NINE, score=6, best=5)).answers
    assert heard(answered("1", NINE, score=5, best=5)).answers


def test_without_answers_there_is_no_satisfaction() -> None:
    told = Choice.of().measure(Figures())
    assert (told["satisfaction"], told["satisfaction_answers"], told["interactions"]) == (None, 0, 0)


def test_what_was_counted_and_taken_back_leaves_a_window_without_a_trace() -> None:
    """Told by one partition first, and earlier by another: the counts of the two come to nothing in that second."""
    second = moment_of(NINE) // 1_000_000
    recent = Recent(0)
    for name, at, count in (("other", second, 1), ("told", second + 5, 1), ("taken back", second + 5, -1)):
        number, within = minute_of(at)
        recent.put(name, Minute(number, "chat", {"inbound": {within: count}}))
    for ends, left in ((second + 10, 1), (second + 60, 0), (second + 65, 0), (second + 70, 0)):
        told = recent.window(60, ends).get(ALL, Figures())
        assert told.sums["interactions_inbound"] == left
