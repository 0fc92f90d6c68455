"""Rolling windows, exact to the second, and what the board shows of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.metrics.domain.sketch import ALPHA, bin_of, percentile
from services.metrics.domain.windows import end_of, moment_of, second_of, time_of
from shared.contracts.kpis import KpiWindow, Target
from tests.unit.metrics.given import abandoned, accepted, at, items, queued

TARGET = Target(service_level=0.8, threshold_s=20.0)


def test_a_second_holds_the_moments_after_the_one_before_it() -> None:
    assert second_of(5_000_000) == 5
    assert second_of(5_000_001) == 6
    assert second_of(-1) == 0


def test_a_moment_is_exact_in_any_offset() -> None:
    moment = datetime(2026, 7, 1, 14, 30, 0, 123_457, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert time_of(moment_of(moment)) == moment.astimezone(UTC)


def test_windows_end_with_the_running_second() -> None:
    assert end_of(at(0)) == int(at(0).timestamp())
    assert end_of(at(0.001)) == int(at(1).timestamp())


@pytest.mark.parametrize(("window", "span"), [("1m", 60), ("5m", 300), ("15m", 900), ("30m", 1_800), ("1h", 3_600)])
def test_a_window_includes_its_end_and_excludes_its_beginning(window: KpiWindow, span: int) -> None:
    def offered(now: float) -> int:
        return items([queued("a", 7)], now=now, window=window)[0].kpis.offered

    assert (offered(6), offered(7), offered(6 + span), offered(6.5 + span), offered(7 + span)) == (0, 1, 1, 0, 0)


def test_what_just_happened_shows_at_once() -> None:
    assert items([queued("a", 7.3)], now=7.3, window="1m")[0].kpis.offered == 1


def test_all_seconds_of_a_window_add_up() -> None:
    events = [queued(f"t{number}", number) for number in range(1, 1_000)]
    assert items(events, now=999, window="15m")[0].kpis.offered == 900
    assert items(events, now=970, window="5m")[0].kpis.offered == 300


def test_what_is_ahead_of_the_clock_waits_until_it_is_within_the_window() -> None:
    ahead = [queued("a", 30), queued("b", 60)]
    assert [items(ahead, now=now)[0].kpis.offered for now in (59, 59.5, 60)] == [1, 2, 2]


def test_ratios_of_nothing_are_none() -> None:
    (everything,) = items([queued("a", 0)], now=1)
    kpis = everything.kpis
    assert (kpis.service_level, kpis.abandon_rate, kpis.average_speed_of_answer) == (None, None, None)
    assert (kpis.average_handle_time, kpis.p90_speed_of_answer, kpis.longest_speed_of_answer) == (None, None, None)


def test_everything_is_there_even_when_nothing_ever_happened() -> None:
    (everything,) = items([], now=1)
    assert everything.key == {}
    assert (everything.kpis.offered, everything.kpis.waiting, everything.kpis.oldest_wait) == (0, 0, None)


def test_queues_are_those_with_figures_with_waiting_contacts_or_with_a_target() -> None:
    events = [
        queued("a", 2_000, queue="busy"),
        accepted("a", 2_001),
        queued("b", 0, queue="patient"),
        queued("c", 0, queue="over"),
        abandoned("c", 1),
        queued("d", 0, queue="pending"),
        accepted("d", 1),
    ]
    found = items(events, now=2_010, by="queue", targets={"idle": TARGET})
    assert [item.key["queue"] for item in found] == ["busy", "idle", "patient", "pending"]
    assert [item.kpis.waiting for item in found] == [0, 0, 1, 0]
    assert [item.kpis.backlog for item in found] == [1, 0, 1, 1]


def test_channels_have_their_own_figures() -> None:
    events = [queued("a", 0, channel="chat"), queued("b", 0), queued("c", 0), accepted("a", 1), accepted("b", 40)]
    chat, phone = items(events, now=60, by="channel")
    assert (chat.key, chat.kpis.offered, chat.kpis.service_level) == ({"channel": "chat"}, 1, 1.0)
    assert (phone.key, phone.kpis.offered, phone.kpis.service_level) == ({"channel": "phone"}, 2, 0.0)


def test_agents_are_told_for_everything_only() -> None:
    assert items([queued("a", 0)], now=1)[0].kpis.agents == {}
    assert items([queued("a", 0)], now=1, by="queue")[0].kpis.agents is None


def test_an_oldest_wait_of_a_clock_ahead_is_zero() -> None:
    assert items([queued("a", 5)], now=1)[0].kpis.oldest_wait == 0.0


@pytest.mark.parametrize(
    ("waits", "met"), [([3, 8, 18, 25], False), ([3, 8, 18, 19, 25], True), ([], None)], ids=["missed", "met", "open"]
)
def test_a_target_is_met_when_the_service_level_reaches_it(waits: list[int], met: bool | None) -> None:
    events = [event for wait in waits for event in (queued(f"t{wait}", 0), accepted(f"t{wait}", wait))]
    (sales,) = items(events, now=60, by="queue", targets={"sales": TARGET})
    assert sales.target is not None
    assert (sales.target.service_level, sales.target.threshold_s, sales.target.met) == (0.8, 20.0, met)


def test_a_target_of_several_figures_needs_them_all() -> None:
    events = [queued("a", 0), accepted("a", 10), queued("b", 0), abandoned("b", 1)]
    demanding = Target(service_level=0.5, abandon_rate=0.1, average_speed_of_answer=10)
    mild = Target(service_level=0.5, abandon_rate=0.5, average_speed_of_answer=10)
    for target, met in ((demanding, False), (mild, True)):
        (sales,) = items(events, now=60, by="queue", targets={"sales": target})
        assert sales.target is not None
        assert sales.target.met is met


@pytest.mark.parametrize("percent", [1, 50, 75, 90, 99, 100])
def test_percentiles_are_right_to_their_stated_error(percent: int) -> None:
    durations = sorted(int(1_000 * 1.37**number) for number in range(60))
    bins: dict[int, int] = {}
    for duration in durations:
        bins[bin_of(duration)] = bins.get(bin_of(duration), 0) + 1
    exact = durations[-(-percent * len(durations) // 100) - 1]
    found = percentile(bins, percent)
    assert found is not None
    assert abs(found - exact) <= ALPHA * exact


def test_percentiles_of_nothing_and_of_no_time_at_all() -> None:
    assert percentile({}, 50) is None
    assert percentile({bin_of(0): 3}, 50) == 0.0
